"""Waits with a limit, and lines that say what is going on."""

from __future__ import annotations

import time
from collections.abc import Callable

PAUSE = 2.0
"""Seconds between two looks."""

Say = Callable[[str], None]
"""Prints a line of progress."""


class Patience:
    """The time that one run has for the waits of each of its steps."""

    def __init__(self, seconds: float, *, pause: float = PAUSE) -> None:
        self.seconds = seconds
        self._pause = pause

    def until(self, done: Callable[[], bool]) -> bool:
        """Look until `done` or until the time is over; return whether it is done."""
        limit = time.monotonic() + self.seconds
        while not done():
            if time.monotonic() > limit:
                return False
            time.sleep(self._pause)
        return True
