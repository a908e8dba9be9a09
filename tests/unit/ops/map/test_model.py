"""The parts of a fleet that follow from others: problems, columns, groups."""

from __future__ import annotations

import pytest

from ops.map.model import Membership, State
from ops.map.problems import problems
from tests.unit.ops.map.fleets import READY, deployment, fleet_of, outputs_of

pytestmark = pytest.mark.unit


def test_a_cluster_of_other_hands_that_is_not_ready_is_told_too() -> None:
    offline = Membership(state=State.NOT_READY, reason="ClusterNotReachable")
    assert list(problems(fleet_of(outputs_of(1), elsewhere=offline))) == [
        "Cluster elsewhere is NOT READY: ClusterNotReachable"
    ]


def test_an_object_that_is_nowhere_is_shown_with_its_reason() -> None:
    fleet = fleet_of(outputs_of(1), deployment("web", {}, "NamespaceNotFederated"))
    assert list(problems(fleet)) == ["Deployment shop/web: NamespaceNotFederated"]


def test_a_cluster_that_joined_by_other_hands_has_a_column() -> None:
    web = deployment("web", {"federated-eks-1": "", "elsewhere": ""})
    fleet = fleet_of(outputs_of(1), web, another=READY)
    assert fleet.columns == ("federated-eks-1", "another", "elsewhere")


def test_objects_are_grouped_by_namespace_and_those_without_one_come_first() -> None:
    objects = [deployment("web", {}), deployment("api", {}), deployment("reader", {})]
    objects[2]["metadata"]["namespace"] = None
    grouped = fleet_of(outputs_of(1), *objects).by_namespace
    assert [(name, [object.name for object in group]) for name, group in grouped] == [
        ("", ["reader"]),
        ("shop", ["api", "web"]),
    ]
