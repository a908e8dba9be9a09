"""Inputs checked against the SDK's classes: an input that a type does not have is named, never ignored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from sandbox.plugins.provider.sdk import Property, Type
from sandbox.plugins.provider.values import UNKNOWN, Reference, Secret

_PYTHON = {"string": str, "integer": int, "number": int | float, "boolean": bool, "list": list, "map": dict}


@dataclass(frozen=True)
class Problem:
    """A refused input."""

    path: str
    """`spec.template` or `tags[0].key`."""
    reason: str


def problems(values: Mapping[str, Any], properties: Mapping[str, Property], path: str = "") -> Iterator[Problem]:
    """Yield the problems of a class's values, at any depth."""
    for name, value in values.items():
        where = f"{path}.{name}" if path else name
        if name not in properties:
            close = get_close_matches(name, properties, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            yield Problem(where, f"unknown input {where!r}{hint}")
        elif value is not None:
            yield from _mistyped(value, properties[name].type, where)
    for name, declared in properties.items():
        if declared.required and values.get(name) is None:
            where = f"{path}.{name}" if path else name
            yield Problem(where, f"missing required input {where!r}")


def _mistyped(value: Any, declared: Type, where: str) -> Iterator[Problem]:
    if value is UNKNOWN or declared.kind == "any" or isinstance(value, Reference):
        return
    if isinstance(value, Secret):
        value = value.value
    if declared.kind == "union":
        if not any(_fits(value, option) for option in declared.options):
            kinds = " or ".join(option.kind for option in declared.options)
            yield Problem(where, f"{where!r} must be of type {kinds}, not {_named(value)}")
        return
    if not _is(value, declared):
        article = "an" if declared.kind[0] in "aeiou" else "a"
        yield Problem(where, f"{where!r} must be {article} {declared.kind}, not {_named(value)}")
    elif declared.properties_of:
        yield from problems(value, declared.properties_of.properties, where)
    elif declared.item and isinstance(value, Mapping):
        for name, item in value.items():
            if item is not None:
                yield from _mistyped(item, declared.item, f"{where}.{name}")
    elif declared.item:
        for index, item in enumerate(value):
            yield from _mistyped(item, declared.item, f"{where}[{index}]")


def _fits(value: Any, declared: Type) -> bool:
    return not any(_mistyped(value, declared, ""))


def _is(value: Any, declared: Type) -> bool:
    if isinstance(value, bool):
        return declared.kind == "boolean"
    return isinstance(value, _PYTHON.get(declared.kind, dict))


def _named(value: Any) -> str:
    match value:
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "an object"
