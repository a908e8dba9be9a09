"""The CRDs of an entry, which come before all else of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from .objects import Object
from .place import Place, register

ESTABLISHED = {"pulumi.com/waitFor": "condition=Established"}
"""The API server serves a type a moment after it takes its CRD. Pulumi's provider doesn't wait by itself."""


def register_crds(
    name: str,
    crds: Sequence[Object],
    place: Place,
    *,
    keep: bool,
    after: Sequence[pulumi.Resource],
    failed: pulumi.ErrorHook,
    parent: pulumi.Resource,
) -> Mapping[str, pulumi.Resource]:
    """The CRDs in a cluster, by their names. With `keep` they outlive the entry: with a CRD, all its objects go."""
    return {
        crd.key.name: register(
            f"{name}-{crd.key.name}",
            crd,
            place.options(parent, failed, after=after, keep=keep),
            annotations=ESTABLISHED,
        )
        for crd in crds
    }
