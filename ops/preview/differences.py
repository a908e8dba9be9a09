"""The differences of two versions of a resource's properties, at the depth where they differ."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any, cast

from ops.preview.model import ABSENT, Change

STEP = re.compile(r"""\.?([^.\["]+)|\[(\d+)\]|\.?\["((?:[^"\\]|\\.)*)"\]""")
"""A step in a property path of the engine: root.nested["with.dots"][0]."""

PLAIN = re.compile(r"[\w-]+")
"""A key that needs no quotes in a path."""

SHORT = 80
"""The length up to which a list in JSON is compared as a whole, not by item."""


def differences(old: Any, new: Any, path: str = "") -> Iterator[Change]:
    """Yield the differing leaves, sorted by key, list items by index; either side may be ABSENT."""
    if _form(old) == _form(new) or (not path and not _or(old, {}) and not _or(new, {})):
        return
    if _both(dict, old, new):
        old_object, new_object = cast("dict[str, Any]", _or(old, {})), cast("dict[str, Any]", _or(new, {}))
        for key in sorted({*old_object, *new_object}):
            yield from differences(old_object.get(key, ABSENT), new_object.get(key, ABSENT), below(path, key))
    elif _both(list, old, new) and max(len(_form(old)), len(_form(new))) > SHORT:
        yield from _items(cast("list[Any]", _or(old, [])), cast("list[Any]", _or(new, [])), path)
    else:
        yield Change(path=path, old=old, new=new)


def below(path: str, key: str) -> str:
    """Return the path of a key in the object at a path."""
    if not PLAIN.fullmatch(key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key


def value_at(value: Any, path: str) -> Any:
    """Return the value at a property path of the engine; ABSENT if there is none."""
    for name, index, quoted in STEP.findall(path):
        if _is(list, value):
            items = cast("list[Any]", value)
            value = items[int(index)] if index and int(index) < len(items) else ABSENT
        elif _is(dict, value):
            value = cast("dict[str, Any]", value).get(name or index or json.loads(f'"{quoted}"'), ABSENT)
        else:
            return ABSENT
    return value


def _items(old: list[Any], new: list[Any], path: str) -> Iterator[Change]:
    """Yield the added, removed and changed items by index; not those that only moved."""
    matcher = difflib.SequenceMatcher(a=[_form(item) for item in old], b=[_form(item) for item in new], autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            continue
        pairs = min(old_to - old_from, new_to - new_from)
        for place in range(pairs):
            yield from differences(old[old_from + place], new[new_from + place], f"{path}[{new_from + place}]")
        for place in range(old_from + pairs, old_to):
            yield from differences(old[place], ABSENT, f"{path}[{place}]")
        for place in range(new_from + pairs, new_to):
            yield from differences(ABSENT, new[place], f"{path}[{place}]")


def _form(value: Any) -> str:
    """Return the JSON by which values are compared, because in Python `True == 1`."""
    return "" if value is ABSENT else json.dumps(value, sort_keys=True)


def _both(kind: type, old: Any, new: Any) -> bool:
    """Return whether both values, or the only present one, are of a kind; empty ones are leaves."""
    present = [value for value in (old, new) if value is not ABSENT]
    return any(present) and all(_is(kind, value) for value in present)


def _is(kind: type, value: Any) -> bool:
    return isinstance(value, kind)


def _or(value: Any, empty: Any) -> Any:
    return empty if value is ABSENT else value
