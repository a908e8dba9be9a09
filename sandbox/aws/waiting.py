"""What happens to things of AWS's some time after a call: an interface is let go, a NAT gateway becomes available."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.aws import clock

_due: list[tuple[datetime, Callable[[], None]]] = []


def later(wait: timedelta, change: Callable[[], None]) -> None:
    """Make a change once `wait` has passed; at once if there is nothing to wait for.

    The change must draw nothing at random: a world that is brought back makes it between other calls.
    """
    if wait:
        _due.append((clock.now() + wait, change))
    else:
        change()


def sweep() -> None:
    """Make the changes whose time has come. It depends on the clock alone, so that a replay does the same."""
    now = clock.now()
    ready = [(at, change) for at, change in _due if at <= now]
    _due[:] = [(at, change) for at, change in _due if at > now]
    for _, change in sorted(ready, key=lambda one: one[0]):
        change()


def forget() -> None:
    """Begin with nothing to wait for."""
    _due.clear()
