"""The time as moto and EKS see it: during a change it stands still, and a change that is replayed has its old time."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from datetime import datetime, timezone

import moto.core.utils

_stopped: datetime | None = None


def now() -> datetime:
    """The time, with its zone (UTC)."""
    return _stopped or datetime.now(timezone.utc)


@contextlib.contextmanager
def stopped(at: datetime) -> Generator[None]:
    """Let it be `at` inside; only the holder of the world's lock does this."""
    global _stopped
    before, _stopped = _stopped, at
    try:
        yield
    finally:
        _stopped = before


def install() -> None:
    """Make moto ask this clock; its modules must not have been imported yet."""
    moto.core.utils.utcnow = lambda: now().replace(tzinfo=None)
