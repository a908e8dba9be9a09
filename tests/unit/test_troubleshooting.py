"""docs/troubleshooting.md: each message that it quotes as the project's own is in the code, which has no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "troubleshooting.md"
OWN = {"the program": ("components", "settings"), "the commands": ("ops",), "the sandbox": ("sandbox",)}
"""The folders of the code that says a message, by who says it."""
OTHERS = {"AWS", "Helm", "Karmada", "Kubernetes", "Pulumi", "kubefed"}
HOLE = "\0"
"""Stands for a value in a message."""


@dataclass(frozen=True)
class Entry:
    """A section of the page."""

    title: str
    messages: tuple[str, ...]
    """Each on one line."""
    speakers: frozenset[str]
    text: str


def entries(page: str) -> Iterator[Entry]:
    """The sections of a page that have messages."""
    for section in re.split(r"^#{2,3} ", page, flags=re.MULTILINE)[1:]:
        blocks = re.findall(r"^```text\n(.*?)^```$", section, flags=re.DOTALL | re.MULTILINE)
        if not blocks:
            continue
        speakers = re.search(r"^\*\*From\*\* (.*?)\. ", section, flags=re.MULTILINE)
        yield Entry(
            title=section.partition("\n")[0],
            messages=tuple(" ".join(block.split()) for block in blocks),
            speakers=frozenset(speakers[1].split(", through ")) if speakers else frozenset(),
            text=section,
        )


def templates(folder: Path) -> Iterator[str]:
    """The texts in a folder's code on one line, a HOLE for each value."""
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr | ast.Constant | ast.BinOp):
                yield " ".join(_text(node).split())


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else HOLE
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left) + _text(node.right)
    return HOLE


@cache
def said_by(speaker: str) -> tuple[str, ...]:
    """The texts of one of OWN."""
    return tuple(text for folder in OWN[speaker] for text in templates(PROJECT / folder))


ERRORS = re.compile(r"(RunError|UserError|\.warn)$")
"""The calls whose first argument a person sees."""

KEYED = re.compile(rf"({HOLE}(?: {HOLE})*: )?(--)?[a-zA-Z][\w.:\[\]{HOLE}-]*: |{HOLE}\.[\w{HOLE}]+: ")
"""The beginning of a message about a setting, an option or an argument, which has the rule and the fix itself."""

STAND_INS = PROJECT / "sandbox" / "plugins"
"""Its warnings are those of Pulumi's official plugins."""

EXISTING = PROJECT / "components" / "network" / "existing_rules.py"
"""Its messages begin with the key of an existing VPC, which is a value here."""


def unlisted(file: Path) -> Iterator[str]:
    """The errors and warnings of a file that the page should have and hasn't.

    Messages without words of their own are left out: they hand on what is composed elsewhere.
    """
    quoted = [part for entry in FOUND for message in entry.messages for part in parts(message)]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and ERRORS.search(ast.unparse(node.func)):
            text = " ".join(_text(node.args[0]).split())
            explained = not parts(text.replace(HOLE, " ")) or KEYED.match(text) or file == EXISTING
            if not explained and not any(says(text, part) for part in quoted):
                yield f"{file.name}:{node.lineno}: {text.replace(HOLE, '<...>')}"


def parts(message: str) -> list[str]:
    """The parts of a message between its `...`, of which each has words."""
    return [*filter(re.compile("[a-z]{3} ").search, map(str.strip, message.split("...")))]


def says(text: str, message: str) -> bool:
    """Whether a message, with `<...>` for values, is part of a text of the code; each value has a HOLE."""
    words = [re.escape(part) for part in re.split("<[^>]*>", message)]
    return re.search(rf"[^{HOLE}]*{HOLE}[^{HOLE}]*".join(words) if len(words) > 1 else words[0], text) is not None


FOUND = [*entries(PAGE.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("entry", FOUND, ids=lambda entry: entry.title)
def test_an_entry_has_who_says_it_why_and_what_to_do(entry: Entry) -> None:
    assert entry.speakers and entry.speakers <= {*OWN, *OTHERS}, entry.speakers
    assert "**Why:**" in entry.text or "**Why and what to do**" in entry.text
    assert "**Do:**" in entry.text or "**Why and what to do**" in entry.text


@pytest.mark.parametrize(
    ("message", "speakers"),
    [(message, entry.speakers) for entry in FOUND for message in entry.messages if entry.speakers <= {*OWN}],
)
def test_a_message_of_the_project_s_own_is_in_its_code(message: str, speakers: frozenset[str]) -> None:
    for part in parts(message):
        assert any(says(text, part) for speaker in speakers for text in said_by(speaker)), part


@pytest.mark.parametrize("text", ["a fails: \0; run it again", "prefix: a fails: \0 and \0; run it again"])
def test_a_message_matches_the_text_that_it_is_made_from(text: str) -> None:
    assert says(text, "a fails: <reason>; run it again") == (text.count(HOLE) == 1)
    assert not says(text, "a failed: <reason>; run it again")
    assert not says(text, "a fails: this; run it again")


def test_the_page_says_something_of_each_kind_of_trouble() -> None:
    assert len(FOUND) > 50
    assert {speaker for entry in FOUND for speaker in entry.speakers} == {*OWN, *OTHERS}


@pytest.mark.parametrize("folder", ["components", "ops", "sandbox"])
def test_an_error_that_names_no_setting_is_on_the_page(folder: str) -> None:
    files = [file for file in sorted((PROJECT / folder).rglob("*.py")) if STAND_INS not in file.parents]
    assert [text for file in files for text in unlisted(file)] == []


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ('raise UserError(f"{name}: the sky has fallen; look up")', 1),
        ('pulumi.log.warn(f"the sky of {name} has fallen")', 1),
        ('raise pulumi.RunError(f"sky.colour: {name} is not possible; use blue")', 0),
        ('raise UserError("--sky: grey is not possible; use blue")', 0),
        ('raise UserError(f"{name}: {reason}")', 0),
        ('raise UserError(f"--stack: {name}: pulumi can\'t read its outputs: {reason}; " + fix)', 0),
    ],
)
def test_an_error_that_the_page_lacks_is_reported(tmp_path: Path, code: str, count: int) -> None:
    (tmp_path / "sky.py").write_text(code)
    assert len([*unlisted(tmp_path / "sky.py")]) == count
