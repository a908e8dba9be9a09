"""Waits with a limit, and lines about progress."""

from __future__ import annotations

import time
from collections.abc import Callable

PAUSE = 2.0
"""Seconds between two checks."""

Say = Callable[[str], None]
"""A function that prints a line of progress."""


class Patience:
    """The time of a run for the waits of each step."""

    def __init__(self, seconds: float, *, pause: float = PAUSE) -> None:
        self.seconds = seconds
        self._pause = pause

    def until(self, done: Callable[[], bool]) -> bool:
        """Check until `done`, or until the time is over. Return whether it is done."""
        limit = time.monotonic() + self.seconds
        while not done():
            if time.monotonic() > limit:
                return False
            time.sleep(self._pause)
        return True
