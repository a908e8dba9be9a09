"""From nothing to a fleet that is READY, warm and cold, and what a cluster's processes hold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.paths import cache
from sandbox.setup import build
from tests.bench.fleet import TWO
from tests.bench.measure import Watched, held
from tests.bench.table import markdown, number
from tests.sandbox.checkout import fresh


@dataclass
class Start:
    """The first `make up`, the next one, and the memory of the processes."""

    seconds: dict[str, float] = field(default_factory=dict[str, float])
    """In the order that it was taken."""
    processes: Counter[str] = field(default_factory=Counter[str])
    """How many of each name run."""
    memory: dict[str, float] = field(default_factory=dict[str, float])
    """MiB, by the processes' name."""

    def run(self) -> None:
        """Bring a fleet of two clusters up twice."""
        with fresh() as checkout:
            up = Watched("up, from nothing to two clusters READY")(lambda: checkout.sandbox("up", timeout=1800))
            self.seconds["up, from nothing to two clusters READY, the tools compiled"] = up.seconds
            for pid, name in checkout.processes().items():
                self.processes[short(name)] += 1
                self.memory[short(name)] = self.memory.get(short(name), 0.0) + held([pid])
            checkout.sandbox("stop")
            again = Watched("up again, after a stop")(lambda: checkout.sandbox("up", timeout=1800))
            self.seconds["up again, after a stop"] = again.seconds
            checkout.sandbox("down", timeout=1800)

    def tables(self) -> Mapping[str, str]:
        """What was measured so far, by title."""
        started = [(what, number(seconds, 1)) for what, seconds in self.seconds.items()]
        rows = [
            (name, str(count), number(self.memory[name]), number(self.memory[name] / len(TWO)))
            for name, count in sorted(self.processes.items(), key=lambda item: -self.memory[item[0]])
        ]
        memory = sum(self.memory.values())
        together = ("together", str(self.processes.total()), number(memory), number(memory / len(TWO)))
        return {
            "Start, warm": markdown(("what", "s"), started, 1),
            "Start, cold: what compiling the tools adds, once for a machine": compiled(
                {family.name: build.folder(cache(), family) for family in build.FAMILIES}
            ),
            "Memory of two clusters": markdown(("process", "count", "MiB", "for each cluster"), [*rows, together], 1),
        }


def compiled(folders: Mapping[str, Path]) -> str:
    """Each tool's time to compile and its share, by the records of its build; nothing for one without a record."""
    found = {name: _record(folder / build.RECORD) for name, folder in folders.items()}
    everything = sum(seconds for seconds in found.values() if seconds) or 1
    rows = [
        (name, number(seconds, 1), number(seconds and 100 * seconds / everything)) for name, seconds in found.items()
    ]
    return markdown(("tool", "s", "% of all"), [*rows, ("together", *_together(found.values()))], 1)


def _together(seconds: Iterable[float | None]) -> tuple[str, str]:
    known = [one for one in seconds if one is not None]
    return (number(sum(known), 1), "100") if known else ("", "")


def _record(file: Path) -> float | None:
    """The seconds; None for tools that were compiled before there was a record."""
    return float(json.loads(file.read_text())["seconds"]) if file.is_file() else None


def short(name: str) -> str:
    """A process's name, `kubernetes eu-west-1/federated-eks-1 kwok`, without the cluster's."""
    return name.rpartition(" ")[2]
