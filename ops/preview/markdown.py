"""Text that others chose, put into Markdown so that it stays text: no markup, no HTML, no @mention, no link."""

from __future__ import annotations

import html
import re
import unicodedata


def visible(text: str) -> str:
    """Text with its invisible characters spelled out: a direction turned round shows another diff than the real one."""
    return "".join(
        character
        if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp")
        else f"\\u{ord(character):04x}"
        for character in text
    )


def code(text: str) -> str:
    """Text on one line, as code within a line of Markdown."""
    line = _line(text)
    ticks = "`" * (_longest_ticks(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line.strip() else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def html_code(text: str) -> str:
    """Text on one line, as code within HTML: a summary."""
    return f"<code>{html.escape(_line(text))}</code>"


def fenced(text: str, language: str = "") -> str:
    """Text as a block of code; ends with a line's end."""
    lines = visible(text).strip("\n")
    fence = "`" * max(3, _longest_ticks(lines) + 1)
    return f"{fence}{language}\n{lines}\n{fence}\n"


def folded(summary: str, content: str) -> str:
    """Content behind a line to click; the summary is HTML."""
    return f"<details>\n<summary>{summary}</summary>\n\n{content.rstrip()}\n\n</details>\n"


def _line(text: str) -> str:
    return visible(" ".join(text.split()))


def _longest_ticks(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
