"""docs/karmada.md: each report of Karmada's users that it lists has a test, which exists and names the report."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "karmada.md"
ROW = re.compile(r"^\| (?P<reports>\[#.*?) \| .* \| \[`(?P<test>\w+)`\]\(\.\./(?P<file>[\w/]+\.py)\) \|$", re.MULTILINE)
ROWS = [*ROW.finditer(PAGE.read_text(encoding="utf-8").partition("## Known reports")[2].partition("\n## ")[0])]


def test_every_row_is_read() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## Known reports")[2].partition("\n## ")[0]
    assert len(ROWS) == section.count("\n| [#") > 0


@pytest.mark.parametrize("row", ROWS, ids=[row["reports"].partition("]")[0].strip("[") for row in ROWS])
def test_a_known_report_has_a_test_that_names_it(row: re.Match[str]) -> None:
    source = (PROJECT / row["file"]).read_text(encoding="utf-8")
    tests = {node.name: node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
    assert row["test"] in tests
    body = ast.get_source_segment(source, tests[row["test"]]) or ""
    missing = {number for number in re.findall(r"\[#(\d+)\]", row["reports"]) if f"#{number}" not in body}
    assert not missing
