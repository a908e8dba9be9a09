"""Blocking calls go on while the threads of Pulumi's SDK all wait for the engine."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from components.threads import in_thread

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).parents[3]


def test_a_call_is_answered_while_every_thread_of_the_loop_waits() -> None:
    async def program() -> str:
        answered = threading.Event()
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        registration = asyncio.create_task(asyncio.to_thread(answered.wait, 5))
        await asyncio.sleep(0)
        try:
            return await asyncio.wait_for(in_thread("{}-{}".format, "a", "b"), 2)
        finally:
            answered.set()
            await registration

    assert asyncio.run(program()) == "a-b"


def test_an_error_is_the_caller_s() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(in_thread(lambda: 1 // 0))


def test_no_component_calls_in_the_sdk_s_threads() -> None:
    files = [*(PROJECT / "components").rglob("*.py"), *(PROJECT / "settings").rglob("*.py")]
    assert files
    assert not [str(file) for file in files if "asyncio.to_thread(" in file.read_text()]
