"""Checks of a schema's defaults against the schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from ....documents import fields
from .structural import at

Object = Mapping[str, Any]

WHOLE = {"type": ["integer", "string"]}


def invalid_defaults(schema: Object) -> Iterator[str]:
    """The defaults that don't fit their own field: a wrong type, a value that isn't allowed, an unknown field."""
    yield from _defaults(schema, "")


def _defaults(schema: Object, path: str) -> Iterator[str]:
    default = schema.get("default")
    if default is not None:
        problem = next(_invalid(default, schema), None) or next(_unknown(default, schema, path), None)
        if problem:
            yield f"{at(path)}'s default doesn't fit it: {problem}"
    for name, field in fields(schema.get("properties")).items():
        yield from _defaults(fields(field), f"{path}.{name}")
    if isinstance(schema.get("items"), Mapping):
        yield from _defaults(schema["items"], f"{path}[]")


def _invalid(value: Any, schema: Object) -> Iterator[str]:
    import jsonschema  # Imported here, because few CRDs have defaults, and the import takes 40 ms.

    # OpenAPI 3.0's schemas are those of JSON Schema's draft 4, apart from `nullable`.
    validator: Any = jsonschema.Draft4Validator(_json_schema(schema))
    for error in validator.iter_errors(value):
        yield error.message


def _json_schema(schema: Any) -> Any:
    """A Kubernetes schema in JSON Schema."""
    if isinstance(schema, list):
        return [_json_schema(part) for part in cast("list[Any]", schema)]
    if not isinstance(schema, Mapping):
        return schema
    own = cast(Object, schema)
    plain = {key: value for key, value in own.items() if key in CHECKED}
    if is_pattern(own.get("pattern")):
        plain["pattern"] = own["pattern"]
    for key in ("items", "not", "additionalProperties", "allOf", "anyOf", "oneOf"):
        if key in plain:
            plain[key] = _json_schema(plain[key])
    if "properties" in plain:
        plain["properties"] = {name: _json_schema(fields(field)) for name, field in plain["properties"].items()}
    if own.get("x-kubernetes-int-or-string"):
        plain |= WHOLE
    if own.get("nullable") and "type" in plain:
        plain["type"] = [plain["type"], "null"]
        if "enum" in plain:
            plain["enum"] = [*plain["enum"], None]
    return plain


CHECKED = frozenset(
    (
        *("type", "enum", "required", "properties", "items", "additionalProperties", "allOf", "anyOf", "oneOf", "not"),
        *("maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum", "multipleOf", "maxLength", "minLength"),
        *("maxItems", "minItems", "maxProperties", "minProperties"),
    )
)
"""The keywords that a default is checked against. Formats are the API server's own, and are not checked."""


def is_pattern(pattern: str | None) -> bool:
    """Whether Python can read a pattern of Go."""
    try:
        return bool(pattern and re.compile(pattern))
    except re.error:
        return False


def _unknown(value: Any, schema: Object, path: str) -> Iterator[str]:
    """The fields of a default that the schema doesn't know."""
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        for part in cast("list[Any]", value):
            yield from _unknown(part, schema["items"], f"{path}[]")
    if not isinstance(value, Mapping) or schema.get("x-kubernetes-preserve-unknown-fields"):
        return
    properties: Object = fields(schema.get("properties"))
    more: Any = schema.get("additionalProperties")
    own = ("apiVersion", "kind", "metadata") if schema.get("x-kubernetes-embedded-resource") else ()
    for name, part in cast(Object, value).items():
        if name in properties:
            yield from _unknown(part, fields(properties[name]), f"{path}.{name}")
        elif isinstance(more, Mapping):
            yield from _unknown(part, cast(Object, more), f"{path}[]")
        elif not more and name not in own:
            yield f"{name} is no field of {at(path)}"
