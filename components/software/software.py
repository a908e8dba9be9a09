"""The charts and manifests of a cluster, in the order in which they need each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from .chart import Chart, ChartArgs
from .crds import register_crds
from .manifest import Manifest, ManifestArgs
from .place import Place, failed

Entry = ChartArgs | ManifestArgs
"""The arguments of an entry for a cluster."""


@dataclass(frozen=True, kw_only=True)
class SoftwareArgs:
    """A cluster, and its charts and manifests."""

    place: Place
    entries: Sequence[Entry]
    """The entries, each after those that it needs."""


class Software(pulumi.ComponentResource):
    """The charts and manifests of a cluster, and the CRDs that they bring.

    CRDs need no nodes, so a federated type does not wait for nodes. All other objects wait for them.
    """

    crds: Mapping[str, pulumi.Resource]
    """The CRDs, by name."""

    def __init__(self, name: str, args: SoftwareArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:Software", name, None, opts)
        created: dict[str, Sequence[pulumi.Resource]] = {}
        self.crds = {}
        for entry in args.entries:
            hook = failed(entry.setting, entry.name, args.place.cluster)
            after = [resource for other in entry.after for resource in created[other]]
            crds = register_crds(entry.crds, args.place, keep=entry.keep_crds, after=after, failed=hook, parent=self)
            self.crds = {**self.crds, **crds}
            before = [*crds.values(), *args.place.ready, *after]
            created[entry.name] = [*crds.values(), *self._created(entry, args.place, hook, before)]
        self.register_outputs({})

    def _created(
        self, entry: Entry, place: Place, hook: pulumi.ErrorHook, after: Sequence[pulumi.Resource]
    ) -> Sequence[pulumi.Resource]:
        name, child = f"{place.cluster}-{entry.name}", ResourceOptions(parent=self)
        if isinstance(entry, ChartArgs):
            return Chart(name, entry, place, hook, after, child).resources
        return Manifest(name, entry, place, hook, after, child).resources
