"""The commands of docs/operations.md, run as the page has them, and compared with what it says that they print."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.sandbox.checkout import PROJECT, Checkout, Result

PAGE = PROJECT / "docs" / "operations.md"
README = PROJECT / "README.md"

TIME = r"\b(\d+ ?(m|min) ?)?\d+ ?s\b"
"""A duration, as a stage prints it, or kubectl."""


@dataclass(frozen=True)
class Command:
    """A command, and the lines below it."""

    section: str
    """The page's heading above it."""
    text: str
    output: tuple[str, ...] = ()

    def missing(self, printed: str) -> list[str]:
        """The lines that were not printed, in the page's order.

        `...` is any text, a number any number, and a time any time. Of several equal lines, the first counts.
        """
        rest = iter([" ".join(line.split()) for line in printed.splitlines()])
        return [line for line in self.output if not any(_fits(line, text) for text in rest)]

    def of(self, stack: str, instead: Mapping[str, str]) -> Command:
        """The command for another stack, with other texts in the place of some."""
        return Command(
            section=self.section,
            text=_replaced(re.sub(r"(-s|--stack) dev\b", rf"\1 {stack}", self.text), instead),
            output=tuple(re.sub(r"\bdev\b", stack, line) for line in self.output),
        )


def commands(page: str) -> Iterator[Command]:
    """The commands of a page's `console` blocks."""
    for part in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        for block in re.findall(r"^ *```console\n(.*?)^ *```$", part, re.DOTALL | re.MULTILINE):
            yield from _of_block(part.partition("\n")[0], block)


def find(section: str, beginning: str, page: Path = PAGE) -> Command:
    """The first command of a section that begins so."""
    for each in commands(page.read_text()):
        if each.section == section and each.text.startswith(beginning):
            return each
    raise AssertionError(f"{page}: {section} has no command {beginning}")


def run(
    checkout: Checkout,
    section: str,
    beginning: str,
    *options: str,
    instead: Mapping[str, str] | None = None,
    shows: bool = True,
    timeout: float = 400,
) -> Result:
    """Run the command of a section that begins so on the sandbox's stack, with more options.

    `instead` has texts that take the place of others. With `shows`, the command has to print what the page says.
    """
    command = find(section, beginning).of("sandbox", instead or {})
    done = checkout.source(" ".join([command.text, *options]), timeout=timeout)
    assert not shows or command.missing(done.stdout) == [], done.stdout
    return done


def _of_block(section: str, block: str) -> Iterator[Command]:
    for part in re.split(r"^ *\$ ", block, flags=re.MULTILINE)[1:]:
        text, *output = (" ".join(line.split()) for line in part.strip().splitlines())
        lines = tuple(line for line in output if line not in ("", "..."))
        yield Command(section=section, text=text, output=lines)


def _replaced(text: str, instead: Mapping[str, str]) -> str:
    for old, new in instead.items():
        text = text.replace(old, new)
    return text


def _fits(line: str, printed: str) -> bool:
    pattern = re.escape(re.sub(TIME, "...", line)).replace(r"\.\.\.", ".*")
    return re.fullmatch(re.sub(r"\d+", r"\\d+", pattern), printed) is not None
