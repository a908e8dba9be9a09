"""The tests' own resolver: latency, weights, failover, health."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.sandbox.resolver import Resolver

pytestmark = pytest.mark.unit

NAME = "shop.example.org"


def record(target: str, name: str = NAME, evaluate: bool = True, **more: Any) -> dict[str, Any]:
    alias = {"DNSName": f"{target}.", "HostedZoneId": "Z", "EvaluateTargetHealth": evaluate}
    return {"Name": f"{name}.", "Type": "A", "AliasTarget": alias, "SetIdentifier": target, **more}


def resolver(*records: dict[str, Any], **checks: str) -> Resolver:
    """A zone with these records, and health checks by id, each of a hostname."""

    def check(HealthCheckId: str) -> Any:
        return {"HealthCheck": {"HealthCheckConfig": {"FullyQualifiedDomainName": checks[HealthCheckId]}}}

    listed = {"ResourceRecordSets": [*records]}
    return Resolver(SimpleNamespace(list_resource_record_sets=lambda **_: listed, get_health_check=check), "Z1")


def test_latency_leads_to_the_nearest_that_is_healthy() -> None:
    dns = resolver(record("one", Region="eu-west-1"), record("two", Region="us-east-1"))
    assert [dns.answer(NAME, caller) for caller in ("eu-west-1", "eu-west-3", "us-east-1")] == ["one", "one", "two"]
    dns.down.add("one")
    assert dns.answer(NAME, "eu-west-1") == "two"
    dns.down.add("two")
    assert dns.answer(NAME, "eu-west-1") == "one", "if none is healthy, all count as healthy"


def test_a_health_check_decides_for_its_record() -> None:
    dns = resolver(
        record("one", evaluate=False, Region="eu-west-1", HealthCheckId="c"),
        record("two", evaluate=False, Region="us-east-1"),
        c="one",
    )
    dns.down |= {"one", "two"}
    assert dns.answer(NAME, "eu-west-1") == "two", "nobody looks at the other's health"


def test_a_failover_goes_by_the_health_of_what_the_secondary_leads_to() -> None:
    dns = resolver(
        record("one", Failover="PRIMARY"),
        record(f"_rest.{NAME}", Failover="SECONDARY"),
        record("two", f"_rest.{NAME}", Region="eu-west-3"),
        record("three", f"_rest.{NAME}", Region="us-east-1"),
    )
    assert dns.answer(NAME, "us-east-1") == "one"
    dns.down.add("one")
    assert [dns.answer(NAME, caller) for caller in ("eu-west-3", "us-east-1")] == ["two", "three"]
    dns.down |= {"two", "three"}
    assert dns.answer(NAME, "us-east-1") == "one"


def test_weights_are_shares_of_those_that_are_healthy() -> None:
    dns = resolver(record("one", Weight=3), record("two", Weight=1))
    assert [dns.answer(NAME, "eu-west-1", choose=lambda _, at=at: at) for at in range(4)] == ["one"] * 3 + ["two"]
    dns.down.add("one")
    assert dns.answer(NAME, "eu-west-1") == "two"


def test_a_name_without_records_has_no_answer() -> None:
    assert resolver(record("one", Weight=1)).answer("www.example.org", "eu-west-1") == ""
