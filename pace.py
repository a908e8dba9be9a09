"""Faster settings for Pulumi's Python SDK, which a program of hundreds of resources needs.

Each replaces a name of the SDK by another with the same contract. If the SDK no longer has the name, nothing is
replaced, and the program is only slower. docs/bench.md has the figures and the upstream places.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import traceback
from collections.abc import Iterable
from traceback import FrameSummary
from types import FrameType, ModuleType
from typing import Any

import pulumi
from pulumi.runtime import resource, stack

DEBUG = "PULUMI_OPTION_DEBUG"
"""Pulumi's own variable for `--debug`. If it is true, the SDK's debug messages are sent."""

PATIENCE = 0.25
"""Seconds after which the wait also includes outputs that the program has created meanwhile."""


def keep() -> None:
    """Apply the settings. Call it once, before the first resource."""
    # The SDKs load about 200,000 long-lived objects. With Python's default thresholds, garbage collection scans them
    # for a fifth of a preview.
    gc.set_threshold(100_000, 20, 20)
    if os.environ.get(DEBUG, "").lower() not in ("true", "1"):
        _replace(pulumi.log, debug=_unsent)
    _replace(stack, asyncio=_Instead(asyncio, wait=_wait))
    _replace(resource, traceback=_Instead(traceback, extract_stack=_frames))


class _Instead(ModuleType):
    """A module with some names replaced, for the use of a single other module."""

    def __init__(self, module: ModuleType, **names: Any) -> None:
        super().__init__(module.__name__, module.__doc__)
        self._module = module
        self.__dict__.update(names)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def _replace(module: ModuleType, **names: Any) -> None:
    for name, replacement in names.items():
        if hasattr(module, name):
            setattr(module, name, replacement)


def _unsent(*_: Any, **__: Any) -> None:
    """Send no debug message: each would be a call of the engine, which shows none without `--debug`."""


async def _wait(tasks: Iterable[asyncio.Task[Any]], **_: Any) -> tuple[set[asyncio.Task[Any]], set[asyncio.Task[Any]]]:
    """Wait for a failure, for all tasks, or for PATIENCE.

    The SDK waits for the first task that ends, and then for all others again: for n outputs n * n / 2 callbacks.
    """
    waiting = [*tasks]
    # Longer for many tasks, so that the callbacks stay a small part of the program's time.
    timeout = PATIENCE * max(1.0, len(waiting) / 10_000)
    return await asyncio.wait(waiting, timeout=timeout, return_when=asyncio.FIRST_EXCEPTION)


def _frames() -> list[FrameSummary]:
    """Return the stack like `traceback.extract_stack`, without reading files: the SDK sends only names and lines."""
    frames: list[FrameSummary] = []
    frame: FrameType | None = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    while frame is not None:
        frames.append(FrameSummary(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name, lookup_line=False))
        frame = frame.f_back
    return frames[::-1]
