"""Property values: between protobuf's Struct and plain Python.

A plain value is None, a bool, an int, a float, a str, a list, or a dict with str keys. Beside those stand `UNKNOWN`
(a value the engine will only know after an update), `Secret` (what a provider wants encrypted in the state) and
`Reference` (another resource). Assets and archives stay dicts in their wire form.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2

import wire

Properties = dict[str, Any]
"""A resource's inputs or outputs, by camelCase name."""


class Unknown:
    """The type of `UNKNOWN`."""

    def __repr__(self) -> str:
        """Show as UNKNOWN."""
        return "UNKNOWN"

    def __deepcopy__(self, memo: object) -> Unknown:
        """Stay the one instance, for `is` compares it."""
        return self


UNKNOWN = Unknown()
"""A value that is known only after an update; compare with `is`."""


@dataclass(frozen=True)
class Secret:
    """A value to be kept encrypted in the state."""

    value: Any


@dataclass(frozen=True)
class Reference:
    """Another resource, as a component's arguments hold it."""

    urn: str
    id: Any = None
    version: str = ""


def unmarshal(struct: struct_pb2.Struct) -> Properties:
    """A Struct as a dict; secrets and outputs are unwrapped to their values, unknowns become UNKNOWN."""
    return {key: _plain(value) for key, value in struct.fields.items()}


def marshal(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """A dict as a Struct."""
    struct = struct_pb2.Struct()
    for key, value in properties.items():
        _fill(struct.fields[key], value)
    return struct


def has_unknown(value: Any) -> bool:
    """Whether an unknown stands anywhere in a value."""
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(has_unknown(item) for item in value)
    return value is UNKNOWN or (isinstance(value, Secret) and has_unknown(value.value))


def _plain(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value in wire.UNKNOWNS else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if math.isfinite(number) and number == int(number) else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_plain(item) for item in value.list_value.values]
        case "struct_value":
            return _special(unmarshal(value.struct_value))
        case _:
            return None


def _special(value: Properties) -> Any:
    kind = value.get(wire.SIGNATURE)
    if kind == wire.IS_SECRET:
        return value.get("value")
    if kind == wire.IS_OUTPUT:
        return value.get("value", UNKNOWN)
    if kind == wire.IS_REFERENCE:
        return Reference(value["urn"], value.get("id"), value.get("packageVersion", ""))
    return value


def _fill(slot: struct_pb2.Value, value: Any) -> None:
    if value is None:
        slot.null_value = struct_pb2.NULL_VALUE
    elif value is UNKNOWN:
        slot.string_value = wire.UNKNOWN
    elif isinstance(value, bool):
        slot.bool_value = value
    elif isinstance(value, str):
        slot.string_value = value
    elif isinstance(value, int | float):
        slot.number_value = value
    elif isinstance(value, Secret):
        _fill(slot, {wire.SIGNATURE: wire.IS_SECRET, "value": value.value})
    elif isinstance(value, Reference):
        _fill(
            slot, {wire.SIGNATURE: wire.IS_REFERENCE, "urn": value.urn, "id": value.id, "packageVersion": value.version}
        )
    elif isinstance(value, Mapping):
        slot.struct_value.SetInParent()
        for key, item in value.items():
            _fill(slot.struct_value.fields[key], item)
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        slot.list_value.SetInParent()
        for item in value:
            _fill(slot.list_value.values.add(), item)
    else:
        raise TypeError(f"a property cannot be a {type(value).__name__}")
