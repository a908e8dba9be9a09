"""Signals that end the command, looked at where it waits: so none can come between a thing and its clearing away."""

from __future__ import annotations

import signal
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """The signal that has come, if one has; asked for from its construction on."""

    def __init__(self) -> None:
        self.signal: int | None = None
        for each in SIGNALS:
            signal.signal(each, self._came)

    def _came(self, number: int, _: FrameType | None) -> None:
        self.signal = number

    @property
    def exit_code(self) -> int:
        """As a shell has it."""
        return 128 + (self.signal or 0)
