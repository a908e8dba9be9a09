"""The page while objects move from one engine to the other."""

from __future__ import annotations

from typing import Any

import pytest

from ops.map import gather, karmada
from ops.map.model import Engine, Federation, Fleet
from ops.map.page import summary
from ops.map.problems import problems
from ops.outputs import Outputs
from tests.unit.ops.map.fleets import deployment, federation_of, idle, outputs_of
from tests.unit.ops.map.markup import words
from tests.unit.ops.map.test_karmada import HOST, OTHER, READY, UNREACHABLE, binding, cluster, report, served

pytestmark = pytest.mark.unit


def outputs() -> dict[str, Any]:
    """The outputs of a fleet whose objects move from kubefed to Karmada."""
    found = outputs_of(2)
    found["plan"].update(engine="karmada", beside="kubefed")
    return found


def fleet_of(*clusters: dict[str, Any], kubefed_answers: bool = True) -> Fleet:
    """A fleet with `web` in Karmada on both clusters, and `late` in kubefed on the host."""
    web = binding(report(HOST, {"replicas": 3}), report(OTHER, {"replicas": 4}), replicas=7, c1=3, c2=4)

    def federation(outputs: Outputs, engine: Engine) -> Federation:
        if engine is Engine.KARMADA:
            return karmada.read(served(web, clusters=[*clusters] or None))
        if not kubefed_answers:
            raise OSError("no route to host")
        return federation_of(outputs, deployment("late", {HOST: ""}))

    return gather.fleet("dev", outputs(), federation, idle)


def test_each_object_has_its_engine() -> None:
    fleet = fleet_of()
    shown = words(fleet)
    assert list(problems(fleet)) == []
    assert "late Deployment in kubefed in place 3 \N{EN DASH} web Deployment in Karmada in place 3 4" in shown
    assert "deployments.apps Running" in shown
    assert "failed, with Karmada's or kubefed's word." in shown
    assert summary(fleet).endswith("1 federated type \N{MIDDLE DOT} 2 federated objects")


def test_a_single_engine_is_not_named_at_each_object() -> None:
    fleet = gather.fleet("dev", outputs_of(2), lambda outputs, _: federation_of(outputs, deployment("web", {})), idle)
    assert "in kubefed" not in words(fleet)


def test_a_cluster_is_said_to_be_not_ready_in_the_engine_that_says_so() -> None:
    fleet = fleet_of(cluster(HOST, READY), cluster(OTHER, UNREACHABLE))
    assert list(problems(fleet)) == [f"Cluster {OTHER} is NOT READY in Karmada: ClusterNotReachable: no route"]


def test_a_cluster_that_one_engine_has_not_joined_is_named() -> None:
    fleet = fleet_of(cluster(HOST, READY))
    assert list(problems(fleet)) == [f"Cluster {OTHER} is NOT JOINED in Karmada: it has no Cluster in Karmada"]


def test_an_engine_that_does_not_answer_hides_nothing_of_the_other() -> None:
    fleet = fleet_of(kubefed_answers=False)
    shown = words(fleet)
    unknown = f"The host {HOST} doesn't answer, so the federated objects are unknown: OSError: no route to host"
    assert list(problems(fleet)) == [unknown]
    assert "Unknown: the host doesn't answer." in shown
    assert "web Deployment in Karmada in place 3 4" in shown
    assert summary(fleet).endswith("3 peerings \N{MIDDLE DOT} 1 federated object")
