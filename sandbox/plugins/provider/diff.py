"""The differences between old and new inputs, property by property."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Change = Literal["add", "delete", "update"]
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, kw_only=True)
class Diff:
    """The change of a resource."""

    changes: Mapping[str, Change] = field(default_factory=dict)
    """The changes by property path."""
    replaces: frozenset[str] = frozenset()
    """The paths whose change needs a new resource."""
    delete_before_replace: bool = False
    """Whether the old resource is deleted first, because both cannot exist at once."""


def changes(
    old: Mapping[str, Any], new: Mapping[str, Any], unordered: Collection[str] = (), path: str = ""
) -> dict[str, Change]:
    """The paths at which two property maps differ; the lists at the paths in `unordered` are compared as sets."""
    return dict(_changes(old, new, unordered, path))


def replacing(changed: Mapping[str, Change], replace_on: Collection[str]) -> frozenset[str]:
    """Return the changed paths at or under a path of `replace_on` (which has no list indices)."""
    return frozenset(path for path in changed if any(under(path, fixed) for fixed in replace_on))


def under(path: str, prefix: str) -> bool:
    """Whether a path, its list indices left out, is `prefix` or lies under it."""
    bare = _INDEX.sub("", path)
    return bare == prefix or bare.startswith((f"{prefix}.", f'{prefix}["'))


def join(path: str, key: str) -> str:
    """A path's path to one of its keys: `metadata.labels["app.kubernetes.io/name"]`."""
    if not _PLAIN_KEY.match(key):
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key


def _changes(old: Any, new: Any, unordered: Collection[str], path: str) -> Iterator[tuple[str, Change]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _changes(old.get(key), new.get(key), unordered, join(path, key))
    elif isinstance(old, list) and isinstance(new, list) and not _same_set(old, new, unordered, path):
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else None
            after = new[index] if index < len(new) else None
            yield from _changes(before, after, unordered, f"{path}[{index}]")
    elif old is None and new is not None:
        yield path, "add"
    elif old is not None and new is None:
        yield path, "delete"
    elif old != new and not (isinstance(old, list) and isinstance(new, list)):
        yield path, "update"


def _same_set(old: list[Any], new: list[Any], unordered: Collection[str], path: str) -> bool:
    if _INDEX.sub("", path) not in unordered:
        return old == new
    return len(old) == len(new) and all(item in new for item in old) and all(item in old for item in new)
