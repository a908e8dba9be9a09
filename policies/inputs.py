"""A resource as a rule sees it: its inputs, some of them unknown in a preview, and which of them are secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

import pulumi


class Unknown:
    """A value that a preview doesn't know yet. It equals nothing, contains nothing, and is neither true nor false."""

    def __bool__(self) -> NoReturn:
        """Raise TypeError, so that no rule mistakes an unknown value for false."""
        raise TypeError("an unknown value is neither true nor false; compare it with UNKNOWN")

    def __repr__(self) -> str:
        """The value's text in messages."""
        return "unknown"


UNKNOWN = Unknown()

STACK = "pulumi:pulumi:Stack"
"""The type of the stack itself, whose values are the program's outputs."""


@dataclass(frozen=True)
class Block:
    """An object of inputs, by their camelCase names."""

    type: str
    """The type token of the resource that contains it."""
    values: Mapping[str, Any]
    place: str = ""
    """The path in the resource, `blockDeviceMappings.`; empty for the resource's own inputs."""

    def at(self, path: str) -> Any:
        """Return the value at a path, `metadataOptions.httpTokens`: None if it is missing, UNKNOWN if it is unknown."""
        value: Any = self.values
        for name in path.split("."):
            value = cast(Mapping[str, Any], value).get(name) if isinstance(value, Mapping) else None
            if value is UNKNOWN:
                return UNKNOWN
        return value

    def each(self, path: str) -> Iterator[Block]:
        """Yield the known objects of the list at a path. A single object counts as a list."""
        found = self.at(path)
        for item in cast("list[Any]", found) if isinstance(found, list) else [found]:
            if isinstance(item, Mapping):
                yield Block(self.type, cast(Mapping[str, Any], item), f"{self.place}{path}.")

    def texts(self, path: str) -> list[str]:
        """Return the known texts of the list at a path. A single text counts as a list."""
        found = self.at(path)
        listed = cast("list[Any]", found) if isinstance(found, list) else [found]
        return [text for text in listed if isinstance(text, str)]


@dataclass(frozen=True)
class Resource(Block):
    """A resource's inputs as its provider is about to get them, and its options and links."""

    urn: str = ""
    name: str = ""
    """The name that the program gave it."""
    protected: bool = False
    """Whether Pulumi refuses to delete it."""
    secret_outputs: frozenset[str] = frozenset()
    """Outputs that the program declares secret."""
    secrets: frozenset[str] = frozenset()
    """Paths of the inputs that are secret: `data`, or `data.token`."""
    provider: str = ""
    """The URN of its provider."""
    region: str = ""
    """The AWS region of its provider; empty if it has none, or the region is unknown."""
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    """The URNs of the resources that each input comes from. Only rules on whole stacks have it."""

    def is_secret(self, path: str) -> bool:
        """Whether the value at a path is secret, itself or as a part of a secret object."""
        parts = path.split(".")
        return any(".".join(parts[:length]) in self.secrets for length in range(1, len(parts) + 1))


def token(type_: type[pulumi.Resource] | str) -> str:
    """Return a class's type token, or the token itself.

    Raise TypeError if the class is no resource type of an SDK.
    """
    if isinstance(type_, str):
        return type_
    found = pulumi.get_type_token(type_)
    if found is None:
        raise TypeError(f"{type_.__name__} has no type token")
    return found


def known(value: Any) -> bool:
    """Whether a value is known, including all parts of an object or a list."""
    if isinstance(value, Mapping):
        return all(map(known, cast(Mapping[str, Any], value).values()))
    return all(map(known, cast("list[Any]", value))) if isinstance(value, list) else value is not UNKNOWN


def shown(value: Any) -> str:
    """Return a value as messages print it."""
    if value is None:
        return "not set"
    return str(value).lower() if isinstance(value, bool) else str(value)
