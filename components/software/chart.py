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
    """The entry's, and the release's."""
    chart: str
    """The chart's name in the repository, or a folder that holds it."""
    repository: str | None
    """An https URL, or the `oci://` place of the chart; None for a folder."""
    version: str | None
    """None for a folder, which holds the version that it holds."""
    namespace: str
    values: Input[Mapping[str, Any]]
    crds: Sequence[Object]
    """Those that Helm would install and never upgrade."""
    keep_crds: bool
    after: Sequence[str]
    """The entries that it needs, by name."""

    @property
    def setting(self) -> str:
        """The setting that it is an entry of."""
        return "charts"

    @property
    def objects(self) -> Sequence[Object]:
        """What is known of its objects: the CRDs."""
        return self.crds

    @property
    def title(self) -> str:
        """What runs: the chart and its version."""
        return f"{self.chart} {self.version}" if self.version else self.chart


class Chart(pulumi.ComponentResource):
    """A release of a chart, without the CRDs of its folder `crds`."""

    resources: Sequence[pulumi.Resource]
    """What an entry that needs this one waits for."""

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
