"""What a run's faults came to: injected, survived, lost, leaked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass

PROPERTY = "fault"
"""The property of a test's report that holds its Fault, as a list."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """The outcome of one kind of fault in one test."""

    kind: str
    """What was done, as a row of the table calls it."""
    injected: int
    """How often it was done."""
    survived: int
    """How often the fleet, or the next command, got over it with nothing lost or leaked."""
    lost: int = 0
    """Resources that exist in no state, or in a state and nowhere else, afterwards."""
    leaked: int = 0
    """Resources that a destroy has left, and secret values found in plain."""


Record = Callable[[str, object], None]
"""pytest's fixture `record_property`, whose values reach the run's own process from every worker."""


def record(record_property: Record, fault: Fault) -> None:
    """Enter a fault into the run's table."""
    record_property(PROPERTY, list(astuple(fault)))


def table(entries: Iterable[tuple[str, object]]) -> list[str]:
    """The lines of the table of all faults among the properties of tests; none without a fault."""
    sums: dict[str, list[int]] = {}
    for name, value in entries:
        if name == PROPERTY and isinstance(value, list):
            kind, *counts = value
            sums[str(kind)] = [sum(pair) for pair in zip(sums.get(str(kind), [0] * 4), counts, strict=True)]
    if not sums:
        return []
    rows = [*sorted(sums.items()), ("all", [sum(column) for column in zip(*sums.values(), strict=True)])]
    width = max(len(kind) for kind, _ in rows)
    head = f"{'fault':<{width}} {'injected':>9} {'survived':>9} {'lost':>9} {'leaked':>9}"
    return [head, *(f"{kind:<{width}} " + " ".join(f"{count:>9}" for count in counts) for kind, counts in rows)]
