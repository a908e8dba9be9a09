"""A resolver that answers as Route 53 does: by a zone's records, the health of their targets, and a caller's region.

It reads the records by Route 53's API. What Route 53 measures, a test says: which load balancers and endpoints are
healthy. Latency is a table between regions, the nearest first (Route 53 developer guide, "Choosing a routing policy"
and "How Amazon Route 53 chooses records when health checking is configured").
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Record = Mapping[str, Any]

NEAR: Mapping[str, Sequence[str]] = {
    "eu-west-1": ("eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "us-east-1"),
    "eu-west-3": ("eu-west-3", "eu-central-1", "eu-west-2", "eu-west-1", "us-east-1"),
    "us-east-1": ("us-east-1", "us-west-2", "eu-west-1", "eu-west-3", "eu-central-1"),
}
"""For a caller in a region: regions by latency, the lowest first."""


@dataclass
class Resolver:
    """The answers for one zone."""

    route53: Any
    """A client of Route 53."""
    zone: str
    down: set[str] = field(default_factory=set[str])
    """Hostnames whose health checks fail, and whose load balancers have no healthy target."""

    def answer(self, name: str, caller: str, type_: str = "A", choose: Callable[[int], int] | None = None) -> str:
        """The hostname that a name leads a caller in a region to; empty without an answer.

        `choose` picks one of so many, for weights; by default at random.
        """
        found = self._answer(self._records(), name.lower().rstrip("."), caller, type_, choose or random.randrange)
        return found or ""

    def _records(self) -> list[Record]:
        return self.route53.list_resource_record_sets(HostedZoneId=self.zone)["ResourceRecordSets"]

    def _answer(
        self, records: Sequence[Record], name: str, caller: str, type_: str, choose: Callable[[int], int]
    ) -> str | None:
        named = [one for one in records if _named(one, name) and one["Type"] in (type_, "CNAME")]
        if not named:
            return None
        healthy = [one for one in named if self._healthy(records, one, type_)]
        # If none is healthy, all count as healthy.
        chosen = _chosen(healthy or named, caller, choose)
        if chosen is None:
            return None
        target = _target(chosen)
        if self._own(records, target, type_):
            return self._answer(records, target, caller, type_, choose)
        return target

    def _healthy(self, records: Sequence[Record], record: Record, type_: str) -> bool:
        if check := record.get("HealthCheckId"):
            config = self.route53.get_health_check(HealthCheckId=check)["HealthCheck"]["HealthCheckConfig"]
            if config["FullyQualifiedDomainName"].lower() in self.down:
                return False
        alias = record.get("AliasTarget")
        if not alias or not alias["EvaluateTargetHealth"]:
            return True
        target = _target(record)
        if own := self._own(records, target, type_):
            return any(self._healthy(records, one, type_) for one in own)
        return target not in self.down

    @staticmethod
    def _own(records: Sequence[Record], name: str, type_: str) -> list[Record]:
        """The zone's own records of a name."""
        return [one for one in records if _named(one, name) and one["Type"] in (type_, "CNAME")]


def _chosen(records: Sequence[Record], caller: str, choose: Callable[[int], int]) -> Record | None:
    first = records[0]
    if "Region" in first:
        order = NEAR[caller]
        return min(records, key=lambda one: order.index(one["Region"]))
    if "Failover" in first:
        return next((one for one in records if one["Failover"] == "PRIMARY"), first)
    if "Weight" in first:
        total = sum(one["Weight"] for one in records)
        if not total:
            return records[choose(len(records))]
        place = choose(total)
        for one in records:
            place -= one["Weight"]
            if place < 0:
                return one
    return first


def _named(record: Record, name: str) -> bool:
    return str(record["Name"]).lower().rstrip(".") == name


def _target(record: Record) -> str:
    if alias := record.get("AliasTarget"):
        return str(alias["DNSName"]).lower().rstrip(".")
    return str(record["ResourceRecords"][0]["Value"]).lower().rstrip(".")
