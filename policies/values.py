"""Inputs as the engine sends them, with marks for unknown values and secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from google.protobuf import json_format, struct_pb2

import wire
from policies.inputs import UNKNOWN


def read(properties: struct_pb2.Struct) -> tuple[dict[str, Any], frozenset[str]]:
    """Return plain inputs, with UNKNOWN for unknown values, and the paths of the secret ones."""
    secrets: set[str] = set()
    inputs = _plain(json_format.MessageToDict(properties), "", secrets)
    return inputs, frozenset(secrets)


def _plain(value: Any, path: str, secrets: set[str]) -> Any:
    if isinstance(value, list):
        # A path has no index of a list, so a secret member makes the whole list secret.
        return [_plain(item, path, secrets) for item in cast("list[Any]", value)]
    if isinstance(value, Mapping):
        found = cast(Mapping[str, Any], value)
        if found.get(wire.SIGNATURE) == wire.IS_SECRET:
            secrets.add(path)
            return _plain(found.get("value"), path, secrets)
        return {name: _plain(item, f"{path}.{name}" if path else name, secrets) for name, item in found.items()}
    if isinstance(value, str) and value in wire.UNKNOWNS:
        return UNKNOWN
    # Protocol buffers' Struct has floats only.
    return int(value) if isinstance(value, float) and value.is_integer() else value
