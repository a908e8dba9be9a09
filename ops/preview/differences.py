"""Where two versions of a resource's properties differ, as deep down as they do."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any, cast

from ops.preview.model import ABSENT, Change

STEP = re.compile(r"""\.?([^.\["]+)|\[(\d+)\]|\.?\["((?:[^"\\]|\\.)*)"\]""")
"""A step of a path as the engine writes them: root.nested["with.dots"][0]."""

PLAIN = re.compile(r"[\w-]+")
"""A key that stands in a path as it is."""

SHORT = 80
"""Characters of a list that is shown whole."""


def differences(old: Any, new: Any, path: str = "") -> Iterator[Change]:
    """The leaves that differ, keys in their order and list items in place; either side may be ABSENT."""
    if _form(old) == _form(new) or (not path and not _or(old, {}) and not _or(new, {})):
        return
    if _both(dict, old, new):
        ours, theirs = cast("dict[str, Any]", _or(old, {})), cast("dict[str, Any]", _or(new, {}))
        for key in sorted({*ours, *theirs}):
            yield from differences(ours.get(key, ABSENT), theirs.get(key, ABSENT), below(path, key))
    elif _both(list, old, new) and max(len(_form(old)), len(_form(new))) > SHORT:
        yield from _items(cast("list[Any]", _or(old, [])), cast("list[Any]", _or(new, [])), path)
    else:
        yield Change(path=path, old=old, new=new)


def below(path: str, key: str) -> str:
    """The path of a key within the object at a path."""
    if not PLAIN.fullmatch(key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key


def found(value: Any, path: str) -> Any:
    """What stands at a path of the engine's, ABSENT if nothing does."""
    for name, place, quoted in STEP.findall(path):
        if _is(list, value):
            items = cast("list[Any]", value)
            value = items[int(place)] if place and int(place) < len(items) else ABSENT
        elif _is(dict, value):
            value = cast("dict[str, Any]", value).get(name or place or json.loads(f'"{quoted}"'), ABSENT)
        else:
            return ABSENT
    return value


def _items(old: list[Any], new: list[Any], path: str) -> Iterator[Change]:
    """The items that came, went or changed, each by its place; one that only moved along is not among them."""
    matcher = difflib.SequenceMatcher(a=[_form(one) for one in old], b=[_form(one) for one in new], autojunk=False)
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
    """What tells values apart; `true` is not 1."""
    return "" if value is ABSENT else json.dumps(value, sort_keys=True)


def _both(kind: type, old: Any, new: Any) -> bool:
    """Whether both are of a kind, or one is and the other isn't there; an empty one is a leaf."""
    there = [one for one in (old, new) if one is not ABSENT]
    return any(there) and all(_is(kind, one) for one in there)


def _is(kind: type, value: Any) -> bool:
    return isinstance(value, kind)


def _or(value: Any, empty: Any) -> Any:
    return empty if value is ABSENT else value
