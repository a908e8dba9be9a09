"""The wait until Karmada has placed a workload."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from pulumi import Output

from components.federation import diagnosis
from components.federation.karmada import placed, status
from components.federation.karmada.types import Template
from tests.unit.engine import Engine, run

pytestmark = pytest.mark.unit

WEB = Template(api_version="apps/v1", kind="Deployment", name="web", namespaced=True)


class Clock:
    """A clock that goes on by what is slept."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


Watch = Callable[..., list[Any]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Watch:
    """Call the hook on a host where a workload is, look after look, behind as told, the last one for ever."""

    def watch(looks: list[str], minutes: int, *, new: bool = False) -> list[Any]:
        asked: list[Any] = []
        coming = iter(looks)

        def behind(*given: Any) -> str:
            asked.append(given)
            return next(coming, looks[-1])

        monkeypatch.setattr(diagnosis, "connect", lambda kubeconfig: f"the host of {kubeconfig}")
        monkeypatch.setattr(status, "read", lambda *where: where)
        monkeypatch.setattr(status, "behind", behind)
        monkeypatch.setattr(status, "never_changed", lambda _: new)
        # The module's own names alone: the event loop lives by the real clock.
        monkeypatch.setattr(placed, "time", clock)
        monkeypatch.setattr(placed, "asyncio", SimpleNamespace(sleep=clock.sleep))
        answers: list[Any] = []

        def declare() -> None:
            hook = placed.placed(
                "placed",
                WEB,
                Output.from_input("tour"),
                kubeconfig=Output.secret("a kubeconfig"),
                expected=Output.from_input(["fleet-1"]),
                suspended=["fleet-2"],
                minutes=minutes,
            )
            answers.append(asyncio.ensure_future(hook(pulumi.ResourceHookArgs("urn", "id", "name", "type"))))  # type: ignore[arg-type]

        engine = Engine()
        run(declare, engine)
        assert list(engine.resource_hooks) == ["placed"]
        asyncio.get_event_loop().run_until_complete(answers[0])
        return asked

    return watch


def test_the_hook_ends_once_the_workload_stays_placed(watched: Watch) -> None:
    asked = watched(["late", "", "late", ""], 1)
    assert len(asked) == 3 + placed.CALM
    assert asked[0] == (("the host of a kubeconfig", WEB, "tour"), ["fleet-1"], ["fleet-2"])


def test_a_workload_that_no_cluster_had_before_needs_no_second_look(watched: Watch) -> None:
    assert len(watched(["late", "late", ""], 1, new=True)) == 3


def test_the_looks_at_a_workload_that_is_soon_placed_are_close(watched: Watch, clock: Clock) -> None:
    begin = clock.now
    watched(["late", "late", ""], 1, new=True)
    assert clock.now - begin == pytest.approx(0.1 + 0.2)


def test_a_workload_that_is_not_placed_in_time_fails_the_update_with_the_reason(watched: Watch) -> None:
    with pytest.raises(pulumi.RunError, match=r"^Deployment web: look 63$"):
        watched([f"look {look}" for look in range(99)], 1)


def test_a_workload_that_is_placed_at_the_last_moment_is_placed(watched: Watch) -> None:
    assert len(watched(["late"] * 63 + [""], 1)) == 63 + placed.CALM
