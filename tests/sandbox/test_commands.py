"""The commands of the pages: each program exists, and takes the subcommand and the options that it is given.

tests/unit/test_documented.py has what docs/operations.md prints, and tests/unit/ops/test_documented.py `python -m ops`.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sandbox.cli import shell
from sandbox.paths import Paths
from tests.sandbox.checkout import PROJECT

pytestmark = pytest.mark.fleet

PAGES = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").glob("*.md"))]

SHELL = {"basename", "cd", "cp", "done", "eval", "for", "grep", "ls", "source", "tail"}
"""Programs that every machine has, and bash's own words."""

BEFORE = {"do", "xargs"}
"""Words before a program's name."""

OUTSIDE = {"git", "pip"}
"""Programs of a person's own machine, which the sandbox does without."""


def commands(page: str) -> Iterator[str]:
    """The simple commands of a page's `console` blocks, those within others too."""
    for block in re.findall(r"^ *```console\n(.*?)^ *```$", page, re.DOTALL | re.MULTILINE):
        lines = re.sub(r"\s*\\?\n *> *", " ", block)
        for line in re.findall(r"^ *\$ (.*)$", lines, re.MULTILINE):
            text = re.sub(r"<[^>]+>", "x", re.sub(r"\s+(#|> ).*", "", line))
            yield from re.findall(r"\$\(([^()]*)\)", text)
            yield from re.split(r"&&|\||;", re.sub(r"\$\([^()]*\)", "1", text))


def argv(command: str) -> list[str]:
    """The words of a simple command, from its program on."""
    words = shlex.split(re.sub(r"file://[^\s\"}]+", "{}", command))
    while words and words[0] in BEFORE:
        del words[0]
    return words


FOUND = sorted({(page.name, command.strip()) for page in PAGES for command in commands(page.read_text())})


def call(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a program of the sandbox's or of `.venv`."""
    own = shell.own(Paths(PROJECT))
    environ = {**own, "PATH": os.pathsep.join([str(PROJECT / ".venv" / "bin"), own["PATH"]])}
    return subprocess.run(words, cwd=PROJECT, env=environ, capture_output=True, text=True, check=False, timeout=60)


def check(words: Sequence[str]) -> None:
    """Fail if a program has no such subcommand or option."""
    program = Path(words[0]).name
    if program in ("pulumi", "kubectl"):  # which read all options before --help
        words = words[: words.index("--")] if "--" in words else words
        done = call([program, *words[1:], "--help"])
    elif program == "aws":
        done = call([program, *words[1:], "--generate-cli-skeleton", "input"])
    elif program == "python":
        done = python(words[1:])
    elif program == "make":
        done = call(["make", "--dry-run", *words[1:]])
    else:
        assert program in SHELL | OUTSIDE, program
        return
    assert done.returncode == 0, done.stdout + done.stderr


def python(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """A module's or a script's help, which has its options."""
    if words[:2] == ["-m", "ops"]:
        return call([sys.executable, "-m", "ops", "--help"])
    if words[0] != "-m":
        assert [*(PROJECT / "examples").rglob(words[0])], words[0]
        return call(["true"])
    first = next((place for place, word in enumerate(words) if word.startswith("--")), len(words))
    done = call([sys.executable, *words[: min(first, 3)], "--help"])
    known = re.findall(r"--[\w-]+", done.stdout)
    assert [option for option in words[first:] if option.startswith("--") and option not in known] == []
    return done


@pytest.mark.parametrize(("page", "command"), FOUND)
def test_a_command_of_the_pages_exists_with_its_options(page: str, command: str) -> None:
    words = argv(command)
    if words:
        check(words)


@pytest.mark.parametrize(
    "command",
    [
        "pulumi sleep -s dev",
        "pulumi up --parallell 1",
        "kubectl gett nodes",
        "kubectl --kontext a get nodes",
        "aws iam create-rolle --role-name a",
        "aws iam create-role --rolename a",
        "python -m tests.bench --writ a",
        "python -m nothing",
        "python nothing.py",
        "make nothing",
        "kubeclt get nodes",
    ],
)
def test_a_command_that_does_not_exist_is_found(command: str) -> None:
    with pytest.raises(AssertionError):
        check(argv(command))


def test_commands_are_found_within_others_and_over_several_lines() -> None:
    lines = ["$ for a in b; do", ">   aws iam x \\", '>     --y "$(basename $a)"; done', "$ pulumi up <a b> > c  # d"]
    assert [each.strip() for each in commands("\n".join(["```console", *lines, "```\n"]))] == [
        *("basename $a", "for a in b", 'do aws iam x --y "1"', "done"),
        "pulumi up x",
    ]
