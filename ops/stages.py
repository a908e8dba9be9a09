"""The stages of a command: a line each with its time, and a log with the details.

The lines go to standard error, because standard output has the command's answer alone.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from threading import Lock
from types import TracebackType

from progress import Steps


class Log:
    """A new file that its owner alone can read. The first line creates it."""

    def __init__(self, command: str, stack: str) -> None:
        """Take what the file's name begins with."""
        self._prefix = f"{command}-{stack.replace(os.sep, '-')}-"
        self._lock = Lock()
        self.path: Path | None = None

    def write(self, line: str) -> None:
        """Append a line; several threads may."""
        with self._lock:
            if self.path is None:
                descriptor, name = tempfile.mkstemp(prefix=self._prefix, suffix=".log")
                os.close(descriptor)
                self.path = Path(name)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")


class Stages:
    """The stages of a command on a stack, one after the other."""

    def __init__(self, command: str, stack: str, *, shown: bool = True) -> None:
        """Take the command and its stack; without `shown`, print nothing."""
        self._stack, self._shown = stack, shown
        self._log = Log(command, stack)
        self._steps = Steps(sys.stderr)
        self._logged = False

    def __enter__(self) -> Stages:
        """Begin without a stage."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the stage that an error has broken off, if there is one, or that is done."""
        self._steps.__exit__(kind, error, traceback)

    def begin(self, title: str) -> None:
        """End the stage before, and begin another."""
        self.end()
        self._logged = False
        if self._shown:
            self._steps.begin(f"{self._stack}: {title}")

    def say(self, line: str) -> None:
        """Write a detail of the stage into the log, and show it until the next one on a terminal."""
        self._logged = True
        self._log.write(line)
        self._steps.update(line)

    def end(self, summary: str = "done") -> None:
        """End the stage; its line names the log if that has details."""
        self._steps.end(f"{summary}, all of it in {self._log.path}" if self._logged else summary)
