"""The objects that are declared to kubefed, and whether the clusters keep theirs when they are deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .. import diagnosis
from ..beside import Declared

TYPES = {"apiVersion": "core.kubefed.io/v1beta1", "kind": "FederatedTypeConfig"}

ORPHANED = {"kubefed.io/orphan": "true"}
"""The annotation by which kubefed leaves an object in the clusters (pkg/controller/util, IsOrphaningEnabled)."""


def declared(host: Any) -> Sequence[Declared]:
    """Return all federated objects of a connected host. Raise whatever keeps it from answering."""
    return [found for config in diagnosis.listed(host, TYPES) for found in _of_type(host, config)]


def _of_type(host: Any, config: diagnosis.Object) -> Iterator[Declared]:
    """The federated objects of a FederatedTypeConfig."""
    type_, target = config["spec"]["federatedType"], config["spec"]["targetType"]
    kind = {"apiVersion": f"{type_['group']}/{type_['version']}", "kind": type_["kind"]}
    for found in diagnosis.listed(host, kind):
        metadata: Any = found["metadata"]
        annotations: Mapping[str, str] = metadata.get("annotations") or {}
        yield Declared(
            kind=target["kind"],
            namespace=None if target["kind"] == "Namespace" else metadata.get("namespace"),
            name=metadata["name"],
            stays=annotations.items() >= ORPHANED.items(),
        )
