"""Inputs as the engine sends them: unknown values and secrets are marked in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from google.protobuf import json_format, struct_pb2

import wire
from policies.inputs import UNKNOWN


def read(properties: struct_pb2.Struct) -> tuple[dict[str, Any], frozenset[str]]:
    """Plain inputs, with UNKNOWN where a value is not known yet, and the paths of those that are secret."""
    secrets: set[str] = set()
    inputs = _plain(json_format.MessageToDict(properties), "", secrets)
    return inputs, frozenset(secrets)


def _plain(value: Any, path: str, secrets: set[str]) -> Any:
    if isinstance(value, list):
        # A list has no names to tell its members apart by: a secret in it makes all of it secret.
        return [_plain(one, path, secrets) for one in cast("list[Any]", value)]
    if isinstance(value, Mapping):
        found = cast(Mapping[str, Any], value)
        if found.get(wire.SIGNATURE) == wire.IS_SECRET:
            secrets.add(path)
            return _plain(found.get("value"), path, secrets)
        return {name: _plain(one, f"{path}.{name}" if path else name, secrets) for name, one in found.items()}
    if isinstance(value, str) and value in wire.UNKNOWNS:
        return UNKNOWN
    # Protocol buffers know no whole numbers.
    return int(value) if isinstance(value, float) and value.is_integer() else value
