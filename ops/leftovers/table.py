"""A list of leftovers as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ops.leftovers.find import Leftover

HEADINGS = ("KIND", "ID", "CLUSTER", "REGION", "MADE FOR", "$/MONTH")


def table(left: Sequence[Leftover], why: Mapping[str, str] | None = None) -> str:
    """Return a table, with the reasons why things are still there below it.

    Costs are rough: list prices of us-east-1, without traffic.
    """
    rows = [HEADINGS, *(_row(one) for one in left)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines += [f"{id}: {reason}" for id, reason in sorted((why or {}).items())]
    return "\n".join(lines)


def _row(one: Leftover) -> tuple[str, ...]:
    cost = "" if one.monthly is None else f"{one.monthly:.2f}" if one.monthly < 1 else f"{one.monthly:.0f}"
    return one.kind.value, one.id, one.cluster, one.region, one.origin, cost
