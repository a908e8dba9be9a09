"""Delayed changes of AWS's things: an interface is released, a NAT gateway becomes available."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.aws import clock

_due: list[tuple[datetime, Callable[[], None]]] = []


def later(wait: timedelta, change: Callable[[], None]) -> None:
    """Make a change once `wait` has passed, at once without a wait.

    The change must draw no random numbers, because a restored world makes it between other calls.
    """
    if wait:
        _due.append((clock.now() + wait, change))
    else:
        change()


def sweep() -> None:
    """Make the due changes. They depend only on the clock, so that a replay does the same."""
    now = clock.now()
    ready = [(at, change) for at, change in _due if at <= now]
    _due[:] = [(at, change) for at, change in _due if at > now]
    for _, change in sorted(ready, key=lambda entry: entry[0]):
        change()


def forget() -> None:
    """Drop all delayed changes."""
    _due.clear()
