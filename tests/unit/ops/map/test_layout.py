"""Networks and peerings in their places: nothing overlaps, nothing crosses."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.map import layout
from tests.unit.ops.map.fleets import fleet_of, outputs_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("full_mesh", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3, 10, 11])
def test_no_two_networks_overlap_and_all_lie_in_the_picture(count: int, full_mesh: bool) -> None:
    placed = layout.lay_out(fleet_of(outputs_of(count, full_mesh=full_mesh)))
    assert len(placed.boxes) == count + 1
    assert not any(one.overlaps(other) for one, other in combinations(placed.boxes.values(), 2))
    assert all(box.x >= 0 and box.y >= 0 for box in placed.boxes.values())
    assert all(box.right <= placed.width and box.bottom <= placed.height for box in placed.boxes.values())


@pytest.mark.parametrize("full_mesh", [False, True])
@given(st.integers(1, 14))
def test_no_line_runs_through_a_network(full_mesh: bool, count: int) -> None:
    placed = layout.lay_out(fleet_of(outputs_of(count, full_mesh=full_mesh)))
    for line in placed.lines:
        ends = {line.peering.first, line.peering.second}
        others = [box for name, box in placed.boxes.items() if name not in ends]
        for point in points(line):
            assert not any(box.x < point[0] < box.right and box.y < point[1] < box.bottom for box in others)


@given(st.integers(1, 30))
def test_hub_and_spoke_has_no_crossing(count: int) -> None:
    """Where two lines touch the same side of a hub, they arrive at their boxes in the same order."""
    placed = layout.lay_out(fleet_of(outputs_of(count)))
    ends = [sorted((line.start, line.end)) for line in placed.lines]
    for (a, b), (c, d) in combinations(ends, 2):
        if a[0] == c[0] and b[0] == d[0]:
            assert (a[1] - c[1]) * (b[1] - d[1]) >= 0
            assert a != c or b != d
    assert len({tuple(pair) for pair in ends}) == len(ends)


@given(st.integers(1, 14), st.booleans())
def test_a_line_s_ends_are_on_its_two_networks(count: int, full_mesh: bool) -> None:
    placed = layout.lay_out(fleet_of(outputs_of(count, full_mesh=full_mesh)))
    for line in placed.lines:
        one, other = (placed.boxes[name] for name in (line.peering.first, line.peering.second))
        touching = [
            {x for x, y in (line.start, line.end) if x in (box.x, box.right) and box.y < y < box.bottom}
            for box in (one, other)
        ]
        assert all(touching)


def points(line: layout.Line) -> list[tuple[float, float]]:
    """Points of its curve, its ends left out."""
    bend = line.bend
    corners = (line.start, (bend[0], line.start[1]), (bend[1], line.end[1]), line.end)
    return [
        (
            sum(weight * x for weight, (x, _) in zip(weights, corners, strict=True)),
            sum(weight * y for weight, (_, y) in zip(weights, corners, strict=True)),
        )
        for t in (step / 20 for step in range(1, 20))
        for weights in [((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)]
    ]
