"""Reasons why an object is not ready, read from its cluster and logged."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from kubernetes import client
from pulumi import Output

from components.federation import diagnosis
from components.federation.kubefed import status
from tests.unit.engine import Engine, run

pytestmark = pytest.mark.unit

CLUSTER = {"apiVersion": "core.kubefed.io/v1beta1", "kind": "KubeFedCluster", "metadata": {"name": "fleet-2"}}


def test_a_condition_is_told_with_its_reason_and_message() -> None:
    offline = {"type": "Offline", "status": "True", "reason": "ClusterNotReachable", "message": "no route"}
    told = diagnosis.conditions({"status": {"conditions": [offline, {"type": "Ready", "status": "False"}]}})
    assert list(told) == ["Offline is True (ClusterNotReachable: no route)", "Ready is False"]


@pytest.mark.parametrize("well", ["Ready", "Propagation", "Established"])
def test_an_object_that_is_well_failed_for_another_reason(well: str) -> None:
    fine = named("fleet-2", ("Offline", "False"), (well, "True"))
    assert list(diagnosis.conditions(fine)) == []
    fine["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert list(diagnosis.conditions(fine)) == ["Offline is False"]


def test_an_object_without_a_status_has_no_conditions() -> None:
    assert list(diagnosis.conditions({"metadata": {"name": "fleet-2"}})) == []


def named(name: str, *conditions: tuple[str, str], **metadata: Any) -> dict[str, Any]:
    """An object with conditions, each a type and a status."""
    told = [{"type": type_, "status": status} for type_, status in conditions]
    return {"metadata": {"name": name, **metadata}, "status": {"conditions": told}}


@pytest.mark.parametrize(
    ("object", "ready"),
    [
        (named("fleet-2", ("Offline", "False"), ("Ready", "True")), True),
        (named("fleet-2", ("Ready", "False")), False),
        (named("fleet-2", ("Ready", "Unknown")), False),
        (named("fleet-2", ("Offline", "True")), False),
        (named("fleet-2"), False),
        ({"metadata": {}, "status": None}, False),
        ({"metadata": {}}, False),
    ],
)
def test_an_object_is_ready_just_where_its_condition_says_true(object: dict[str, Any], ready: bool) -> None:
    assert diagnosis.ready(object) is ready


UP, DOWN = named("fleet-1", ("Ready", "True")), named("fleet-2", ("Ready", "False"))


class Found:
    """What the dynamic client answers with."""

    def __init__(self, object: Any) -> None:
        self._object = object

    def to_dict(self) -> Any:
        return self._object


class Cluster:
    """A cluster that has one object of a kind, and KubeFedClusters."""

    client = "its client"

    def __init__(self, object: dict[str, Any], *clusters: dict[str, Any]) -> None:
        self.asked: list[dict[str, Any]] = []
        self._object, self._clusters = object, clusters
        self.resources = SimpleNamespace(get=self._kind)

    def _kind(self, *, api_version: str, kind: str) -> Any:
        def get(_request_timeout: float, **which: Any) -> Found:
            assert 0 < _request_timeout <= 60
            self.asked.append({"apiVersion": api_version, "kind": kind, **which})
            return Found(self._object if which else {"items": [*self._clusters]})

        return SimpleNamespace(get=get)


def warned(monkeypatch: pytest.MonkeyPatch, *events: tuple[str, str]) -> list[Any]:
    """A cluster's warnings; what was asked for them."""
    asked: list[Any] = []

    class Events:
        def __init__(self, api: object) -> None:
            assert api == "its client"

        def list_namespaced_event(self, namespace: str, *, field_selector: str, _request_timeout: float) -> Any:
            asked.append((namespace, field_selector))
            return SimpleNamespace(items=[SimpleNamespace(reason=why, message=what) for why, what in events])

    monkeypatch.setattr(client, "CoreV1Api", Events)
    return asked


DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "types.kubefed.io/v1beta1",
    "kind": "FederatedDeployment",
    "metadata": {"name": "web", "namespace": "tour"},
}


def living(**metadata: Any) -> dict[str, Any]:
    object = named("web", ("Propagation", "False"), namespace="tour", uid="7", **metadata)
    object["status"]["clusters"] = [{"name": "fleet-2", "status": "CreationFailed"}]
    return object


def test_an_object_is_read_with_its_conditions_its_clusters_and_its_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = warned(monkeypatch, ("CreateInClusterFailed", "no such kind"))
    cluster = Cluster(living(finalizers=["kubefed.io/sync-controller"]), DOWN)
    assert list(diagnosis.read(cluster, DEPLOYMENT, status.reasons)) == [
        "Propagation is False",
        "fleet-2: CreationFailed",
        "CreateInClusterFailed: no such kind",
    ]
    wanted = {"apiVersion": DEPLOYMENT["apiVersion"], "kind": "FederatedDeployment", **DEPLOYMENT["metadata"]}
    assert cluster.asked == [wanted]
    assert asked == [("tour", "involvedObject.uid=7,type=Warning")]


def test_an_object_that_is_being_deleted_is_read_with_what_holds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    warned(monkeypatch)
    cluster = Cluster(living(deletionTimestamp="2026-01-01T00:00:00Z", finalizers=["a"]), UP, DOWN)
    assert [told[:24] for told in diagnosis.read(cluster, DEPLOYMENT, status.reasons)] == [
        "Propagation is False",
        "fleet-2: CreationFailed",
        "kubefed waits for fleet-",
    ]
    assert cluster.asked[1] == {"apiVersion": "core.kubefed.io/v1beta1", "kind": "KubeFedCluster"}


def test_a_cluster_scoped_object_s_warnings_are_in_the_default_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = warned(monkeypatch)
    cluster = Cluster(named("web", uid="8"))
    found = list(diagnosis.read(cluster, {**DEPLOYMENT, "metadata": {"name": "web"}}, status.reasons))
    assert found == ["its controller has not looked at it yet"]
    assert asked == [("default", "involvedObject.uid=8,type=Warning")]


def test_an_object_that_is_ready_has_nothing_to_say_of_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    warned(monkeypatch)
    cluster = Cluster(named("fleet-2", ("Offline", "False"), ("Ready", "True"), uid="8"))
    assert list(diagnosis.read(cluster, CLUSTER, status.reasons)) == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            ["Offline is True", "Ready is False"],
            [("error", "KubeFedCluster fleet-2: Offline is True; Ready is False")],
        ),
        ([], []),
        (
            OSError("no route"),
            [("warn", "KubeFedCluster fleet-2: its cluster doesn't tell why it is not ready: no route")],
        ),
    ],
)
def test_a_failure_is_explained_and_not_tried_again(
    monkeypatch: pytest.MonkeyPatch, answer: Any, said: list[tuple[str, str]]
) -> None:
    def read(*_: object) -> list[str]:
        if isinstance(answer, Exception):
            raise answer
        return answer

    logged: list[tuple[str, str]] = []
    monkeypatch.setattr(diagnosis, "connect", str)
    monkeypatch.setattr(diagnosis, "read", read)
    for name in ("error", "warn"):
        monkeypatch.setattr(pulumi.log, name, lambda text, name=name: logged.append((name, text)))
    assert _called({"new_inputs": CLUSTER}) is False
    assert logged == said


def test_a_failed_deletion_is_explained_by_what_the_object_was(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(diagnosis, "connect", lambda kubeconfig: f"the cluster of {kubeconfig}")
    monkeypatch.setattr(diagnosis, "read", lambda *what: asked.append(what) or [])
    _called({"old_inputs": CLUSTER})
    assert asked == [("the cluster of {}", CLUSTER, status.reasons)]


def _called(inputs: dict[str, Any]) -> object:
    """What the hook answers, called as the engine calls it."""
    engine = Engine()
    answers: list[object] = []

    def declare() -> None:
        hook = diagnosis.explained("why", Output.from_input("{}"), status.reasons)
        failed = pulumi.ErrorHookArgs("urn", "id", "name", "type", errors=["timed out"], **inputs)
        answers.append(asyncio.ensure_future(hook(failed)))  # type: ignore[arg-type]

    run(declare, engine)
    assert list(engine.error_hooks) == ["why"]
    (answer,) = answers
    return asyncio.get_event_loop().run_until_complete(answer)  # type: ignore[arg-type]
