"""Fixtures of the settings' tests."""

import asyncio
from collections.abc import Iterator

import pytest


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop for outputs that no program creates."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield loop
    unfinished = asyncio.all_tasks(loop)
    for task in unfinished:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*unfinished, return_exceptions=True))
    asyncio.set_event_loop(None)
    loop.close()
