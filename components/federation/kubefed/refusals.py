"""Refusals of workload features that kubefed lacks, because it would ignore them silently."""

from __future__ import annotations

from collections.abc import Iterator

from ..engine import HealthRule, Spread, Workload

FIX = "leave it out, or use a fleet whose engine is Karmada"


def check(workload: Workload) -> None:
    """Raise ValueError for a workload with a feature that kubefed lacks."""
    if problems := [*_problems(workload)]:
        raise ValueError("\n".join(f"{workload.kind} {workload.name}: {problem}; {FIX}" for problem in problems))


def check_spread(spread: Spread) -> None:
    """Raise ValueError for a distribution with a feature that kubefed lacks."""
    if spread.by_capacity:
        raise ValueError(f"by_capacity: kubefed divides replicas by weights alone; {FIX}")


def check_health(rule: HealthRule) -> None:
    """Raise ValueError, because kubefed judges no object."""
    raise ValueError(f"{rule.kind}: TypeHealth: kubefed reports an object as placed whatever its status; {FIX}")


def _problems(workload: Workload) -> Iterator[str]:
    placement = workload.placement
    for field, groups in (("in_regions", placement.in_regions), ("in_clusters", placement.in_clusters)):
        if groups:
            yield f"placement: {field}: kubefed places an object in each cluster of a placement"
    if workload.failover:
        yield "failover: kubefed moves no object out of a cluster"
    if workload.suspended:
        yield "suspended: kubefed passes each change on"
