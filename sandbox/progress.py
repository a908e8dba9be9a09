"""How far a long step is: one line that rewrites itself on a terminal, sparse lines in a log."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from types import TracebackType
from typing import TextIO

SPARSE = 20.0
"""Seconds between two lines where lines can't be rewritten."""

FRAME = 0.5
"""Seconds between two rewritings on a terminal."""


def duration(seconds: float) -> str:
    """`7 s`, `3 min 05 s`."""
    whole = int(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


class Progress:
    """A step: its title, how far it is and for how long; one finished line is left behind."""

    def __init__(self, title: str, out: TextIO | None = None) -> None:
        """A step that begins with `with`; `out` is standard output unless given."""
        self.title = title
        self.out = sys.stdout if out is None else out
        self.live = self.out.isatty()
        self.state = ""
        self.summary = ""
        self.began = time.monotonic()
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Progress:
        """Show the title, and from then on the state, now and then."""
        self._print(f"\r\033[K{self.title} ..." if self.live else f"{self.title} ...\n")
        self._ticker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the finished line."""
        self._ended.set()
        self._ticker.join()
        end = "failed" if error else self.summary or "done"
        self._print(f"{self._rewind()}{self.title}: {end} ({self._elapsed()})\n")

    def update(self, state: str) -> None:
        """Say how far it is."""
        self.state = state

    def done(self, summary: str) -> None:
        """What the finished line says in place of `done`."""
        self.summary = summary

    def _tick(self) -> None:
        while not self._ended.wait(FRAME if self.live else SPARSE):
            line = (
                f"{self.title}: {self.state}, {self._elapsed()}" if self.state else f"{self.title}: {self._elapsed()}"
            )
            self._print(
                f"{self._rewind()}{line[: shutil.get_terminal_size().columns - 1]}" if self.live else f"{line}\n"
            )

    def _rewind(self) -> str:
        return "\r\033[K" if self.live else ""

    def _elapsed(self) -> str:
        return duration(time.monotonic() - self.began)

    def _print(self, text: str) -> None:
        self.out.write(text)
        self.out.flush()
