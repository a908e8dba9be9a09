"""The custom types that an API server needs before their objects are federated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import ResourceOptions

from ..crd_descriptions import without_descriptions
from ..metadata import metadata


@dataclass(frozen=True, kw_only=True)
class TargetTypesArgs:
    """The custom types of a cluster, or of Karmada's own API."""

    crds: Mapping[str, Mapping[str, Any] | None]
    """CustomResourceDefinitions by name, `<plural>.<group>`; None for one that exists in the cluster."""
    brought: Mapping[str, pulumi.Resource] = field(default_factory=dict[str, pulumi.Resource])
    """The CRDs that the cluster's charts and manifests bring, by name."""
    software: Sequence[pulumi.Resource] = ()
    """The charts and manifests. A chart may bring CRDs that only Helm knows."""
    provider: kubernetes.Provider
    """The cluster's provider."""
    control_plane: pulumi.Resource
    """The resource whose deletion deletes everything in the cluster."""


class TargetTypes(pulumi.ComponentResource):
    """A cluster's CRDs of the types that are federated, or those of Karmada's own API.

    They exist before the cluster joins, because kubefed's controller exits again and again if a Ready cluster lacks a
    federated type (its informers never sync).
    """

    crds: dict[str, pulumi.Resource]
    """The CRDs by the type's name."""

    def __init__(self, name: str, args: TargetTypesArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:TargetTypes", name, None, opts)
        child = ResourceOptions(parent=self, provider=args.provider, deleted_with=args.control_plane)
        kind = kubernetes.apiextensions.v1.CustomResourceDefinition
        looked_up = ResourceOptions(parent=self, provider=args.provider, depends_on=[*args.software])
        self.crds = {
            type_: args.brought[type_]
            if type_ in args.brought
            else kind(f"{name}-{type_}", metadata=_metadata(crd), spec=without_descriptions(crd["spec"]), opts=child)
            if crd
            else kind.get(f"{name}-{type_}", type_, looked_up)
            for type_, crd in args.crds.items()
        }
        self.register_outputs({})


def _metadata(crd: Mapping[str, Any]) -> Any:
    """The metadata of a manifest, without the fields that only an API server sets."""
    written = crd["metadata"]
    return metadata(written["name"], labels=written.get("labels"), annotations=written.get("annotations"))
