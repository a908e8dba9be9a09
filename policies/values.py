"""Inputs as the engine sends them: unknown values and secrets are marked in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from google.protobuf import json_format, struct_pb2

from policies.inputs import UNKNOWN

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key of an object that stands for something else (Pulumi's sdk/go/common/resource/sig)."""
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  # a mark, no secret
"""Its value where the object holds a secret."""

_UNKNOWN = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # a text, and whatever has no type
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # a list
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
    }
)
"""What the engine sends for a value that is not known yet (Pulumi's sdk/go/common/resource/plugin/rpc.go)."""


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
        if found.get(SIGNATURE) == SECRET:
            secrets.add(path)
            return _plain(found.get("value"), path, secrets)
        return {name: _plain(one, f"{path}.{name}" if path else name, secrets) for name, one in found.items()}
    if isinstance(value, str) and value in _UNKNOWN:
        return UNKNOWN
    # Protocol buffers know no whole numbers.
    return int(value) if isinstance(value, float) and value.is_integer() else value
