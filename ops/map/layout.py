"""The positions of networks and the curves of peerings in the picture: pure arithmetic.

The bastion is on the left, the host on the right, the members in a column between them. Half of the members are above
the line from the bastion to the host. So the 2N-1 lines of a hub-and-spoke fleet cross neither each other nor a box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from ops.map.model import Fleet, Peering
from settings.plan import BASTION

WIDTH = 290.0
HEIGHT = 74.0
GAP = 14.0
"""The vertical distance between two members."""
AISLE = 150.0
"""The distance between two columns, for the lines."""
CHANNEL = 26.0
"""The gap in the middle of the members' column, for the line from the bastion to the host."""
MARGIN = 6.0


@dataclass(frozen=True, kw_only=True)
class Box:
    """A network's rectangle, in pixels from the picture's upper left corner."""

    x: float
    y: float
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """The vertical middle."""
        return self.y + self.height / 2

    def overlaps(self, other: Box) -> bool:
        """Return whether two boxes have a point in common."""
        return self.x <= other.right and other.x <= self.right and self.y <= other.bottom and other.y <= self.bottom


@dataclass(frozen=True, kw_only=True)
class Line:
    """A peering's curve, horizontal at both ends."""

    peering: Peering
    start: tuple[float, float]
    end: tuple[float, float]
    bend: tuple[float, float]
    """The horizontal positions of the curve's two control points."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The whole picture's geometry."""

    width: float
    height: float
    boxes: Mapping[str, Box]
    """The boxes by network."""
    lines: tuple[Line, ...]


def lay_out(fleet: Fleet) -> Layout:
    """Return a box for every network and a line for every peering."""
    placed = boxes(fleet.host.name, [cluster.name for cluster in fleet.members], bastion=fleet.bastion is not None)
    return Layout(
        width=max(box.right for box in placed.values()) + MARGIN,
        height=max(box.bottom for box in placed.values()) + MARGIN,
        boxes=placed,
        lines=tuple(line(peering, placed, fleet.host.name) for peering in fleet.peerings),
    )


def boxes(host: str, members: Sequence[str], *, bastion: bool = True) -> dict[str, Box]:
    """Return a box for each network: bastion, members and host in columns. An empty column is left out."""
    columns = [MARGIN + column * (WIDTH + AISLE) for column in range(3)]
    above = ceil(len(members) / 2)
    level = MARGIN + max(above * (HEIGHT + GAP) - GAP + CHANNEL / 2 if above else 0, HEIGHT / 2)
    placed = {BASTION: Box(x=columns.pop(0), y=level - HEIGHT / 2)} if bastion else {}
    for place, name in enumerate(members):
        top = MARGIN + place * (HEIGHT + GAP) + (CHANNEL - GAP if place >= above else 0)
        placed[name] = Box(x=columns[0], y=top)
    return placed | {host: Box(x=columns[1 if members else 0], y=level - HEIGHT / 2)}


def line(peering: Peering, placed: Mapping[str, Box], host: str) -> Line:
    """Return a peering's line between its boxes."""
    hubs = (BASTION, host)
    if peering.first not in hubs and peering.second not in hubs:
        return _beside(peering, placed)
    left, right = sorted((peering.first, peering.second), key=lambda name: placed[name].x)
    start = (placed[left].right, _port(placed, left, right, hubs))
    end = (placed[right].x, _port(placed, right, left, hubs))
    half = (start[0] + end[0]) / 2
    # The line from the bastion to the host goes straight through CHANNEL, the gap in the members' column.
    return Line(peering=peering, start=start, end=end, bend=(half, half))


def _port(placed: Mapping[str, Box], at: str, towards: str, hubs: Sequence[str]) -> float:
    """Return the height at which a line touches a box. A hub's lines fan out over its side, in their boxes' order."""
    box = placed[at]
    if at not in hubs or towards in hubs:
        return box.middle
    facing = sorted((name for name in placed if name != at), key=lambda name: placed[name].middle)
    # The line to the other hub, which is at the same height, has the middle.
    others = [name for name in facing if name not in hubs]
    half = ceil(len(others) / 2)
    place = others.index(towards)
    step = box.height / 2 / (half + 1)
    return box.middle + step * (place - half if place < half else place - half + 1)


def _beside(peering: Peering, placed: Mapping[str, Box]) -> Line:
    """Return a full mesh's line between two members, beside their column. The distance sets the width of its bend."""
    first, second = placed[peering.first], placed[peering.second]
    tallest = max(abs(a.middle - b.middle) for a in placed.values() for b in placed.values())
    reach = first.right + AISLE * (0.15 + 0.75 * abs(first.middle - second.middle) / tallest)
    return Line(
        peering=peering, start=(first.right, first.middle), end=(second.right, second.middle), bend=(reach, reach)
    )
