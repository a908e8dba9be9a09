"""The wait until clusters can join Karmada."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest
from pulumi import Output

from components.federation.karmada import readiness
from tests.unit.engine import run

pytestmark = pytest.mark.unit


def wait(seconds: float) -> None:
    """Call the hook of a provider whose kubeconfig is `access`."""
    running: list[Any] = []

    def declare() -> None:
        hook = readiness.answers("answers", Output.secret("access"), seconds)
        made = pulumi.ResourceHookArgs("urn", "id", "name", "type")
        running.append(asyncio.ensure_future(hook(made)))  # type: ignore[arg-type]

    run(declare)
    asyncio.get_event_loop().run_until_complete(running[0])


def test_the_provider_waits_until_karmada_serves_what_joins_need(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ["does not answer (refused)", "does not answer (404)", ""]
    asked: list[str] = []

    def look(kubeconfig: str) -> str:
        asked.append(kubeconfig)
        return found.pop(0)

    monkeypatch.setattr(readiness, "lacking", look)
    monkeypatch.setattr(readiness, "PAUSE", 0.0)
    wait(60)
    assert asked == ["access"] * 3


def test_a_karmada_that_does_not_answer_fails_the_update_with_what_to_look_at() -> None:
    with pytest.raises(pulumi.RunError, match=r"Karmada on the host does not answer \(.*look at the pods in karmada-s"):
        wait(-1)
