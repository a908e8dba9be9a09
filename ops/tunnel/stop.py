"""The signals that end the command.

The handler only records them, and the command reads them while it waits. So no signal interrupts between the creation
of a tunnel or file and the registration of its cleanup.
"""

from __future__ import annotations

import signal
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """The last signal received since construction, if any."""

    def __init__(self) -> None:
        self.signal: int | None = None
        for each in SIGNALS:
            signal.signal(each, self._note)

    def _note(self, number: int, _: FrameType | None) -> None:
        self.signal = number

    @property
    def exit_code(self) -> int:
        """The exit code that a shell gives a command ended by this signal."""
        return 128 + (self.signal or 0)
