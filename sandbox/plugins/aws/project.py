"""Values of AWS's responses in the form in which a program declared them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sandbox.plugins.provider.sdk import Property


def projected(declared: Any, value: Any, prop: Property | None) -> Any:
    """Return a value of AWS's, cut down to what was declared: a declared object's keys, in the declared order."""
    kind = prop.type.kind if prop else "any"
    if kind == "object" and isinstance(declared, Mapping) and isinstance(value, Mapping) and prop:
        inner = prop.type.properties_of.properties if prop.type.properties_of else {}
        return {key: projected(declared[key], value.get(key), inner.get(key)) for key in declared}
    if kind == "list" and isinstance(declared, list) and isinstance(value, list) and prop and prop.type.item:
        if sorted(map(_comparable, declared)) == sorted(map(_comparable, value)):
            return declared
        if len(declared) == len(value) and prop.type.item.kind == "object":
            item = Property(prop.type.item, True)
            return [projected(mine, other, item) for mine, other in zip(declared, value, strict=True)]
    return value


def _comparable(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
