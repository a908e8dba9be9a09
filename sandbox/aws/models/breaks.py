"""Tests of values that documented constraints forbid."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def unlike(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    """A test whether a text doesn't match the pattern."""
    return lambda value: not pattern.fullmatch(value)


def longer(most: int) -> Callable[[Any], bool]:
    """A test whether a text or list has more than `most` characters or elements."""
    return lambda value: len(value) > most


def begins(*prefixes: str) -> Callable[[Any], bool]:
    """A test whether a text begins with one of the lower-case prefixes, in any case."""
    return lambda value: value.lower().startswith(prefixes)


def outside(least: int, most: int) -> Callable[[Any], bool]:
    """A test whether a number is outside of the bounds."""
    return lambda value: not least <= value <= most


def twice(tags: Sequence[Mapping[str, Any]], fold: Callable[[str], str] = str) -> bool:
    """Whether two tags have the same key after `fold`."""
    keys = [fold(tag.get("Key") or "") for tag in tags]
    return len(set(keys)) < len(keys)
