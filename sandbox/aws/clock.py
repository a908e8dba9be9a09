"""The clock of moto and EKS. It is stopped during a change, and a replayed change has its old time."""

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
    """Stop the clock at `at` inside. The caller holds the world's lock."""
    global _stopped
    before, _stopped = _stopped, at
    try:
        yield
    finally:
        _stopped = before


def install() -> None:
    """Make moto use this clock. Its modules must not have been imported yet."""
    moto.core.utils.utcnow = lambda: now().replace(tzinfo=None)
