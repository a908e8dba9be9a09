"""The clusters' shares of a workload's replicas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ANY = "*"
"""The key of the preference for all clusters without one of their own."""


@dataclass(frozen=True, kw_only=True)
class Preference:
    """A cluster's share of the replicas."""

    weight: int = 0
    """The proportion of the replicas that remain once every cluster has its minimum."""
    min: int = 0
    max: int | None = None
    """The most replicas; None for no limit."""


def check(total: int, clusters: Mapping[str, Preference]) -> None:
    """Raise ValueError for a total or a preference that no engine can follow."""
    if total < 0:
        raise ValueError(f"total: {total} is no count of replicas; give 0 or more")
    for cluster, preference in clusters.items():
        if min(preference.weight, preference.min) < 0:
            raise ValueError(
                f"clusters[{cluster}]: weight {preference.weight} or min {preference.min} is negative; give 0 or more"
            )
        if preference.max is not None and preference.max < preference.min:
            raise ValueError(
                f"clusters[{cluster}]: min {preference.min} is more than max {preference.max}; set min <= max"
            )
    least = sum(preference.min for cluster, preference in clusters.items() if cluster != ANY)
    if least > total:
        raise ValueError(f"total: {total} is less than the clusters' minimums together ({least}); set a larger total")
