"""Leftovers as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ops.leftovers.find import Leftover

HEADINGS = ("KIND", "ID", "CLUSTER", "REGION", "MADE FOR", "$/MONTH")


def table(left: Sequence[Leftover], reasons: Mapping[str, str] | None = None) -> str:
    """Return a table, followed by the reasons why leftovers still exist.

    Costs are rough: list prices of us-east-1, without traffic.
    """
    rows = [HEADINGS, *(_row(leftover) for leftover in left)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines += [f"{id}: {reason}" for id, reason in sorted((reasons or {}).items())]
    return "\n".join(lines)


def _row(leftover: Leftover) -> tuple[str, ...]:
    cost = (
        ""
        if leftover.monthly is None
        else f"{leftover.monthly:.2f}"
        if leftover.monthly < 1
        else f"{leftover.monthly:.0f}"
    )
    return leftover.kind.value, leftover.id, leftover.cluster, leftover.region, leftover.origin, cost
