"""A Helm chart in one cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, ResourceOptions

from .objects import Object
from .place import Place
from .repository import OCI

TIMEOUT = 600
"""Seconds that a release's objects have to become ready."""


@dataclass(frozen=True, kw_only=True)
class ChartArgs:
    """An entry of `charts`, for one cluster."""

    name: str
    """The name of the entry and of the release."""
    chart: str
    """The chart's name in the repository, or a folder that contains it."""
    repository: str | None
    """An https URL, or the `oci://` URL of the chart's registry; None for a folder."""
    version: str | None
    """The chart's version; None for a folder, which has its own."""
    namespace: str
    values: Input[Mapping[str, Any]]
    crds: Sequence[Object]
    """The CRDs that Helm would install and never upgrade."""
    keep_crds: bool
    after: Sequence[str]
    """The names of the entries that it needs."""

    @property
    def setting(self) -> str:
        """The setting that it is an entry of."""
        return "charts"

    @property
    def objects(self) -> Sequence[Object]:
        """The known objects of the chart: its CRDs."""
        return self.crds

    @property
    def title(self) -> str:
        """The chart and its version."""
        return f"{self.chart} {self.version}" if self.version else self.chart


class Chart(pulumi.ComponentResource):
    """A release of a chart, without the CRDs of its folder `crds`."""

    resources: Sequence[pulumi.Resource]
    """The resources that dependent entries wait for."""

    def __init__(
        self,
        name: str,
        args: ChartArgs,
        place: Place,
        failed: pulumi.ErrorHook,
        after: Sequence[pulumi.Resource],
        opts: ResourceOptions | None = None,
    ) -> None:
        source = {"chart": args.chart, "repository": args.repository, "version": args.version}
        super().__init__("federated-eks:index:Chart", name, source, opts)
        repository = args.repository or ""
        is_oci = repository.startswith(OCI)
        release = kubernetes.helm.v3.Release(
            f"{name}-release",
            name=args.name,
            chart=f"{repository.rstrip('/')}/{args.chart}" if is_oci else args.chart,
            version=args.version,
            repository_opts={"repo": repository} if repository and not is_oci else None,
            namespace=args.namespace,
            create_namespace=True,
            # Helm would install them once, and never upgrade them.
            skip_crds=True,
            values=args.values,
            timeout=TIMEOUT,
            opts=place.options(self, failed, after=after),
        )
        self.resources = [release]
        self.register_outputs({})
