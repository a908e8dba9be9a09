"""The work that the program spares Pulumi's SDK: the SDK still has the place for it, and its contract stays."""

from __future__ import annotations

import ast
import asyncio
import inspect
import subprocess
import sys
import textwrap
import traceback
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi import Output
from pulumi.runtime import resource, stack

import pace
from tests.unit import engine

pytestmark = pytest.mark.unit

PROGRAM = Path(pace.__file__).with_name("__main__.py")


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The debug messages that the SDK sends after the pace is set."""
    sent: list[str] = []
    monkeypatch.delenv(pace.DEBUG, raising=False)
    monkeypatch.setattr(pulumi.log, "debug", sent.append)
    monkeypatch.setattr(stack, "asyncio", asyncio)
    monkeypatch.setattr(resource, "traceback", traceback)
    pace.keep()
    return sent


def calls(function: Any) -> list[str]:
    """The calls in the SDK's function, as it is written."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def test_the_sdk_still_waits_for_the_first_output_by_asyncio() -> None:
    assert "asyncio.wait(pending_outputs, return_when=asyncio.FIRST_COMPLETED)" in calls(stack.wait_for_rpcs)


def test_the_sdk_still_takes_its_stack_from_traceback() -> None:
    assert "traceback.extract_stack()" in calls(resource._get_stack_trace)


def test_the_sdk_still_logs_by_its_module() -> None:
    assert getattr(resource, "log") is pulumi.log  # noqa: B009
    assert [one for one in calls(resource.register_resource) if one.startswith("log.debug(")]


def test_debug_messages_are_not_sent(kept: list[str]) -> None:
    engine.run(lambda: pulumi.ComponentResource("test:index:Component", "one"))
    assert kept == []


def test_debug_messages_are_sent_to_whoever_asks_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setenv(pace.DEBUG, "true")
    monkeypatch.setattr(pulumi.log, "debug", lambda message, *_: sent.append(message))
    pace.keep()
    engine.run(lambda: pulumi.ComponentResource("test:index:Component", "one"))
    assert [message for message in sent if "ty=test:index:Component" in message]


def test_outputs_that_end_one_by_one_are_waited_for_together(kept: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[int] = []
    wait = asyncio.wait
    waiting = asyncio.Event()

    def counted(tasks: Any, **more: Any) -> Any:
        waits.append(len(tasks))
        waiting.set()
        return wait(tasks, **more)

    async def ended(after: int) -> int:
        await waiting.wait()  # Registrations run in threads, and on a quick machine all outputs would end before them.
        for _ in range(after):
            await asyncio.sleep(0)
        return after

    monkeypatch.setattr(asyncio, "wait", counted)
    engine.run(lambda: [Output.from_input(ended(number)) for number in range(100, 400)] and None)
    assert 300 <= sum(waits) < 3000


def test_a_failure_ends_the_wait_for_outputs_that_never_end(kept: list[str]) -> None:
    async def never() -> None:
        await asyncio.sleep(3600)

    async def failing() -> None:
        await asyncio.sleep(0.01)
        raise pulumi.RunError("no")

    def declare() -> None:
        Output.from_input(never())
        Output.from_input(failing())

    with pytest.raises(pulumi.RunError, match="no"):
        engine.run(declare)


def test_an_output_of_the_meantime_that_fails_ends_the_wait_too(kept: list[str]) -> None:
    async def failing() -> None:
        raise pulumi.RunError("later")

    async def slow() -> None:
        await asyncio.sleep(0.05)
        Output.from_input(failing())
        await asyncio.sleep(3600)

    with pytest.raises(pulumi.RunError, match="later"):
        engine.run(lambda: Output.from_input(slow()) and None)


def test_the_stack_is_the_same_without_its_lines() -> None:
    def known(frames: Any) -> list[tuple[str, str]]:
        return [(frame.filename, frame.name) for frame in frames]

    assert known(pace._frames()) == known(traceback.extract_stack())


def test_names_that_the_sdk_has_no_more_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(stack, "asyncio")
    pace.keep()
    assert not hasattr(stack, "asyncio")


def test_the_program_starts_without_what_few_updates_need() -> None:
    imports = [
        ast.unparse(node)
        for node in ast.parse(PROGRAM.read_text()).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    look = "import sys; print({*sys.modules} & {'kubernetes', 'jsonschema', 'requests'})"
    ran = subprocess.run(
        [sys.executable, "-c", "\n".join([*imports, look])], cwd=PROGRAM.parent, capture_output=True, text=True
    )
    assert ran.stdout.strip() == "set()", ran.stderr
