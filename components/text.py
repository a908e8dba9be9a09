"""The form of texts in messages."""

from __future__ import annotations


def one_line(text: object) -> str:
    """Return a text, or an error's, on one line: whatever servers and libraries say may have several."""
    return " ".join(str(text).split())
