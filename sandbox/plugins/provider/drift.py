"""The result of a refresh: inputs corrected by changes from outside the program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def drifted(inputs: Any, before: Any, now: Any) -> Any:
    """The inputs that would make a thing as it is now.

    `before` is the thing's state as it was known, `now` as it is. Where both agree an input is kept as it was written,
    however the API normalises it; where they differ, the input becomes what is there now. What the inputs never named
    is none of theirs.
    """
    if before == now:
        return inputs
    if isinstance(inputs, Mapping) and isinstance(now, Mapping):
        old = before if isinstance(before, Mapping) else {}
        return {
            name: drifted(value, old.get(name), now.get(name))
            for name, value in inputs.items()
            if name in now or name not in old
        }
    if isinstance(inputs, list) and isinstance(now, list) and isinstance(before, list):
        if len(inputs) == len(before) == len(now):
            return [drifted(*three) for three in zip(inputs, before, now, strict=True)]
        return now
    return now
