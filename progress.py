"""A long step's progress: one line that rewrites itself on a terminal, sparse lines in a log.

A terminal shows a failure in red, unless NO_COLOR is set (https://no-color.org).
Standard library only, because `.venv` is made with it.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
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
    """A step with its title, state and time. One finished line stays."""

    def __init__(self, title: str, out: TextIO | None = None, *, state: Callable[[], str] | None = None) -> None:
        """Take the title; `out` is standard output by default. `state` is called now and then, in place of update()."""
        self.title = title
        self.out = sys.stdout if out is None else out
        self.live = self.out.isatty() and os.environ.get("TERM") != "dumb"
        self.state = ""
        self._look = state
        self.summary = ""
        self.began = time.monotonic()
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Progress:
        """Show the title, and then the state now and then."""
        self._print(f"\r\033[K{self.title} ..." if self.live else f"{self.title} ...\n")
        self._ticker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Print the finished line."""
        self._ended.set()
        self._ticker.join()
        end = self._red("failed") if error else self.summary or "done"
        self._print(f"{self._rewind()}{self.title}: {end} ({self._elapsed()})\n")

    def update(self, state: str) -> None:
        """Set the state that the next line shows."""
        self.state = state

    def done(self, summary: str) -> None:
        """Set the text of the finished line, which is `done` by default."""
        self.summary = summary

    def _tick(self) -> None:
        while not self._ended.wait(FRAME if self.live else SPARSE):
            if self._look:
                self.state = self._look()
            line = (
                f"{self.title}: {self.state}, {self._elapsed()}" if self.state else f"{self.title}: {self._elapsed()}"
            )
            self._print(
                f"{self._rewind()}{line[: shutil.get_terminal_size().columns - 1]}" if self.live else f"{line}\n"
            )

    def _rewind(self) -> str:
        return "\r\033[K" if self.live else ""

    def _red(self, text: str) -> str:
        return f"\033[31m{text}\033[0m" if self.live and not os.environ.get("NO_COLOR") else text

    def _elapsed(self) -> str:
        return duration(time.monotonic() - self.began)

    def _print(self, text: str) -> None:
        self.out.write(text)
        self.out.flush()


class Steps:
    """Steps one after the other, each with its line; between two of them nothing is shown."""

    def __init__(self, out: TextIO | None = None) -> None:
        """Take where to print; standard output by default."""
        self._out = out
        self._step: Progress | None = None

    def __enter__(self) -> Steps:
        """Begin without a step."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the step that an error has broken off, if there is one, or that is done."""
        if self._step:
            self._step.__exit__(kind, error, traceback)
            self._step = None

    def begin(self, title: str) -> None:
        """End the step before, and begin another."""
        self.end()
        self._step = Progress(title, self._out).__enter__()

    def update(self, state: str) -> None:
        """Set the state of the step, if there is one."""
        if self._step:
            self._step.update(state)

    def end(self, summary: str = "") -> None:
        """End the step with the text of its finished line, `done` by default."""
        if self._step:
            self._step.done(summary)
        self.__exit__(None, None, None)
