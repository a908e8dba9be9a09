"""`make bench`: how long a fleet's life takes on this machine, and how much memory a cluster costs.

All in one run, on tools that are built: each figure also as a ratio to the run's own yardstick, one bare call of
`pulumi preview` on a fleet that doesn't change, so that figures of two machines, or of a busy one, can be compared.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.live import Fleet, listed

TWO = ("eu-west-1", "eu-west-3")
FURTHER = ("us-east-1", "ap-northeast-1")


@dataclass
class Bench:
    """The run's figures, in the order they were taken: what, seconds, and MiB that all processes then held."""

    fleet: Fleet
    rows: list[tuple[str, float, float]] = field(default_factory=list[tuple[str, float, float]])

    def take(self, what: str, work: Callable[[], object]) -> None:
        """Time `work`, and weigh the sandbox after it."""
        print(f"{what} ...", flush=True)
        began = time.monotonic()
        work()
        self.rows.append((what, time.monotonic() - began, self.memory()))

    def memory(self) -> float:
        """MiB the sandbox's processes hold: each one's own pages and its share of the common ones."""
        held = 0
        for pid in self.fleet.checkout.processes():
            try:
                held += psutil.Process(pid).memory_full_info().pss
            except psutil.NoSuchProcess:
                continue
        return held / 2**20

    def table(self) -> str:
        """The figures as a Markdown table."""
        yardstick = next(seconds for what, seconds, _ in self.rows if what == "preview")
        lines = ["| what | seconds | x preview | MiB after it |", "| --- | ---: | ---: | ---: |"]
        for what, seconds, held in self.rows:
            lines.append(f"| {what} | {seconds:.1f} | {seconds / yardstick:.1f} | {held:.0f} |")
        return "\n".join(lines)


def main() -> None:
    """Bring a fleet up, change it, take it down, and print the figures."""
    with fresh() as checkout:
        fleet = Fleet(checkout)
        bench = Bench(fleet)
        bench.take("up, from nothing to two clusters READY", lambda: checkout.sandbox("up"))
        bench.take("preview", lambda: fleet.pulumi("preview"))
        bench.take("up, nothing changed", lambda: fleet.pulumi("up", "--yes"))
        bench.take("refresh", lambda: fleet.pulumi("refresh", "--yes"))
        for count, region in enumerate(FURTHER, len(TWO) + 1):
            fleet.configure(clusters=listed([*TWO, *FURTHER[: count - len(TWO)]]))
            bench.take(f"up, with cluster {count} ({region})", lambda: fleet.pulumi("up", "--yes"))
        bench.take("stop and up again", lambda: (checkout.sandbox("stop"), checkout.sandbox("up")))
        bench.take("down", lambda: checkout.sandbox("down"))
        print(f"\n{platform.machine()}, {os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB")
        print(bench.table())


if __name__ == "__main__":
    main()
