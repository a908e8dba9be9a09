"""The CPU time of commands, by the kind of process."""

from __future__ import annotations

import contextlib
import resource
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import psutil

EVERY = 0.05
"""Seconds between two looks. What a process does after the last look before its end counts as OTHER."""

KINDS: Mapping[str, str] = {
    "pulumi-language-python-exec": "program",
    "tests.bench.agreeing": "plugins",
    "sandbox.plugins.": "plugins",
    "pulumi": "engine",
}
"""By a part of the command line, the first that fits."""
OTHER = "other"


@dataclass
class Spent:
    """Seconds of CPU of what some work ran, its children included."""

    by_kind: dict[str, float] = field(default_factory=dict[str, float])
    _seen: dict[tuple[int, float], tuple[str, float]] = field(
        default_factory=dict[tuple[int, float], tuple[str, float]]
    )

    def __call__(self, work: Callable[[], object]) -> Spent:
        """Do the work, and look at its processes meanwhile."""
        over = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(over,))
        before = _of_children()
        watcher.start()
        try:
            work()
        finally:
            over.set()
            watcher.join()
        for its, seconds in self._seen.values():
            self.by_kind[its] = self.by_kind.get(its, 0.0) + seconds
        unseen = _of_children() - before - sum(self.by_kind.values())
        self.by_kind[OTHER] = self.by_kind.get(OTHER, 0.0) + max(0.0, unseen)
        return self

    def _watch(self, over: threading.Event) -> None:
        me = psutil.Process()
        while not over.wait(EVERY):
            for process in me.children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    times = process.cpu_times()
                    key = process.pid, process.create_time()
                    # A process that was just forked still has its parent's command line.
                    self._seen[key] = kind(" ".join(process.cmdline())), times.user + times.system


def kind(command: str) -> str:
    """What a command line is of."""
    return next((name for part, name in KINDS.items() if part in command), OTHER)


def _of_children() -> float:
    """The seconds of all children that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
