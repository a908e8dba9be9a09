"""What a documented constraint forbids, as tests of a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def unlike(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    """Whether a text isn't of the pattern."""
    return lambda value: not pattern.fullmatch(value)


def longer(most: int) -> Callable[[Any], bool]:
    """Whether a text or list has more than `most` characters or elements."""
    return lambda value: len(value) > most


def begins(*prefixes: str) -> Callable[[Any], bool]:
    """Whether a text begins with one of the prefixes, which are in lower case, in whatever case."""
    return lambda value: value.lower().startswith(prefixes)


def outside(least: int, most: int) -> Callable[[Any], bool]:
    """Whether a number is outside of the bounds."""
    return lambda value: not least <= value <= most


def twice(tags: Sequence[Mapping[str, Any]], fold: Callable[[str], str] = str) -> bool:
    """Whether two tags have one key, once `fold` has been applied to both."""
    keys = [fold(tag.get("Key") or "") for tag in tags]
    return len(set(keys)) < len(keys)
