"""The objects that are declared to Karmada, and whether the clusters keep theirs when they are deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import diagnosis
from ..beside import Declared
from .policies import API, PRESERVED

KINDS = ("PropagationPolicy", "ClusterPropagationPolicy")


def declared(karmada: Any) -> Sequence[Declared]:
    """All objects that a policy of a connected Karmada propagates. Raises whatever keeps it from answering."""
    policies = [
        policy["spec"] for kind in KINDS for policy in diagnosis.listed(karmada, {"apiVersion": API, "kind": kind})
    ]
    return [
        Declared(
            kind=selector["kind"],
            namespace=selector.get("namespace"),
            name=selector.get("name") or "*",
            stays=spec.items() >= PRESERVED.items(),
        )
        for spec in policies
        for selector in spec["resourceSelectors"]
    ]
