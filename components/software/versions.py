"""Versions of charts, as Semantic Versioning has them."""

from __future__ import annotations

import re
from collections.abc import Iterable

EXACT = r"v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?"
"""One version: no range, no `latest`."""


def nearest(version: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known versions around one, the newest first; without pre-releases unless it is one."""
    exact = [one for one in known if re.fullmatch(EXACT, one) and ("-" in version or "-" not in one)]
    sorted_ = sorted(exact, key=_numbers)
    above = [one for one in sorted_ if _numbers(one) > _numbers(version)]
    below = sorted_[: len(sorted_) - len(above)]
    some = below[-(count - min(1, len(above))) :]
    return [*reversed([*some, *above[: count - len(some)]])]


def same(version: str, known: Iterable[str]) -> str | None:
    """The known version that is this one, whether with a v or without; None: there is none."""
    return next((one for one in known if one.removeprefix("v") == version.removeprefix("v")), None)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)[:3]]
