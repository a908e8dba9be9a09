"""The choice of a cluster by a name: Route 53's routing policies, and the record of each cluster under them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ..scheduling import ANY

HEAVIEST = 255
"""The greatest weight of a record (Route 53 API reference, ResourceRecordSet, Weight)."""

REST = "_rest"
"""The label before a name under which a failover's other clusters are: Route 53 has one secondary for a primary."""


PRIMARY, OTHER = "primary", "rest"
"""The roles of a failover's clusters."""


@dataclass(frozen=True)
class Latency:
    """The cluster whose region answers the caller soonest, by Route 53's own measurements."""


@dataclass(frozen=True)
class Weighted:
    """Clusters in proportion to their weights."""

    weights: Mapping[str, int]
    """The weights by the cluster's name, `*` for each other cluster. A weight of 0 gets nothing while others do."""

    def __post_init__(self) -> None:
        """Raises ValueError for a weight that Route 53 would refuse."""
        for cluster, weight in self.weights.items():
            if not 0 <= weight <= HEAVIEST:
                raise ValueError(f"weights: {cluster}: {weight} is not possible; use 0 to {HEAVIEST}")


@dataclass(frozen=True)
class Failover:
    """The primary while it is healthy, else the others by latency."""

    primary: str
    """The cluster's name."""


Routing = Latency | Weighted | Failover


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A cluster's record in the set."""

    role: str
    """The role of the cluster in the set. Route 53 takes no record of another policy beside those that exist."""
    dns_name: str
    policy: Mapping[str, Any]
    """The record's argument for its policy."""


def problems(routing: Routing, regions: Mapping[str, str | None]) -> Iterator[str]:
    """Yield the contradictions between a routing and the clusters of a placement, which have `regions`."""
    placed = ", ".join(sorted(regions)) or "none"
    if isinstance(routing, Weighted):
        for cluster in routing.weights:
            if cluster != ANY and cluster not in regions:
                yield (
                    f"weights: {cluster} is not in the placement, which has {placed}; place the object there too, or "
                    "take the weight out"
                )
        for cluster in sorted(regions):
            if cluster not in routing.weights and ANY not in routing.weights:
                yield f"weights: {cluster} is in the placement and has no weight; give it one, or `{ANY}` for the rest"
        return
    if isinstance(routing, Failover) and routing.primary not in regions:
        yield (
            f"primary: {routing.primary} is not in the placement, which has {placed}; place the object there too, or "
            "choose one of these"
        )
    yield from _of_latency([cluster for cluster in regions if _by_latency(routing, cluster)], regions)


def _by_latency(routing: Routing, cluster: str) -> bool:
    return not (isinstance(routing, Failover) and routing.primary == cluster)


def _of_latency(clusters: Sequence[str], regions: Mapping[str, str | None]) -> Iterator[str]:
    for cluster in sorted(clusters):
        if not regions[cluster]:
            yield (
                f"routing: {cluster} has no label topology.kubernetes.io/region, which latency goes by; update the "
                "fleet, which sets it"
            )
    known = sorted((region, cluster) for cluster in clusters if (region := regions[cluster]))
    for region, group in groupby(known, key=lambda pair: pair[0]):
        names = [cluster for _, cluster in group]
        if len(names) > 1:
            yield (
                f"routing: {', '.join(names)} are in {region}, and latency takes one cluster of a region; "
                "use Weighted, or place the object in one of them"
            )


def entries(routing: Routing, dns_name: str, regions: Mapping[str, str | None]) -> dict[str, Entry]:
    """The records of a name by cluster, once `problems` finds none."""
    return {cluster: _entry(routing, dns_name, cluster, region or "") for cluster, region in sorted(regions.items())}


def _entry(routing: Routing, dns_name: str, cluster: str, region: str) -> Entry:
    if isinstance(routing, Weighted):
        weight = routing.weights.get(cluster, routing.weights.get(ANY, 0))
        return Entry(role="weighted", dns_name=dns_name, policy={"weighted_routing_policies": [{"weight": weight}]})
    if isinstance(routing, Failover) and cluster == routing.primary:
        return Entry(role=PRIMARY, dns_name=dns_name, policy=failover("PRIMARY"))
    rest = isinstance(routing, Failover)
    return Entry(
        role=OTHER if rest else "latency",
        dns_name=f"{REST}.{dns_name}" if rest else dns_name,
        policy={"latency_routing_policies": [{"region": region}]},
    )


def failover(kind: str) -> dict[str, Any]:
    """The argument of a failover's record, PRIMARY or SECONDARY."""
    return {"failover_routing_policies": [{"type": kind}]}


def has_rest(found: Iterable[Entry]) -> bool:
    """Whether a failover has clusters beside the primary."""
    return any(entry.role == OTHER for entry in found)
