"""What a fleet takes of a quota, against what there is of it: whether it fits, and what to do where it doesn't."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .demand import Demand
from .known import ON_DEMAND, SPOT

Source = Literal["told", "set", "assumed"]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A demand, and what there is to meet it."""

    demand: Demand
    value: int
    """The quota."""
    source: Source
    """Whether AWS says so, or the settings, or it is AWS's default for want of an answer."""
    held: int
    """How much of it, at least, the account's others hold."""

    def over(self, count: int) -> bool:
        """Whether `count` exceeds what the quota has left. Zero never does."""
        return count > max(0, self.value - self.held)


def refusal(measure: Measure) -> str | None:
    """Why a fleet can't be made; None where it fits."""
    demand = measure.demand
    if not measure.over(demand.count):
        return None
    each = ", ".join(f"{name} {count}" for name, count in demand.of.items())
    return f"{_over(measure, demand.count, each)}; {demand.quota.avoid}{_remedy(measure, demand.count)}"


def warning(measure: Measure) -> str | None:
    """What a fleet can't grow to; None where it can, or doesn't even fit as it is."""
    demand = measure.demand
    if measure.over(demand.count) or not measure.over(demand.most):
        return None
    told = _over(measure, demand.most, "every group at its max")
    return f"{told}, and the last will not start; lower max{_remedy(measure, demand.most)}"


def _over(measure: Measure, count: int, each: str) -> str:
    quota, value = measure.demand.quota, measure.value
    least = "at least " if quota in (ON_DEMAND, SPOT) else ""
    others = f", others {least}{measure.held}" if measure.held else ""
    most = {
        "told": f"the account's quota of {value}",
        "set": f"the {value} set in quotas",
        "assumed": f"AWS's default of {value}",
    }[measure.source]
    taken = f"{quota.key}: {quota.noun} in {measure.demand.region} would be {count + measure.held} ({each}{others})"
    return f"{taken}, more than {most} ({quota.name}, {quota.code})"


def _remedy(measure: Measure, count: int) -> str:
    quota, wanted = measure.demand.quota, count + measure.held
    if quota.highest is not None and wanted > quota.highest:
        return f" (AWS grants {quota.highest} at most)"
    if measure.source == "assumed":
        return f"; or, if the account has more, allow servicequotas:GetServiceQuota, or set quotas.{quota.code} to it"
    also = f" (and quotas.{quota.code} set to it)" if measure.source == "set" else ""
    return (
        f"; or have it raised{also}: aws service-quotas request-service-quota-increase --region "
        f"{measure.demand.region} --service-code {quota.service} --quota-code {quota.code} --desired-value {wanted}"
    )
