"""When a Kubernetes object counts as ready, and the reasons given until then."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.kubernetes import waits
from sandbox.plugins.provider import ProviderError

pytestmark = pytest.mark.unit


def custom(wait_for: str, **status: Any) -> dict[str, Any]:
    metadata = {"name": "x", "generation": 2, "annotations": {"pulumi.com/waitFor": wait_for}}
    return {"apiVersion": "core.kubefed.io/v1beta1", "kind": "KubeFedCluster", "metadata": metadata, "status": status}


def why(object: dict[str, Any]) -> str:
    awaited = waits.readiness(object)
    assert awaited
    return awaited[0](object)


READY = {"type": "Ready", "status": "True", "reason": "ClusterReady", "message": "/healthz responded with ok"}
OFFLINE = {"type": "Offline", "status": "True", "reason": "ClusterNotReachable", "message": "no route to host"}


@pytest.mark.parametrize(
    ("object", "said"),
    [
        (custom("condition=Ready"), "it has no condition Ready"),
        (custom("condition=ready", conditions=[READY]), ""),
        (
            custom("condition=Ready", conditions=[OFFLINE]),
            "it has no condition Ready: Offline=True (ClusterNotReachable: no route to host)",
        ),
        (
            custom("condition=Offline=False", conditions=[OFFLINE]),
            "Offline is not False: Offline=True (ClusterNotReachable: no route to host)",
        ),
        (
            custom("condition=Ready", conditions=[READY], observedGeneration=1),
            "its controller has not seen generation 2",
        ),
        (custom("jsonpath={.status.phase}"), "it has no .status.phase"),
        (custom("jsonpath={.status.phase}", phase="x"), ""),
        (custom("jsonpath={.status.phase}=Up", phase="Down"), ".status.phase is Down, not Up"),
        (custom("jsonpath={.status.n}=3", n=3), ""),
        (custom('jsonpath={.status.conditions[?(@.type=="Ready")].status}=True', conditions=[OFFLINE, READY]), ""),
        (custom("jsonpath={.status.list[1].a}=1", list=[{}, {"a": 1}]), ""),
        (
            custom('["condition=Ready", "jsonpath={.status.phase}=Up"]', conditions=[READY], phase="Down"),
            ".status.phase is Down, not Up",
        ),
    ],
)
def test_what_an_annotation_waits_for(object: dict[str, Any], said: str) -> None:
    assert why(object) == said


@pytest.mark.parametrize("expression", ["Ready", "jsonpath={..a}", "jsonpath=.a", "condition=", '["x"]'])
def test_an_annotation_that_cannot_be_read_is_named(expression: str) -> None:
    with pytest.raises(ProviderError, match=r"annotation pulumi\.com/waitFor"):
        waits.readiness(custom(expression))


def test_waits_are_skipped_and_timed_by_annotations() -> None:
    object = custom("condition=Ready")
    object["metadata"]["annotations"] |= {"pulumi.com/skipAwait": "true", "pulumi.com/timeoutSeconds": "7"}
    assert waits.readiness(object) is None
    assert waits.timeout(object, 0, 600) == 7
    assert waits.timeout(object, 3, 600) == 3


def test_a_token_secret_is_ready_with_its_data() -> None:
    secret: dict[str, Any] = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token"}
    assert "does its service account exist?" in why(secret)
    assert why({**secret, "data": {"token": "eA=="}}) == ""
    assert why({**secret, "type": "Opaque"}) == ""


def test_a_crd_is_not_waited_for_and_a_token_for_five_seconds() -> None:
    crd = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "x"}}
    assert waits.readiness(crd) is None
    awaited = waits.readiness({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token"})
    assert awaited
    assert awaited[1] == 5


def test_a_failed_job_is_not_waited_for() -> None:
    failed = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "it failed too often"}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x"}, "status": {"conditions": [failed]}}
    with pytest.raises(ProviderError, match="the job failed: BackoffLimitExceeded: it failed too often"):
        why(job)
