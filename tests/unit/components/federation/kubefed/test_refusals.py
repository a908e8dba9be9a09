"""Refusals of workloads that kubefed doesn't support."""

import json
from typing import Any

import pytest

from components.federation import (
    ClusterFailover,
    FederatedObject,
    FederatedObjectArgs,
    Groups,
    Host,
    Placement,
    ReplicaScheduling,
    ReplicaSchedulingArgs,
)
from components.federation.kubefed import refusals
from tests.unit.components.federation.karmada.fleet import spread, workload
from tests.unit.engine import run

pytestmark = pytest.mark.unit

FIX = "leave it out, or use a fleet whose engine is Karmada"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"placement": Placement(selector={}, in_regions=Groups(min=2))},
            "placement: in_regions: kubefed places an object in each cluster of a placement",
        ),
        (
            {"placement": Placement(clusters=["a"], in_clusters=Groups())},
            "placement: in_clusters: kubefed places an object in each cluster of a placement",
        ),
        ({"failover": ClusterFailover()}, "failover: kubefed moves no object out of a cluster"),
        ({"suspended": True}, "suspended: kubefed passes each change on"),
        ({"suspended": ["fleet-1"]}, "suspended: kubefed passes each change on"),
    ],
)
def test_what_only_karmada_does_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^Deployment web: {message}; {FIX}$"):
        refusals.check(workload(**given))


def test_a_division_by_free_capacity_is_refused() -> None:
    with pytest.raises(ValueError, match=f"^by_capacity: kubefed divides replicas by weights alone; {FIX}$"):
        refusals.check_spread(spread(by_capacity=True))


def test_two_refusals_are_told_at_once() -> None:
    with pytest.raises(ValueError, match=rf"failover: .*; {FIX}\n.*suspended: .*; {FIX}$"):
        refusals.check(workload(failover=ClusterFailover(), suspended=True))


def test_what_kubefed_does_is_taken() -> None:
    refusals.check(workload())
    refusals.check_spread(spread())


@pytest.mark.parametrize("field", ["failover", "by_capacity"])
def test_a_program_on_kubefed_is_refused_what_only_karmada_does(field: str) -> None:
    def declare() -> None:
        more: Any = {"failover": ClusterFailover()} if field == "failover" else {}
        host = Host.by_kubeconfig(json.dumps({"current-context": "fleet-1"}))
        given = FederatedObjectArgs(host=host, kind="Deployment", object_name="web", template={}, **more)
        web = FederatedObject("web", given)
        ReplicaScheduling("web", ReplicaSchedulingArgs(host=host, workload=web, total=1, by_capacity=True))

    with pytest.raises(ValueError, match=rf"{field}: kubefed "):
        run(declare)
