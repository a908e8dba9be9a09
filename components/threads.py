"""Threads for calls that block, beside those of Pulumi's SDK."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

_THREADS = ThreadPoolExecutor(32, thread_name_prefix="federated-eks")


async def in_thread(function: Callable[..., T], *arguments: Any) -> T:
    """Return a blocking function's result without blocking the program. Raise the function's errors.

    `asyncio.to_thread` would deadlock an update that fails. The SDK registers resources in the same few threads, and
    each registration keeps its thread until the engine answers. After a failure the engine answers none, and waits for
    the running hooks.
    """
    return await asyncio.get_running_loop().run_in_executor(_THREADS, function, *arguments)
