"""A Helm chart in one cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, ResourceOptions

from .crds import register_crds
from .objects import Object
from .place import Place, failed
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
    def objects(self) -> Sequence[Object]:
        """What is known of its objects: the CRDs."""
        return self.crds

    @property
    def title(self) -> str:
        """What runs: the chart and its version."""
        return f"{self.chart} {self.version}" if self.version else self.chart


class Chart(pulumi.ComponentResource):
    """A release of a chart, and its CRDs.

    Helm installs the CRDs of a chart's folder `crds` once, and never upgrades them. So they are resources of their own,
    which each update brings to the chart's version before the release.
    """

    crds: Mapping[str, pulumi.Resource]
    """By name."""
    resources: Sequence[pulumi.Resource]
    """What an entry that needs this one waits for."""

    def __init__(
        self,
        name: str,
        args: ChartArgs,
        place: Place,
        after: Sequence[pulumi.Resource],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("federated-eks:index:Chart", name, None, opts)
        hook = failed("charts", args.name, place.cluster)
        self.crds = register_crds(name, args.crds, place, keep=args.keep_crds, after=after, failed=hook, parent=self)
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
            skip_crds=True,
            values=args.values,
            timeout=TIMEOUT,
            opts=place.options(self, hook, after=[*self.crds.values(), *place.ready, *after]),
        )
        self.resources = [*self.crds.values(), release]
        self.register_outputs({})
