"""How replicas are divided: each cluster's share, by weight between its minimum and its maximum.

Karmada divides by weights alone. The shares themselves are the weights that it gets, so that it divides as it should,
and it divides anew by them when a cluster leaves.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from .. import scheduling
from ..engine import Spread
from ..scheduling import ANY, Preference

KINDS = ("Deployment", "ReplicaSet")


def check(spread: Spread) -> None:
    """Raise ValueError for a distribution that Karmada would not follow as it reads."""
    workload = spread.workload
    if workload.kind not in KINDS:
        raise ValueError(
            f"workload: {workload.kind} has no replicas that ReplicaScheduling spreads; give a Deployment or a "
            "ReplicaSet"
        )
    scheduling.check(spread.total, spread.clusters)
    if spread.within_placement and workload.placement.selector is None:
        raise ValueError(
            f"within_placement: {workload.name} is placed in {workload.placement.clusters} by name; place it by a "
            "selector, or leave within_placement out"
        )
    if workload.placement.chooses and not spread.by_capacity:
        raise ValueError(
            f"clusters: {workload.name} is placed in a number of regions or clusters, which Karmada doesn't look at "
            "when it divides by weights; set by_capacity, or leave in_regions and in_clusters out"
        )


def divide(total: int, clusters: Iterable[str], preferences: Mapping[str, Preference]) -> dict[str, int]:
    """The replicas of each cluster that gets some, by name.

    Minimums come first, in the order of names if the total doesn't cover all. The rest goes one by one to where it is
    the least in proportion to the weight (Webster's method, as Karmada's own), until all have their maximum. So a
    larger total takes no replica away.
    """
    wanted = {cluster: preferences.get(cluster) or preferences.get(ANY) for cluster in sorted(clusters)}
    chosen = {cluster: preference for cluster, preference in wanted.items() if preference is not None}
    shares: dict[str, int] = {}
    for cluster, preference in chosen.items():
        shares[cluster] = min(preference.min, total - sum(shares.values()))
    for _ in range(total - sum(shares.values())):
        open_ = [cluster for cluster, share in shares.items() if _takes(chosen[cluster], share)]
        if not open_:
            break
        shares[min(open_, key=lambda cluster: _due(chosen[cluster], shares[cluster]))] += 1
    return {cluster: share for cluster, share in shares.items() if share}


def _takes(preference: Preference, share: int) -> bool:
    return bool(preference.weight) and share < (math.inf if preference.max is None else preference.max)


def _due(preference: Preference, share: int) -> float:
    """When a cluster's next replica is due: the lower, the sooner. Its minimum doesn't count."""
    return (2 * (share - preference.min) + 1) / preference.weight
