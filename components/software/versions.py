"""Versions of charts, by Semantic Versioning."""

from __future__ import annotations

import re
from collections.abc import Iterable

EXACT = r"v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?"
"""A single version: no range, no `latest`."""


def nearest(version: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known versions nearest to a version, the newest first; pre-releases only for a pre-release."""
    exact = [each for each in known if re.fullmatch(EXACT, each) and ("-" in version or "-" not in each)]
    sorted_ = sorted(exact, key=_numbers)
    above = [each for each in sorted_ if _numbers(each) > _numbers(version)]
    below = sorted_[: len(sorted_) - len(above)]
    lower = below[-(count - min(1, len(above))) :]
    return [*reversed([*lower, *above[: count - len(lower)]])]


def same(version: str, known: Iterable[str]) -> str | None:
    """The known version that equals `version`, with or without a leading v; None if there is none."""
    return next((each for each in known if each.removeprefix("v") == version.removeprefix("v")), None)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)[:3]]
