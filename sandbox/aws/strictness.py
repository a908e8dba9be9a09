"""Where moto is kinder than AWS, or leaves something out: our rules put in its place, once for the process."""

from __future__ import annotations


def install() -> None:
    """Put every rule into moto."""
