"""kubefed's objects: replicas, and whether clusters, types and objects are well."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.map import kubefed
from ops.map.model import State
from tests.unit.ops.map.fleets import override, type_config

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, None),
        ({"template": {"spec": {"replicas": 3}}}, 3),
        ({"template": {"spec": {"replicas": 0}}}, 0),
        ({"template": {"spec": {"replicas": 3}}, "retainReplicas": True}, None),
        ({"overrides": [override("here", {"path": "/spec/replicas", "value": 5})]}, 5),
        ({"overrides": [override("there", {"path": "/spec/replicas", "value": 5})]}, None),
        ({"template": {"spec": {"replicas": 3}}, "overrides": [override("here", {"path": "/spec/paused"})]}, 3),
        (
            {
                "template": {"spec": {"replicas": 3}},
                "overrides": [override("here", {"path": "/spec/replicas", "op": "remove", "value": 9})],
            },
            None,
        ),
        (
            {
                "template": {"spec": {"replicas": 3}},
                "overrides": [override("here", {"path": "/spec", "value": {"replicas": 7}})],
            },
            7,
        ),
    ],
)
def test_replicas_are_the_template_s_with_the_cluster_s_overrides(spec: dict[str, Any], expected: int | None) -> None:
    assert kubefed.replicas(spec, "here") == expected


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 9)), st.integers(0, 9))
def test_each_cluster_has_its_own_override_and_else_the_template_s(own: dict[str, int], number: int) -> None:
    overrides = [override(name, {"path": "/spec/replicas", "value": value}) for name, value in own.items()]
    spec = {"template": {"spec": {"replicas": number}}, "overrides": overrides}
    assert {name: kubefed.replicas(spec, name) for name in "abcdef"} == dict.fromkeys("abcdef", number) | own


@given(st.lists(st.integers(0, 9), min_size=1))
def test_of_several_overrides_the_last_counts(values: list[int]) -> None:
    assert kubefed.overridden(3, [{"path": "/spec/replicas", "value": value} for value in values]) == values[-1]


@pytest.mark.parametrize(
    ("conditions", "state", "why"),
    [
        ([{"type": "Ready", "status": "True"}], State.READY, ""),
        ([{"type": "Ready", "status": "True"}, {"type": "Offline", "status": "False"}], State.READY, ""),
        (
            [{"type": "Offline", "status": "True", "reason": "ClusterNotReachable", "message": "no route"}],
            State.NOT_READY,
            "ClusterNotReachable: no route",
        ),
        (
            [
                {"type": "Ready", "status": "False", "reason": "ClusterNotReady", "message": "no ok"},
                {"type": "Offline", "status": "False", "reason": "ClusterReachable"},
            ],
            State.NOT_READY,
            "ClusterNotReady: no ok",
        ),
        ([{"type": "Ready", "status": "Unknown"}], State.NOT_READY, "Ready is Unknown"),
        ([], State.NOT_READY, "kubefed has not looked at it yet"),
    ],
)
def test_a_cluster_is_ready_by_its_condition_or_says_why_not(conditions: list[Any], state: State, why: str) -> None:
    membership = kubefed.membership({"status": {"conditions": conditions, "kubernetesVersion": "v1.37.2"}})
    assert (membership.state, membership.why, membership.version) == (state, why, "v1.37.2")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ({}, "kubefed has not looked at it yet"),
        ({"conditions": [{"type": "Propagation", "status": "True"}], "observedGeneration": 2}, ""),
        ({"conditions": [{"type": "Propagation", "status": "True"}]}, ""),
        ({"conditions": [{"type": "Propagation", "status": "Unknown"}]}, "Propagation is Unknown"),
        (
            {"conditions": [{"type": "Propagation", "status": "True"}], "observedGeneration": 1},
            "kubefed has not looked at its last change yet",
        ),
    ],
)
def test_an_object_s_trouble_is_its_propagation_s(status: dict[str, Any], reason: str) -> None:
    assert kubefed.trouble(2, status) == reason


@pytest.mark.parametrize(
    ("more", "state", "healthy"),
    [
        ({}, "Running", True),
        ({"controller": "NotRunning"}, "NotRunning", False),
        ({"controller": ""}, "not started yet", False),
        ({"propagation": "Disabled", "controller": ""}, "Disabled", True),
    ],
)
def test_a_type_s_state_is_in_words(more: dict[str, Any], state: str, healthy: bool) -> None:
    type_ = kubefed.type_(type_config("deployments.apps", "Deployment", **more))
    assert (type_.state, type_.healthy) == (state, healthy)
