"""What one cluster runs: charts and manifests, in the order in which they need each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from .chart import Chart, ChartArgs
from .manifest import Manifest, ManifestArgs
from .place import Place

Entry = ChartArgs | ManifestArgs
"""What is chosen for a cluster."""


@dataclass(frozen=True, kw_only=True)
class SoftwareArgs:
    """A cluster, and what it is to run."""

    place: Place
    entries: Sequence[Entry]
    """Each after those that it needs."""


class Software(pulumi.ComponentResource):
    """The charts and manifests of a cluster."""

    crds: Mapping[str, pulumi.Resource]
    """The CRDs that they bring, by name."""

    def __init__(self, name: str, args: SoftwareArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:Software", name, None, opts)
        made: dict[str, Chart | Manifest] = {}
        for entry in args.entries:
            after = [resource for other in entry.after for resource in made[other].resources]
            made[entry.name] = self._made(entry, args.place, after)
        self.crds = {name: crd for one in made.values() for name, crd in one.crds.items()}
        self.register_outputs({})

    def _made(self, entry: Entry, place: Place, after: Sequence[pulumi.Resource]) -> Chart | Manifest:
        name, child = f"{place.cluster}-{entry.name}", ResourceOptions(parent=self)
        if isinstance(entry, ChartArgs):
            return Chart(name, entry, place, after, child)
        return Manifest(name, entry, place, after, child)
