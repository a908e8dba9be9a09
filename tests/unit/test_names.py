"""The names of variables, parameters and functions, which are the field's nouns (CONTRIBUTING.md, rule 4)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).parents[2]

ROOMS = ("components", "examples", "ops", "policies", "sandbox", "settings")

VAGUE = {"told", "held", "stands", "asked", "one"}
"""Names that nobody can search for: response, in_use, exists, arguments, and the noun of the thing are better."""


def names(code: ast.AST) -> Iterator[tuple[int, str]]:
    """The names that code gives to anything, each with its line."""
    for node in ast.walk(code):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name


def vague(code: str) -> list[str]:
    """The lines that give a vague name to something, each with the name."""
    return [f"{line} {name}" for line, name in names(ast.parse(code)) if name.strip("_") in VAGUE]


@pytest.mark.parametrize("room", ["*.py", *(f"{room}/**/*.py" for room in ROOMS)])
def test_no_name_is_vague(room: str) -> None:
    files = [*PROJECT.glob(room)]
    assert files
    assert {str(file.relative_to(PROJECT)): found for file in files if (found := vague(file.read_text()))} == {}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("told = ask()", ["1 told"]),
        ("class A:\n    stands: bool", ["2 stands"]),
        ("def f(asked): ...", ["1 asked"]),
        ("def _held(): ...", ["1 _held"]),
        ("[one for one in many]", ["1 one"]),
        ("response = one_line(text)", []),
    ],
)
def test_a_vague_name_is_found(code: str, found: list[str]) -> None:
    assert vague(code) == found
