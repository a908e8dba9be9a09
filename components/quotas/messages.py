"""A fleet's demand against a quota: whether it fits, and how to make it fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .demand import Demand
from .known import ON_DEMAND, SPOT

Source = Literal["aws", "set", "assumed"]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A demand, and the quota for it."""

    demand: Demand
    value: int
    """The quota's value."""
    source: Source
    """The source of the value: AWS, the settings, or AWS's default because AWS did not answer."""
    in_use: int
    """The least that others in the account use."""

    def over(self, count: int) -> bool:
        """Whether `count` exceeds what the quota has left. Zero never does."""
        return count > max(0, self.value - self.in_use)


def refusal(measure: Measure) -> str | None:
    """Return why a fleet can't be created; None if it fits."""
    demand = measure.demand
    if not measure.over(demand.count):
        return None
    each = ", ".join(f"{name} {count}" for name, count in demand.of.items())
    return f"{_over(measure, demand.count, each)}; {demand.quota.avoid}{_remedy(measure, demand.count)}"


def warning(measure: Measure) -> str | None:
    """Return what a fleet can't grow to; None if it can, or if it does not fit at all."""
    demand = measure.demand
    if measure.over(demand.count) or not measure.over(demand.maximum):
        return None
    excess = _over(measure, demand.maximum, "every group at its max")
    return f"{excess}, and the last will not start; lower max{_remedy(measure, demand.maximum)}"


def _over(measure: Measure, count: int, each: str) -> str:
    quota, value = measure.demand.quota, measure.value
    minimum = "at least " if quota in (ON_DEMAND, SPOT) else ""
    others = f", others {minimum}{measure.in_use}" if measure.in_use else ""
    limit = {
        "aws": f"the account's quota of {value}",
        "set": f"the {value} set in quotas",
        "assumed": f"AWS's default of {value}",
    }[measure.source]
    demand = f"{quota.key}: {quota.noun} in {measure.demand.region} would be {count + measure.in_use} ({each}{others})"
    return f"{demand}, more than {limit} ({quota.name}, {quota.code})"


def _remedy(measure: Measure, count: int) -> str:
    quota, desired = measure.demand.quota, count + measure.in_use
    if quota.highest is not None and desired > quota.highest:
        return f" (AWS grants {quota.highest} at most)"
    if measure.source == "assumed":
        return f"; or, if the account has more, allow servicequotas:GetServiceQuota, or set quotas.{quota.code} to it"
    also = f" (and quotas.{quota.code} set to it)" if measure.source == "set" else ""
    return (
        f"; or have it raised{also}: aws service-quotas request-service-quota-increase --region "
        f"{measure.demand.region} --service-code {quota.service} --quota-code {quota.code} --desired-value {desired}"
    )
