"""The ledger of a run's faults: injected, survived, lost, leaked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass

PROPERTY = "fault"
"""The property of a test's report that holds its Fault, as a list."""

Entries = Iterable[tuple[str, object]]
"""Properties of tests' reports: names and values."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """The outcome of one kind of fault in one test."""

    kind: str
    """The kind of fault, which names its row of the table."""
    injected: int
    """The number of times that it was injected."""
    survived: int
    """The number of times that the fleet, or the next command, got over it with nothing lost or leaked."""
    lost: int = 0
    """Resources that exist in no state, or in a state and nowhere else, afterwards."""
    leaked: int = 0
    """Resources that a destroy has left, and secret values found in plain."""


Record = Callable[[str, object], None]
"""pytest's fixture `record_property`, whose values reach the run's own process from every worker."""


def record(record_property: Record, fault: Fault) -> None:
    """Enter a fault into the run's table."""
    record_property(PROPERTY, list(astuple(fault)))


def table(entries: Entries) -> list[str]:
    """Return the lines of the table of all faults among the properties of tests; none without a fault."""
    sums = _sums(entries)
    if not sums:
        return []
    rows = [*sorted(sums.items()), ("all", _added(sums.values()))]
    width = max(len("fault"), *(len(kind) for kind, _ in rows))
    head = f"{'fault':<{width}} {'injected':>9} {'survived':>9} {'lost':>9} {'leaked':>9}"
    return [head, *(f"{kind:<{width}} " + " ".join(f"{count:>9}" for count in counts) for kind, counts in rows)]


def harmed(entries: Entries) -> bool:
    """Whether any fault has lost or leaked something."""
    return any(lost or leaked for _, _, lost, leaked in _sums(entries).values())


def _sums(entries: Entries) -> dict[str, list[int]]:
    sums: dict[str, list[int]] = {}
    for name, value in entries:
        if name == PROPERTY and isinstance(value, list):
            kind, *counts = value
            sums[str(kind)] = _added([sums.get(str(kind), [0] * 4), counts])
    return sums


def _added(rows: Iterable[list[int]]) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)]
