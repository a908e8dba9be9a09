"""Tasks that are done in several ways, and how the ways compare."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.bench.table import markdown, number

HEADS = ("what", "how", "seconds", "x by hand", "MiB at most", "kubefed's MiB after it")


@dataclass(frozen=True)
class Taken:
    """A task done in one way."""

    task: str
    way: str
    seconds: float
    peak: float
    """MiB that its commands held at most."""
    kubefed: float
    """MiB that kubefed's controller held after it."""
    standard: bool = False
    """Whether the task's other ways are compared with this one."""


@dataclass
class Record:
    """All that was taken, in its order."""

    taken: list[Taken] = field(default_factory=list[Taken])

    def add(self, taken: Taken) -> None:
        """One more."""
        self.taken.append(taken)

    def sum_up(self, count: int) -> None:
        """Put before the last `count`, which are the steps of one task by hand, what they come to together."""
        steps = self.taken[-count:]
        seconds, peak = sum(step.seconds for step in steps), max(step.peak for step in steps)
        whole = Taken(steps[0].task, "by hand, together:", seconds, peak, steps[-1].kubefed, standard=True)
        self.taken.insert(len(self.taken) - count, whole)

    def table(self) -> str:
        """A row for each, those of a task together."""
        tasks = [*dict.fromkeys(taken.task for taken in self.taken)]
        standards = {taken.task: taken.seconds for taken in self.taken if taken.standard}
        rows = [
            (
                taken.task,
                taken.way,
                number(taken.seconds, 1),
                number(taken.seconds / standards[taken.task] if standards.get(taken.task) else None, 2),
                number(taken.peak),
                number(taken.kubefed),
            )
            for taken in sorted(self.taken, key=lambda taken: tasks.index(taken.task))
        ]
        return markdown(HEADS, rows, 2)
