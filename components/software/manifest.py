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
    """The entry's."""
    source: str
    """The file or the URL that it is from."""
    objects: Sequence[Object]
    keep_crds: bool
    after: Sequence[str]
    """The entries that it needs, by name."""

    @property
    def setting(self) -> str:
        """The setting that it is an entry of."""
        return "manifests"

    @property
    def title(self) -> str:
        """What runs: the file or the URL."""
        return self.source

    @property
    def crds(self) -> Sequence[Object]:
        """The CRDs among its objects."""
        return [*crds(self.objects).values()]


class Manifest(pulumi.ComponentResource):
    """Each object of a manifest as a resource of its own, in the order in which they need each other; without CRDs.

    They are applied from the server's side, which has no limit on an object's size, as kubectl's annotation has. Their
    names in Pulumi have no entry in them: an object that moves to another manifest, or whose entry has another name, is
    the same resource. As another one it would be created first, which changes nothing, and then deleted.
    """

    resources: Sequence[pulumi.Resource]
    """What an entry that needs this one waits for."""

    def __init__(
        self,
        name: str,
        args: ManifestArgs,
        place: Place,
        failed: pulumi.ErrorHook,
        after: Sequence[pulumi.Resource],
        opts: ResourceOptions | None = None,
    ) -> None:
        # Its inputs say to policies, and in the state, what runs.
        super().__init__("federated-eks:index:Manifest", name, {"source": args.source}, opts)
        made: list[pulumi.Resource] = []
        for objects in phases(args.objects):
            before = [*after, *made]
            made += [
                register(
                    f"{place.cluster}:{object.key.path}",
                    object,
                    place.options(self, failed, after=before, aliases=aliases(object)),
                )
                for object in objects
            ]
        self.resources = made
        self.register_outputs({})
