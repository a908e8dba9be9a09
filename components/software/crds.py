"""The CRDs of entries, which come before the entries' other objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from ..crd_descriptions import without_descriptions
from .objects import Object
from .place import Place, register

ESTABLISHED = {"pulumi.com/waitFor": "condition=Established"}
"""The API server serves a type a moment after it takes its CRD. Pulumi's provider doesn't wait by itself."""


def register_crds(
    crds: Sequence[Object],
    place: Place,
    *,
    keep: bool,
    after: Sequence[pulumi.Resource],
    failed: pulumi.ErrorHook,
    parent: pulumi.Resource,
) -> Mapping[str, pulumi.Resource]:
    """The CRDs in a cluster, by name. With `keep` they outlive the entry, because a CRD's deletion deletes its objects.

    Their names in Pulumi lack the entry's, so a CRD that moves to another entry is the same resource.
    """
    return {
        crd.key.name: register(
            f"{place.cluster}:{crd.key.path}",
            Object({**crd.body, "spec": without_descriptions(crd.body["spec"])}),
            place.options(
                parent, failed, after=after, keep=keep, aliases=[of_a_federated_type(place.cluster, crd.key.name)]
            ),
            annotations=ESTABLISHED,
        )
        for crd in crds
    }


def of_a_federated_type(cluster: str, crd: str) -> pulumi.Alias:
    """The alias of a CRD that the settings' `types` brought before.

    Without the alias, Pulumi would take the CRD for a new one, and delete the old one with all its objects.
    """
    types = "federated-eks:index:Federation$federated-eks:index:TargetTypes"
    parent = f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{types}::{cluster}-types"
    return pulumi.Alias(name=f"{cluster}-types-{crd}", parent=parent)
