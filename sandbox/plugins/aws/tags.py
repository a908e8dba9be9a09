"""Tags between Pulumi's map and AWS's lists, and the provider's default tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

TagList = list[dict[str, str]]

_RESERVED = "aws:"
"""Tags with this prefix are AWS's own; nobody can set them, so they are never shown."""


def to_list(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> TagList:
    """AWS's list form, in a stable order."""
    return [{key: name, value: tags[name]} for name in sorted(tags)]


def from_list(tags: Iterable[Mapping[str, str]] | None, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """The map form, without AWS's own tags."""
    return own({tag[key]: tag.get(value, "") for tag in tags or ()})


def own(tags: Mapping[str, str] | None) -> dict[str, str]:
    """Return the tags without AWS's own."""
    return {name: value for name, value in (tags or {}).items() if not name.startswith(_RESERVED)}


def specification(kind: str, tags: Mapping[str, str]) -> list[dict[str, object]] | None:
    """EC2's `TagSpecifications`, None if there is nothing to say."""
    return [{"ResourceType": kind, "Tags": to_list(tags)}] if tags else None


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """Tags that the provider is to leave alone: its `ignoreTags`."""

    keys: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()

    def without(self, tags: Mapping[str, str]) -> dict[str, str]:
        """The others."""
        return {
            name: value
            for name, value in tags.items()
            if name not in self.keys and not name.startswith(self.prefixes or ("\0",))
        }


def explicit(
    found: Mapping[str, str], defaults: Mapping[str, str], declared: Mapping[str, str] | None
) -> dict[str, str]:
    """Return a resource's own tags: the found ones without those that come from the provider's default tags."""
    named = declared or {}
    return {name: value for name, value in found.items() if name in named or defaults.get(name) != value}
