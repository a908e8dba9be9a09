"""What a run measured, as Markdown, and put in its place in a document."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import psutil


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]], words: int) -> str:
    """A table whose first `words` columns are words, the others numbers."""
    rule = ["---"] * words + ["---:"] * (len(heads) - words)
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, rule, *rows))


def number(value: float | None, digits: int = 0) -> str:
    """A figure; nothing for none."""
    return "" if value is None else f"{value:.{digits}f}"


def machine() -> str:
    """The machine, without a name or a date."""
    gib = psutil.virtual_memory().total / 2**30
    return f"On {platform.system()}, {platform.machine()}, {os.cpu_count()} cores, {gib:.0f} GiB of memory."


def put(document: Path, part: str, text: str) -> None:
    """Write `text` between the document's two marks for a part of the bench.

    Raises ValueError where the marks are not there, in their order and once.
    """
    begin, end = marks(part)
    before, _, rest = (content := document.read_text()).partition(begin)
    _, _, after = rest.partition(end)
    if content.count(begin) != 1 or rest.count(end) != 1:
        raise ValueError(f"{document}: it has no place for {part}; write {begin} and {end} on lines of their own")
    document.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")


def marks(part: str) -> tuple[str, str]:
    """The comments between which a part's tables stand."""
    return f"<!-- bench: {part} -->", f"<!-- bench: end of {part} -->"
