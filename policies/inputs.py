"""A resource as a rule sees it: its inputs, some of them unknown in a preview, and what is secret among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

import pulumi


class Unknown:
    """A value that a preview doesn't have yet. It equals nothing, holds nothing, and is neither true nor false."""

    def __bool__(self) -> NoReturn:
        """Refuse, so that no rule takes what nobody knows for a no."""
        raise TypeError("an unknown value is neither true nor false; compare it with UNKNOWN")

    def __repr__(self) -> str:
        """As messages have it."""
        return "unknown"


UNKNOWN = Unknown()

STACK = "pulumi:pulumi:Stack"
"""The type of the stack itself, whose values are the program's outputs."""


@dataclass(frozen=True)
class Block:
    """An object of inputs, by their camelCase names."""

    type: str
    """The type token of the resource that it is a part of."""
    values: Mapping[str, Any]
    place: str = ""
    """Its path in the resource, `blockDeviceMappings.`; empty for the resource's own inputs."""

    def at(self, path: str) -> Any:
        """The value at a path, `metadataOptions.httpTokens`; None where there is none, UNKNOWN where nobody knows."""
        value: Any = self.values
        for name in path.split("."):
            value = cast(Mapping[str, Any], value).get(name) if isinstance(value, Mapping) else None
            if value is UNKNOWN:
                return UNKNOWN
        return value

    def each(self, path: str) -> Iterator[Block]:
        """The objects of the list at a path, those that are known; a single object counts as a list of one."""
        found = self.at(path)
        for one in cast("list[Any]", found) if isinstance(found, list) else [found]:
            if isinstance(one, Mapping):
                yield Block(self.type, cast(Mapping[str, Any], one), f"{self.place}{path}.")

    def texts(self, path: str) -> list[str]:
        """The texts of the list at a path, those that are known; a single text counts as a list of one."""
        found = self.at(path)
        listed = cast("list[Any]", found) if isinstance(found, list) else [found]
        return [one for one in listed if isinstance(one, str)]


@dataclass(frozen=True)
class Resource(Block):
    """A resource's inputs, as its provider is about to get them, and what stands around it."""

    urn: str = ""
    name: str = ""
    """The name that the program gave it."""
    protected: bool = False
    """Whether Pulumi refuses to delete it."""
    secret_outputs: frozenset[str] = frozenset()
    """Outputs that are secret whatever the provider says."""
    secrets: frozenset[str] = frozenset()
    """Paths of the inputs that are secret: `data`, or `data.token`."""
    provider: str = ""
    """Its provider's URN."""
    region: str = ""
    """The AWS region of its provider; empty where there is none, or none is known."""
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    """For each input, the URNs of the resources that it is made from; known to rules on whole stacks alone."""

    def is_secret(self, path: str) -> bool:
        """Whether the value at a path is secret, by itself or within a secret object."""
        parts = path.split(".")
        return any(".".join(parts[:length]) in self.secrets for length in range(1, len(parts) + 1))


def token(type_: type[pulumi.Resource] | str) -> str:
    """A class's type token; a token is its own. Raises TypeError for a class that is no resource type of an SDK's."""
    if isinstance(type_, str):
        return type_
    found = pulumi.get_type_token(type_)
    if found is None:
        raise TypeError(f"{type_.__name__} has no type token")
    return found


def known(value: Any) -> bool:
    """Whether all of a value is known, an object's and a list's parts too."""
    if isinstance(value, Mapping):
        return all(map(known, cast(Mapping[str, Any], value).values()))
    return all(map(known, cast("list[Any]", value))) if isinstance(value, list) else value is not UNKNOWN


def shown(value: Any) -> str:
    """A value as a message has it."""
    if value is None:
        return "not set"
    return str(value).lower() if isinstance(value, bool) else str(value)
