"""How long something takes, how much memory its commands hold at most, and what is seen of it on the way."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import psutil

EVERY = 0.5
"""Seconds between two looks at the memory."""
TOLD = 15.0
"""Seconds between two lines of progress."""


@dataclass
class Watched:
    """Some work, from its begin to its end."""

    what: str
    progress: Callable[[], str] | None = None
    """How far it is, to be shown now and then."""
    seconds: float = 0.0
    peak: float = 0.0
    """MiB that the commands it ran, their children included, held together at one time."""
    _over: threading.Event = field(default_factory=threading.Event)

    def __call__(self, work: Callable[[], object]) -> Watched:
        """Do the work."""
        print(f"{self.what} ...", flush=True)
        watcher = threading.Thread(target=self._watch)
        began = time.monotonic()
        watcher.start()
        try:
            work()
        finally:
            self.seconds = time.monotonic() - began
            self._over.set()
            watcher.join()
            print(f"{self.what}: {self.seconds:.1f} s, {self.peak:.0f} MiB at most", flush=True)
        return self

    def _watch(self) -> None:
        began = told = time.monotonic()
        while not self._over.wait(EVERY):
            # What the sandbox keeps running is nobody's child, so that all children are the work's.
            self.peak = max(self.peak, held(process.pid for process in psutil.Process().children(recursive=True)))
            if self.progress and time.monotonic() - told > TOLD:
                told = time.monotonic()
                print(f"  {told - began:.0f} s: {self._told(self.progress)}", flush=True)

    @staticmethod
    def _told(progress: Callable[[], str]) -> str:
        try:
            return progress()
        except Exception as error:  # a look that fails costs the line, not the measurement
            return f"not known, {type(error).__name__}: {error}"


def held(pids: Iterable[int]) -> float:
    """MiB that processes hold: each one's own pages and its share of the common ones."""
    total = 0
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            total += psutil.Process(pid).memory_full_info().pss
    return total / 2**20


def until(look: Callable[[], bool], what: str, seconds: float) -> None:
    """Look until it is so. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(EVERY)
