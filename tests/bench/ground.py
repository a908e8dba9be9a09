"""What the tasks of the scale are done on: a fleet that is up, and a record of what they took."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psutil

from tests.bench.clusters import Clusters
from tests.bench.hand import Hand
from tests.bench.measure import Watched, held
from tests.bench.record import Record, Taken
from tests.sandbox.fleet.live import Fleet

OURS, THEIRS = "bench.example.org", "hand.example.org"
"""The groups of the types that Pulumi enables, and of those enabled by hand."""
SPACE, BY_PULUMI = "bench", "bench-pulumi"
"""The namespaces of what is made by hand, and of what Pulumi makes."""

Work = Callable[[], object]


@dataclass(frozen=True)
class Ground:
    """The fleet, and ways to look at it."""

    fleet: Fleet
    record: Record

    @cached_property
    def clusters(self) -> Clusters:
        """Their API servers."""
        return Clusters(self.fleet.checkout)

    @cached_property
    def hand(self) -> Hand:
        """kubectl and kubefedctl."""
        return Hand(self.fleet.checkout, [*self.clusters.apis])

    @cached_property
    def folder(self) -> Path:
        """Where the tasks' files go, in the checkout."""
        folder = self.fleet.checkout.project / "bench"
        folder.mkdir()
        return folder

    def take(self, task: str, way: str, work: Work, *, standard: bool = False) -> None:
        """Do a task in one way, and record what it takes."""
        watched = Watched(f"{task}: {way}", self._progress)(work)
        self.record.add(Taken(task, way, watched.seconds, watched.peak, self._kubefed(), standard))

    def take_steps(self, task: str, steps: Mapping[str, Work]) -> None:
        """Do a task by hand, in steps, and record what each takes and all of them."""
        for way, work in steps.items():
            self.take(task, f"- {way}", work)
        self.record.sum_up(len(steps))

    def _kubefed(self) -> float:
        """MiB of kubefed's controller."""
        return held(pid for pid in self.fleet.checkout.processes() if _controller(pid))

    def _progress(self) -> str:
        types = {group: (self.clusters.running(group), self.clusters.defined(group)) for group in (OURS, THEIRS)}
        told = [
            f"{group}: {running} types run, {defined} CRDs" for group, (running, defined) in types.items() if defined
        ]
        placed = sum(self.clusters.placed(space) for space in (SPACE, BY_PULUMI))
        return "; ".join([*told, f"{placed} objects in the clusters"])


def _controller(pid: int) -> bool:
    try:
        argv = psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
    return bool(argv) and argv[0].endswith("hyperfed") and "controller-manager" in argv
