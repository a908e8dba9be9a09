"""Killing an engine, with its plugins, in the middle of its work."""

from __future__ import annotations

import contextlib
import json
import random
import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

PATIENCE = 600.0
"""Seconds within which a moment has to come."""


def moments(seed: int, count: int, most: int) -> list[int]:
    """Return some numbers of resources, in their order, between which an update of `most` resources is killed."""
    return sorted(random.Random(seed).sample(range(2, most - 1), count))  # noqa: S311  no secret


def comes(engine: subprocess.Popen[str], due: Callable[[], bool]) -> bool:
    """Wait until something is due; return False if the engine ended before."""
    end = time.monotonic() + PATIENCE
    while not due():
        if engine.poll() is not None:
            return False
        assert time.monotonic() < end, "the update does not get on"
        time.sleep(0.01)
    return True


def kill(engine: subprocess.Popen[str], due: Callable[[], bool]) -> bool:
    """Kill an engine and all its plugins with SIGKILL as soon as it is due; return False if it ended before."""
    if not comes(engine, due):
        return False
    try:
        plugins = psutil.Process(engine.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return False
    engine.kill()
    for plugin in plugins:
        with contextlib.suppress(psutil.NoSuchProcess):
            plugin.kill()
    engine.wait(30)
    assert not psutil.wait_procs(plugins, timeout=30)[1]
    return True


def resources(state: Path) -> int:
    """Return how many resources a state's file has; -1 if it is being written."""
    try:
        return len(json.loads(state.read_text())["checkpoint"]["latest"].get("resources") or [])
    except (OSError, ValueError, KeyError, TypeError):
        return -1


def creating(state: Path) -> set[str]:
    """Return the types of what an update is creating, by a state's file; none if that is being written."""
    try:
        operations = json.loads(state.read_text())["checkpoint"]["latest"].get("pending_operations") or []
        return {one["resource"]["type"] for one in operations if one["type"] == "creating"}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def kinds(census: Iterable[str]) -> Counter[str]:
    """Return how often each kind of thing is in an account, by region: names differ from one life to the next."""
    return Counter(re.sub(r" \S+( \(.*\))?$", "", line) for line in census)
