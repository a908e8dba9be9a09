"""What the bench prints, and where it writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.paths import Paths
from tests.bench.fleet import Life
from tests.bench.large import Large, Row, allow_regions_twice
from tests.bench.policies import Policies
from tests.bench.policies import Row as PolicyRow
from tests.bench.record import Record, Taken
from tests.bench.table import marks, put
from tests.sandbox.checkout import Checkout

pytestmark = pytest.mark.unit

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "bench.md"


@pytest.mark.parametrize("part", ["fleet", "scale", "policies", "path", "large"])
def test_tables_take_the_place_of_earlier_ones_and_the_text_around_them_stays(part: str, tmp_path: Path) -> None:
    begin, end = marks(part)
    text = (DOCUMENT.with_name("scale.md") if part == "large" else DOCUMENT).read_text()
    before, after = text.partition(begin)[0], text.partition(end)[2]
    copy = tmp_path / "bench.md"
    copy.write_text(text)
    put(copy, part, "| old |")
    put(copy, part, "| new |")
    assert copy.read_text() == f"{before}{begin}\n\n| new |\n\n{end}{after}"


@pytest.mark.parametrize("text", ["", "{begin}", "{end} {begin}", "{begin} {end} {begin} {end}"])
def test_a_document_without_a_place_for_a_part_is_refused_and_kept(text: str, tmp_path: Path) -> None:
    begin, end = marks("scale")
    document = tmp_path / "bench.md"
    document.write_text(text.format(begin=begin, end=end))
    kept = document.read_text()
    with pytest.raises(ValueError, match="it has no place for scale; write <!-- bench: scale -->"):
        put(document, "scale", "")
    assert document.read_text() == kept


def test_ways_are_compared_with_the_one_by_hand_whose_steps_are_summed_up() -> None:
    record = Record()
    record.add(Taken("made", "pulumi", 6, 200, 50))
    record.add(Taken("kept", "pulumi", 1, 100, 50))
    record.add(Taken("made", "- one", 1, 40, 50))
    record.add(Taken("made", "- two", 2, 30, 60))
    record.sum_up(2)
    assert record.table().splitlines()[2:] == [
        "| made | pulumi | 6.0 | 2.00 | 200 | 50 |",
        "| made | by hand, together: | 3.0 | 1.00 | 40 | 60 |",
        "| made | - one | 1.0 | 0.33 | 40 | 50 |",
        "| made | - two | 2.0 | 0.67 | 30 | 60 |",
        "| kept | pulumi | 1.0 |  | 100 | 50 |",
    ]


def test_what_was_measured_before_a_failure_has_no_ratio_to_what_was_not() -> None:
    life = Life({"up": (60.0, 2000.0)})
    assert life.tables()["A fleet's life"].splitlines()[2:] == ["| up | 60.0 |  | 2000 |"]


def test_a_large_fleet_has_one_cluster_more_than_a_region_in_a_copy_alone(tmp_path: Path) -> None:
    (tmp_path / "settings").mkdir()
    plan = tmp_path / "settings" / "plan.py"
    plan.write_text((DOCUMENT.parents[1] / "settings" / "plan.py").read_text())
    checkout = Checkout(Paths(tmp_path))
    allow_regions_twice(checkout)
    assert "a region has one cluster" not in plan.read_text()
    with pytest.raises(ValueError, match="it has no line check_once"):
        allow_regions_twice(checkout)


def test_a_large_fleet_is_told_for_each_resource_and_each_cluster() -> None:
    part = Large(rows=[Row(50, 5000, 100.0, 2000.0)])
    assert part.tables()["Previews of large fleets"].splitlines()[2:] == ["| 50 | 5000 | 100 | 2000 | 20.0 | 40 |"]


def test_what_the_pack_adds_is_told_by_the_medians_and_for_each_resource() -> None:
    part = Policies(rows=[PolicyRow(2, 200, bare=[9.0, 8.0, 30.0], judged=[10.0, 10.5, 9.0])])
    assert part.tables()["The policy pack"].splitlines()[2:] == ["| 2 | 200 | 9.0 | 10.0 | 1.0 | 5.0 |"]
