"""A resource's changes as lines of a diff: `-` is the old value, `+` the new one."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any, cast

from ops.preview.model import ABSENT, Change
from ops.preview.secrets import SECRET, UNKNOWN

CONTEXT = 2
"""The number of unchanged lines around a change in a text of several lines."""


def lines(changes: Iterable[Change], width: int | None) -> Iterator[str]:
    """Yield the diff's lines. A value of more than `width` characters is cut around its first difference."""
    for change in changes:
        path = " ".join(change.path.splitlines())
        if _is_text(change.old) and _is_text(change.new):
            yield f"  {path}:"
            yield from _text(change.old, change.new, width)
        else:
            yield from _value(path, change, width)


def _value(path: str, change: Change, width: int | None) -> Iterator[str]:
    old, new = (None if value is ABSENT else _shown(value) for value in (change.old, change.new))
    if old == new:
        yield f"! {path}: changes, {'set by the provider' if old is None else 'and is not shown'}"
        return
    begin = _common(old, new) if old is not None and new is not None else 0
    for sign, value in (("-", old), ("+", new)):
        if value is not None:
            yield f"{sign} {path}: {_part(value, begin, width)}"


def _text(old: str, new: str, width: int | None) -> Iterator[str]:
    """Yield the changed lines of a text of several lines."""
    diff = difflib.unified_diff(_lines(old), _lines(new), lineterm="", n=CONTEXT)
    for line in list(diff)[2:]:
        if line.startswith("@@"):
            yield "  ..."
        else:
            yield f"{line[0]}   {_part(line[1:], 0, width)}"


def _lines(text: str) -> list[str]:
    return text.replace(UNKNOWN, "(known after the update)").splitlines()


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value.strip()


def _shown(value: Any) -> str:
    """Return a value on one line, similar to JSON; secrets and unknown values are words in it."""
    if value == UNKNOWN:
        return "(known after the update)"
    if value == SECRET:
        return SECRET
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, cast('list[Any]', value)))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_shown(item)}' for key, item in cast('dict[str, Any]', value).items())}}}"
    return json.dumps(value, ensure_ascii=False)


def _common(first: str, second: str) -> int:
    """Return the length of the common start of two texts."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))


def _part(value: str, begin: int, width: int | None) -> str:
    if width is None or len(value) <= width:
        return value
    start = max(0, min(begin - width // 4, len(value) - width))
    end = start + width
    return f"{'...' if start else ''}{value[start:end]}{'...' if end < len(value) else ''} ({len(value)} characters)"
