"""Workloads that ask for clusters which aren't there."""

import json
from typing import Any

import pulumi
import pytest

from components.federation import (
    FederatedObject,
    FederatedObjectArgs,
    Host,
    Override,
    Placement,
    Preference,
    ReplicaScheduling,
    ReplicaSchedulingArgs,
    diagnosis,
)
from components.federation.kubefed.joined import takes
from tests.unit.engine import Engine, run

pytestmark = pytest.mark.unit

LABELS: dict[str, dict[str, str]] = {
    "fleet-1": {"environment": "test"},
    "fleet-2": {"environment": "test", "tier": "a"},
}
MORE = {"fleet-2": [Override(path="/data/a", value="b")]}


@pytest.fixture(autouse=True)
def fleet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host whose members are those of LABELS."""
    found = [{"metadata": {"name": name, "labels": labels}} for name, labels in LABELS.items()]
    monkeypatch.setattr(diagnosis, "connect", lambda _: None)
    monkeypatch.setattr(diagnosis, "listed", lambda _, __: found)


def place(placement: Placement | None = None, clusters: dict[str, Preference] | None = None, **more: Any) -> Engine:
    """A Deployment on the fleet, spread if `clusters` are given."""

    def declare() -> None:
        host = Host.by_kubeconfig(json.dumps({"current-context": "fleet-1"}))
        given = {"placement": placement} if placement else {}
        web = FederatedObject(
            "web",
            FederatedObjectArgs(
                host=host, kind="Deployment", object_name="web", namespace="a", template={}, **given, **more
            ),
        )
        if clusters:
            ReplicaScheduling("web", ReplicaSchedulingArgs(host=host, workload=web, total=2, clusters=clusters))

    return run(declare)


UNPLACED: list[tuple[str, Any, str]] = [
    (
        "a cluster that isn't there",
        {"placement": Placement(clusters=["fleet-1", "fleet-3"])},
        r"Deployment web: placement: fleet-3 is no cluster of the fleet, which has fleet-1, fleet-2; fleet-\d perhaps$",
    ),
    (
        "a name like no other",
        {"placement": Placement(clusters=["berlin"])},
        "Deployment web: placement: berlin is no cluster of the fleet, which has fleet-1, fleet-2; take one of these$",
    ),
    (
        "an override elsewhere",
        {"overrides": {"flet-2": MORE["fleet-2"]}},
        "Deployment web: overrides: flet-2 is no cluster of the fleet, .*; fleet-2 perhaps$",
    ),
    (
        "an override outside the names",
        {"placement": Placement(clusters=["fleet-1"]), "overrides": MORE},
        "Deployment web: overrides: fleet-2 is not in the placement, so the override has no effect; place the object",
    ),
    (
        "an override outside the labels",
        {"placement": Placement(selector={"matchLabels": {"tier": "b"}}), "overrides": MORE},
        "Deployment web: overrides: fleet-2 is not in the placement",
    ),
    (
        "replicas elsewhere",
        {"clusters": {"*": Preference(weight=1), "fleet-9": Preference(weight=1)}},
        "ReplicaScheduling of Deployment web: clusters: fleet-9 is no cluster of the fleet",
    ),
]


@pytest.mark.parametrize(("given", "told"), [pytest.param(given, told, id=case) for case, given, told in UNPLACED])
def test_what_asks_for_a_cluster_that_is_not_there_ends_the_update(given: dict[str, Any], told: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"^{told}"):
        place(**given)


def test_two_wrong_names_are_told_at_once() -> None:
    with pytest.raises(pulumi.RunError, match=r"placement: a1 .*\n.*placement: b2 "):
        place(Placement(clusters=["a1", "b2"]))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"overrides": MORE},
        {"placement": Placement(clusters=[])},
        {"placement": Placement(clusters=[pulumi.Output.from_input("fleet-2")]), "overrides": MORE},
        {"placement": Placement(selector={"matchLabels": {"tier": "a"}}), "overrides": MORE},
        {"clusters": {"fleet-1": Preference(weight=1)}},
    ],
)
def test_what_asks_for_clusters_that_are_there_is_registered(given: dict[str, Any]) -> None:
    (web,) = place(**given)["kubernetes:types.kubefed.io/v1beta1:FederatedDeployment"].values()
    assert web.inputs["metadata"]["name"] == "web"


def test_a_selector_that_takes_no_cluster_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    place(Placement(selector={"matchLabels": {"tier": "z"}}))
    assert warned == ["Deployment web: placement: the selector takes none of fleet-1, fleet-2, so it is nowhere"]


def test_a_host_that_does_not_answer_is_warned_of_and_nothing_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(_: str) -> None:
        raise ConnectionError("no\nroute")

    warned: list[str] = []
    monkeypatch.setattr(diagnosis, "connect", connect)
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    place(Placement(clusters=["berlin"]))
    assert warned == [
        "the host doesn't tell which clusters have joined, so no placement is checked against them: no route"
    ]


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        ({"key": "tier", "operator": "In", "values": ["a", "b"]}, True),
        ({"key": "tier", "operator": "In", "values": ["b"]}, False),
        ({"key": "tier", "operator": "NotIn", "values": ["b"]}, True),
        ({"key": "none", "operator": "NotIn", "values": ["b"]}, True),
        ({"key": "tier", "operator": "Exists"}, True),
        ({"key": "none", "operator": "Exists"}, False),
        ({"key": "none", "operator": "DoesNotExist"}, True),
        ({"key": "tier", "operator": "DoesNotExist"}, False),
    ],
)
def test_a_selector_s_expressions_are_those_of_kubernetes(rule: dict[str, Any], taken: bool) -> None:
    assert takes({"matchExpressions": [rule]}, LABELS["fleet-2"]) is taken
    assert not takes({"matchLabels": {"tier": "z"}, "matchExpressions": [rule]}, LABELS["fleet-2"])
