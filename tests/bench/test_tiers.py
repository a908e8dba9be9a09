"""`make test` by tier: what pytest writes, and what is read of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.table import marks
from tests.bench.tiers import PART, Case, main, read, tables

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).resolve().parents[2]

CASES = [
    Case("unit.test_one: test_a", "unit", "unit", 1.0),
    Case("unit.test_one: test_b", "unit", "unit", 2.0),
    Case("sandbox.fleet.test_up: test_c", "fleet", "sandbox/fleet", 9.0),
]


def test_times_are_summed_by_tier_and_group_and_the_slowest_come_first() -> None:
    assert [table.splitlines()[2:] for table in tables(CASES).values()] == [
        ["| fleet | 1 | 9.0 | 75 |", "| unit | 2 | 3.0 | 25 |"],
        ["| sandbox/fleet | 1 | 9.0 | 75 |", "| unit | 2 | 3.0 | 25 |"],
        [
            "| sandbox.fleet.test_up: test_c | 9.0 |",
            "| unit.test_one: test_b | 2.0 |",
            "| unit.test_one: test_a | 1.0 |",
        ],
    ]


def test_every_test_of_a_run_is_read_with_its_tier_and_its_group(tmp_path: Path) -> None:
    file = tmp_path / "tests.xml"
    argv = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n2",
        "-p",
        "no:cacheprovider",
        f"--junitxml={file}",
        "-k",
        "settings",
    ]
    ran = subprocess.run([*argv, "tests/unit/test_contracts.py"], cwd=PROJECT, capture_output=True, text=True)
    cases = read(file)
    assert cases, ran.stdout
    assert {(case.tier, case.group) for case in cases} == {("unit", "unit")}
    assert all(case.name.startswith("unit.test_contracts: test_") and case.seconds > 0 for case in cases)


def test_a_file_without_tiers_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "tests.xml"
    file.write_text('<testsuites><testsuite><testcase classname="a" name="test_x" time="1"/></testsuite></testsuites>')
    with pytest.raises(ValueError, match="test_x has no property tier; write it by `make test`"):
        main([str(file)])


def test_tables_are_written_into_their_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, document = tmp_path / "tests.xml", tmp_path / "bench.md"
    said = '<properties><property name="tier" value="unit" /><property name="group" value="unit" /></properties>'
    case = f'<testcase classname="tests.unit.test_one" name="test_a" time="1.5">{said}</testcase>'
    file.write_text(f"<testsuites><testsuite>{case}</testsuite></testsuites>")
    document.write_text((PROJECT / "docs" / "bench.md").read_text())
    assert main([str(file), "--write", str(document)]) == 0
    begin, end = marks(PART)
    written = document.read_text().partition(begin)[2].partition(end)[0].strip()
    assert written == capsys.readouterr().out.strip()
    assert "| unit.test_one: test_a | 1.5 |" in written


def test_make_test_writes_the_file() -> None:
    assert "--junitxml=.sandbox/tests.xml" in (PROJECT / "Makefile").read_text()
