"""What the bench prints, and where it writes it."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from sandbox.paths import Paths
from sandbox.setup import build
from settings.plan import partition
from tests.bench import preview
from tests.bench.cpu import kind
from tests.bench.fleet import Life
from tests.bench.large import Large, Row, allow_regions_twice
from tests.bench.policies import Policies
from tests.bench.policies import Row as PolicyRow
from tests.bench.preview import NOTHING, UPDATE, Previews, asked, check
from tests.bench.record import Record, Taken
from tests.bench.start import Start, compiled, short
from tests.bench.table import marks, put
from tests.sandbox.checkout import Checkout

pytestmark = pytest.mark.unit

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "bench.md"


@pytest.mark.parametrize("part", ["fleet", "scale", "policies", "path", "preview", "start", "large"])
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


def test_previews_are_told_by_size_for_each_resource_and_each_kind_of_process() -> None:
    def row(clusters: int, what: str) -> preview.Row:
        cpu = {"engine": 1.5, "program": 2.0}
        return preview.Row(clusters, what, 100 * clusters, 4.0 * clusters, 300.0, cpu, {"getVpcs": clusters})

    tables = Previews(rows=[row(1, NOTHING), row(1, UPDATE), row(2, NOTHING)]).tables()
    assert tables["Previews and updates by the fleet's size"].splitlines()[2:] == [
        "| preview of nothing yet | 1 | 100 | 4.0 | 40.0 | 300 | 1.5 | 2.0 | 0.0 | 0.0 |",
        "| preview of nothing yet | 2 | 200 | 8.0 | 40.0 | 300 | 1.5 | 2.0 | 0.0 | 0.0 |",
        "| update, nothing changes | 1 | 100 | 4.0 | 40.0 | 300 | 1.5 | 2.0 | 0.0 | 0.0 |",
    ]
    assert tables["Questions to AWS"].splitlines() == [
        "| function | 1 clusters | 2 clusters |",
        "| --- | ---: | ---: |",
        "| getVpcs | 1 | 2 |",
        "| together | 1 | 2 |",
    ]


def test_questions_are_the_calls_of_functions_that_providers_answer() -> None:
    calls = [
        {"method": "/pulumirpc.ResourceProvider/Invoke", "request": {"tok": "aws:ec2/getVpcs:getVpcs"}, "response": {}},
        {"method": "/pulumirpc.ResourceProvider/Invoke", "request": {"tok": "aws:ec2/getVpcs:getVpcs"}},
        {"method": "/pulumirpc.ResourceMonitor/Invoke", "request": {"tok": "aws:ec2/getVpcs:getVpcs"}, "response": {}},
        {"method": "/pulumirpc.ResourceProvider/Check", "request": {}, "response": {}},
    ]
    assert asked("\n".join(map(json.dumps, calls))) == {"getVpcs": 1}


@pytest.mark.parametrize(("what", "op"), [(NOTHING, "same"), (UPDATE, "update"), (UPDATE, "create")])
def test_a_preview_that_is_not_what_it_is_called_is_refused(what: str, op: str) -> None:
    well = "create" if what == NOTHING else "same"
    check(what, [{"op": well, "urn": "a"}, {"op": "read", "urn": "b"}])
    with pytest.raises(ValueError, match=f"{op} of c; compare"):
        check(what, [{"op": well, "urn": "a"}, {"op": op, "urn": "c"}])


@pytest.mark.parametrize(
    ("command", "its"),
    [
        ("/x/.sandbox/bin/pulumi preview -s sandbox", "engine"),
        ("python -u /x/.sandbox/language/pulumi-language-python-exec --monitor 127.0.0.1:1 . ", "program"),
        ("python -m sandbox.plugins.language_python 127.0.0.1:1", "plugins"),
        ("python -m tests.bench.agreeing 127.0.0.1:1", "plugins"),
        ("git rev-parse", "other"),
    ],
)
def test_a_process_counts_by_its_command(command: str, its: str) -> None:
    assert kind(command) == its


def test_memory_is_told_by_process_and_for_each_of_two_clusters() -> None:
    processes = Counter({"etcd": 1, "kube-apiserver": 2})
    tables = Start({"up": 50.0}, processes, {"etcd": 100.0, "kube-apiserver": 600.0}).tables()
    assert tables["Start, warm"].splitlines()[2:] == ["| up | 50.0 |"]
    assert tables["Memory of two clusters"].splitlines()[2:] == [
        "| kube-apiserver | 2 | 600 | 300 |",
        "| etcd | 1 | 100 | 50 |",
        "| together | 3 | 700 | 350 |",
    ]


def test_tools_are_told_by_the_record_of_their_build_and_one_without_has_no_figure(tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("pulumi", "helm", "old")}
    for folder, seconds in zip(folders.values(), (90.0, 30.0, None), strict=True):
        folder.mkdir()
        if seconds:
            (folder / build.RECORD).write_text(json.dumps({"seconds": seconds, "cores": 2}))
    assert compiled(folders).splitlines()[2:] == [
        "| pulumi | 90.0 | 75 |",
        "| helm | 30.0 | 25 |",
        "| old |  |  |",
        "| together | 120.0 | 100 |",
    ]


def test_a_process_is_named_without_its_cluster() -> None:
    assert [short(name) for name in ("cloud", "kubernetes etcd", "kubernetes eu-west-1/federated-eks-1 kwok")] == [
        "cloud",
        "etcd",
        "kwok",
    ]


def test_fleets_of_every_size_lie_in_one_partition() -> None:
    assert {partition(region) for region in islice(preview.regions(), max(preview.SIZES))} == {"aws"}
