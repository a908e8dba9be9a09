"""docs/operations.md: each command is run by a test, and how its commands and their output are read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.documented import PAGE, PROJECT, Command, commands, find

pytestmark = pytest.mark.unit

TEXT = """# Page

## One

```console
$ pulumi up -s dev
...
 +  aws:ec2:Vpc one created ...
Resources:
    + 12 created
$ python -m ops rotate --stack dev
dev: done (7 s)
```
"""
UP, ROTATE = commands(TEXT)
PRINTED = " +  aws:ec2:Vpc one  created (2s)\n\nResources:\n    + 7 created\n\nDuration: 2s\n"


def runs(folder: Path) -> Iterator[tuple[str, Command]]:
    """The tests that call `documented.run`, with the page's command of each call."""
    for file in sorted(folder.rglob("test_*.py")):
        tree = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for test in (node for node in tree if isinstance(node, ast.FunctionDef)):
            for call in ast.walk(test):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "documented.run":
                    section, beginning = (ast.literal_eval(argument) for argument in call.args[1:3])
                    yield f"{file.relative_to(PROJECT)}::{test.name}", find(section, beginning)


RUNS = [*runs(PROJECT / "tests" / "sandbox")]


@pytest.mark.parametrize("command", [*commands(PAGE.read_text())], ids=lambda each: f"{each.section}: {each.text}")
def test_a_command_of_the_page_is_run_by_a_test(command: Command) -> None:
    assert [test for test, run in RUNS if run.text == command.text and {*command.output} <= {*run.output}], (
        "call `documented.run` where its section, its beginning and a fleet fit"
    )


def test_commands_are_read_with_their_sections_and_output() -> None:
    assert (UP.section, UP.text) == ("One", "pulumi up -s dev")
    assert UP.output == ("+ aws:ec2:Vpc one created ...", "Resources:", "+ 12 created")
    assert (ROTATE.text, ROTATE.output) == ("python -m ops rotate --stack dev", ("dev: done (7 s)",))


def test_a_command_is_run_on_another_stack() -> None:
    other = ROTATE.of("sandbox", {"rotate": "map"})
    assert (other.text, other.output) == ("python -m ops map --stack sandbox", ("sandbox: done (7 s)",))


def test_numbers_and_dots_are_any_and_the_order_counts() -> None:
    assert UP.missing(PRINTED) == []
    assert ROTATE.missing("dev: done (3 min 05 s)") == []
    assert ROTATE.missing("dev: done") == ["dev: done (7 s)"]
    assert UP.missing(PRINTED.replace("one", "two")) == [*UP.output]
    assert UP.missing("Resources:\n    + 7 created\n +  aws:ec2:Vpc one  created (2s)\n")[0] == "Resources:"
