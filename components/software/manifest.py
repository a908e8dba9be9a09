"""The objects of a manifest in one cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from .crds import register_crds
from .objects import Object, crds, phases
from .place import Place, aliases, failed, register


@dataclass(frozen=True, kw_only=True)
class ManifestArgs:
    """An entry of `manifests`, for one cluster."""

    name: str
    """The entry's."""
    source: str
    """The file or the URL that it is from."""
    objects: Sequence[Object]
    keep_crds: bool
    after: Sequence[str]
    """The entries that it needs, by name."""

    @property
    def title(self) -> str:
        """What runs: the file or the URL."""
        return self.source

    @property
    def crds(self) -> Sequence[Object]:
        """The CRDs among its objects."""
        return [*crds(self.objects).values()]


class Manifest(pulumi.ComponentResource):
    """Each object of a manifest as a resource of its own, in the order in which they need each other.

    They are applied from the server's side, which has no limit on an object's size, as kubectl's annotation has.
    """

    crds: Mapping[str, pulumi.Resource]
    """By name."""
    resources: Sequence[pulumi.Resource]
    """What an entry that needs this one waits for."""

    def __init__(
        self,
        name: str,
        args: ManifestArgs,
        place: Place,
        after: Sequence[pulumi.Resource],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("federated-eks:index:Manifest", name, None, opts)
        hook = failed("manifests", args.name, place.cluster)
        self.crds = register_crds(name, args.crds, place, keep=args.keep_crds, after=after, failed=hook, parent=self)
        made: list[pulumi.Resource] = [*self.crds.values()]
        for objects in phases(args.objects):
            before = [*made, *place.ready, *after]
            made += [
                register(
                    f"{name}:{object.key}", object, place.options(self, hook, after=before, aliases=aliases(object))
                )
                for object in objects
            ]
        self.resources = made
        self.register_outputs({})
