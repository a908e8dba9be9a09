"""Texts in messages."""

from __future__ import annotations


def one_line(text: object) -> str:
    """Return a text, or an error's, on one line, because servers and libraries return several."""
    return " ".join(str(text).split())
