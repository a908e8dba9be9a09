"""The commands of `python -m ops` that the pages and the README have: each is one that the parser takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.__main__ import parser

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).parents[3]
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
START = "python -m ops "


def commands(page: str) -> Iterator[str]:
    """The arguments of each command in a page's `console` blocks, also of one within another."""
    for block in re.findall(r"^ *```console\n(.*?)^ *```$", page, re.DOTALL | re.MULTILINE):
        for line in re.findall(r"^ *\$ (.*)$", block, re.MULTILINE):
            for text in line.split(START)[1:]:
                yield re.split(r"\)\"|\s+#", text)[0].strip()


FOUND = [(page.name, command) for page in PAGES for command in commands(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("page", "command"), FOUND)
def test_a_command_of_the_pages_is_understood(page: str, command: str) -> None:
    assert parser().parse_args(shlex.split(command)).run


def test_the_pages_have_each_kind_of_command() -> None:
    assert {command.split()[0] for _, command in FOUND} >= {
        "map",
        "leftovers",
        "parallel",
        "recover",
        "rotate",
        "tunnel",
    }


def test_commands_are_found_also_within_another() -> None:
    lines = '$ pulumi up --parallel "$(python -m ops parallel --stack dev)"\n$ python -m ops map  # draws'
    page = f"```console\n{lines}\n```\n"
    assert [*commands(page)] == ["parallel --stack dev", "map"]
