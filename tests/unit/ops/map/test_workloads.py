"""The workloads of the API servers, as the picture shows them."""

from __future__ import annotations

from typing import Any

import pytest

from ops.map.model import Workload
from ops.map.workloads import federated, workload

pytestmark = pytest.mark.unit

META = {"namespace": "a", "name": "b"}


@pytest.mark.parametrize(
    ("kind", "object", "pods"),
    [
        ("Deployment", {"spec": {"replicas": 3}, "status": {"readyReplicas": 2}}, (2, 3)),
        ("Deployment", {"spec": {"replicas": 0}, "status": {}}, (0, 0)),
        ("StatefulSet", {"spec": {"replicas": 1}}, (0, 1)),
        ("DaemonSet", {"status": {"numberReady": 2, "desiredNumberScheduled": 5}}, (2, 5)),
        ("DaemonSet", {"spec": {}}, (0, 0)),
    ],
)
def test_a_workload_has_pods_ready_and_pods_desired(kind: str, object: dict[str, Any], pods: tuple[int, int]) -> None:
    ready, desired = pods
    made = workload({"metadata": META, **object}, kind)
    assert made == Workload(namespace="a", kind=kind, name="b", ready=ready, desired=desired)
    assert made.healthy == (ready == desired)


@pytest.mark.parametrize("label", ["kubefed.io/managed", "karmada.io/managed"])
def test_what_an_operator_makes_of_a_federated_object_is_not_federated_itself(label: str) -> None:
    labels = {"labels": {label: "true"}}
    assert federated({"metadata": {**META, **labels}})
    assert not federated({"metadata": {**META, **labels, "ownerReferences": [{"kind": "Prometheus"}]}})
    assert not federated({"metadata": META})
    assert not federated({"metadata": {**META, "labels": {label: "false"}}})
