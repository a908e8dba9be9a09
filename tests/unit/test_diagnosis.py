"""What is told of an object that is not ready."""

import asyncio
from typing import Any

import pulumi
import pytest
from pulumi import Output

from components import diagnosis
from tests.unit.engine import Engine, run

pytestmark = pytest.mark.unit

CLUSTER = {"apiVersion": "core.kubefed.io/v1beta1", "kind": "KubeFedCluster", "metadata": {"name": "fleet-2"}}


def test_a_condition_is_told_with_its_reason_and_message() -> None:
    offline = {"type": "Offline", "status": "True", "reason": "ClusterNotReachable", "message": "no route"}
    told = diagnosis.conditions({"status": {"conditions": [offline, {"type": "Ready", "status": "False"}]}})
    assert list(told) == ["Offline is True (ClusterNotReachable: no route)", "Ready is False"]


def test_an_object_without_a_status_has_no_conditions() -> None:
    assert list(diagnosis.conditions({"metadata": {"name": "fleet-2"}})) == []


@pytest.mark.parametrize(
    ("answer", "level", "message"),
    [
        (["Offline is True", "Ready is False"], "error", "KubeFedCluster fleet-2: Offline is True; Ready is False"),
        ([], "error", "KubeFedCluster fleet-2: its controller has not looked at it yet"),
        (OSError("no route"), "warn", "KubeFedCluster fleet-2: its cluster doesn't tell why it is not ready: no route"),
    ],
)
def test_a_failure_is_explained_and_not_tried_again(
    monkeypatch: pytest.MonkeyPatch, answer: Any, level: str, message: str
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
    assert logged == [(level, message)]


def test_a_failed_deletion_is_explained_by_what_the_object_was(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(diagnosis, "connect", lambda kubeconfig: f"the cluster of {kubeconfig}")
    monkeypatch.setattr(diagnosis, "read", lambda *what: asked.append(what) or [])
    _called({"old_inputs": CLUSTER})
    assert asked == [("the cluster of {}", CLUSTER)]


def _called(inputs: dict[str, Any]) -> object:
    """What the hook answers, called as the engine calls it."""
    engine = Engine()
    answers: list[object] = []

    def program() -> None:
        hook = diagnosis.explained("why", Output.from_input("{}"))
        failed = pulumi.ErrorHookArgs("urn", "id", "name", "type", errors=["timed out"], **inputs)
        answers.append(asyncio.ensure_future(hook(failed)))  # type: ignore[arg-type]

    run(program, engine)
    assert list(engine.error_hooks) == ["why"]
    (answer,) = answers
    return asyncio.get_event_loop().run_until_complete(answer)  # type: ignore[arg-type]
