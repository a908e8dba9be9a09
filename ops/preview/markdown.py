"""Untrusted text as Markdown code, so that it is neither markup, HTML, an @mention nor a link."""

from __future__ import annotations

import html
import re
import unicodedata


def visible(text: str) -> str:
    """Return a text with its invisible characters escaped, because a reversed direction would falsify a diff."""
    return "".join(
        character
        if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp")
        else f"\\u{ord(character):04x}"
        for character in text
    )


def code(text: str) -> str:
    """Return a text as inline code in Markdown."""
    line = _line(text)
    ticks = "`" * (_longest_ticks(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line.strip() else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def html_code(text: str) -> str:
    """Return a text as inline code in HTML, for a summary."""
    return f"<code>{html.escape(_line(text))}</code>"


def fenced(text: str, language: str = "") -> str:
    """Return a text as a block of code, with a line break at its end."""
    lines = visible(text).strip("\n")
    fence = "`" * max(3, _longest_ticks(lines) + 1)
    return f"{fence}{language}\n{lines}\n{fence}\n"


def folded(summary: str, content: str) -> str:
    """Return content folded behind a summary, which is HTML."""
    return f"<details>\n<summary>{summary}</summary>\n\n{content.rstrip()}\n\n</details>\n"


def _line(text: str) -> str:
    return visible(" ".join(text.split()))


def _longest_ticks(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
