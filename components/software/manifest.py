"""The objects of a manifest in one cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from .objects import Object, crds, phases
from .place import Place, aliases, register


@dataclass(frozen=True, kw_only=True)
class ManifestArgs:
    """An entry of `manifests`, for one cluster."""

    name: str
    """The entry's name."""
    source: str
    """The file or the URL."""
    objects: Sequence[Object]
    keep_crds: bool
    after: Sequence[str]
    """The names of the entries that it needs."""

    @property
    def setting(self) -> str:
        """The setting that it is an entry of."""
        return "manifests"

    @property
    def title(self) -> str:
        """The file or the URL."""
        return self.source

    @property
    def crds(self) -> Sequence[Object]:
        """The CRDs among its objects."""
        return [*crds(self.objects).values()]


class Manifest(pulumi.ComponentResource):
    """A resource for each object of a manifest but its CRDs, in the order in which the objects need each other.

    Server-side apply has no limit on an object's size, unlike kubectl's annotation. Names in Pulumi lack the entry's,
    so an object that moves to another manifest, or whose entry has a new name, is the same resource. As another one it
    would be created first, which changes nothing, and then deleted.
    """

    resources: Sequence[pulumi.Resource]
    """The resources that dependent entries wait for."""

    def __init__(
        self,
        name: str,
        args: ManifestArgs,
        place: Place,
        failed: pulumi.ErrorHook,
        after: Sequence[pulumi.Resource],
        opts: ResourceOptions | None = None,
    ) -> None:
        # The inputs show policies, and readers of the state, the source.
        super().__init__("federated-eks:index:Manifest", name, {"source": args.source}, opts)
        resources: list[pulumi.Resource] = []
        for objects in phases(args.objects):
            before = [*after, *resources]
            resources += [
                register(
                    f"{place.cluster}:{object.key.path}",
                    object,
                    place.options(self, failed, after=before, aliases=aliases(object)),
                )
                for object in objects
            ]
        self.resources = resources
        self.register_outputs({})
