"""The rules of structural schemas: each field of each object has its type outside of logical junctors.

Source: pkg/apiserver/schema of apiextensions-apiserver (validation.go and complete.go).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ....documents import fields, items

Object = Mapping[str, Any]

JUNCTORS = ("allOf", "anyOf", "oneOf")

INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]
"""The only form of anyOf with types, for a field with x-kubernetes-int-or-string."""

OF_TYPES = ("type", "default", "title", "description", "nullable", "additionalProperties")
"""The keywords that define a field, which a junctor can't have."""

EXTENSIONS = (
    *("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string"),
    *("x-kubernetes-list-map-keys", "x-kubernetes-list-type", "x-kubernetes-map-type", "x-kubernetes-validations"),
)

FOREIGN = r"\(\?(?:=|!|<=|<!|>|P=|\()|\\[1-9]|[*+?}]\+"
"""Syntax of Python's regular expressions that Go's (RE2) lack: lookaround, references, possessive repeats."""

BROKEN = ("missing )", "unbalanced parenthesis", "unterminated", "nothing to repeat", "multiple repeat", "min repeat")
"""Prefixes of Python's errors for patterns that Go refuses too. Go takes some of the others: `\\pL` for instance."""


def unstructured(schema: Object) -> Iterator[str]:
    """The problems of a version's schema that is not structural."""
    yield from _invariants(schema, "", root=True)
    yield from _completeness(schema, schema, "")


def follow(schema: Object, path: str) -> Object | None:
    """The schema of the field at a path such as `.spec.replicas`; None for a path to no field."""
    if not path.startswith("."):
        return None
    found: Any = schema
    for name in path[1:].split("."):
        found = fields(found.get("properties")).get(name)
        if found is None:
            return None
    return found


def at(path: str) -> str:
    """The name of a place in a schema, for messages."""
    return path or "the schema"


def _invariants(schema: Object, path: str, *, root: bool = False) -> Iterator[str]:
    yield from _type(schema, path, root=root)
    yield from _extensions(schema, path)
    yield from _meta(schema, path, root=root)
    yield from _junctors(schema, path)
    if isinstance(schema.get("items"), Mapping):
        yield from _invariants(schema["items"], f"{path}[]")
    elif schema.get("type") == "array":
        yield f"{at(path)} is an array without items"
    more: Any = schema.get("additionalProperties")
    if root and more is not None:
        yield "the schema has additionalProperties, which can't be at the root"
    if isinstance(more, Mapping):
        yield from _invariants(fields(more), f"{path}[]")
    for name, field in fields(schema.get("properties")).items():
        yield from _invariants(fields(field), f"{path}.{name}")


def _type(schema: Object, path: str, *, root: bool) -> Iterator[str]:
    kind, embedded = schema.get("type"), schema.get("x-kubernetes-embedded-resource")
    typeless = schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields")
    if embedded and kind != "object":
        yield f"{at(path)} has x-kubernetes-embedded-resource and its type is {kind or 'not set'} and not object"
    elif root and kind and kind != "object":
        yield f"the schema's type is {kind} and not object"
    elif not kind and not typeless:
        yield f"{at(path)} has no type, so the schema is not structural"


def _extensions(schema: Object, path: str) -> Iterator[str]:
    embedded, open_ = (schema.get(key) for key in ("x-kubernetes-embedded-resource", EXTENSIONS[0]))
    if schema.get("x-kubernetes-int-or-string"):
        for key in ("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"):
            if schema.get(key):
                yield f"{at(path)} has {key} beside x-kubernetes-int-or-string"
    if embedded and schema.get("additionalProperties") is not None:
        yield f"{at(path)} has additionalProperties beside x-kubernetes-embedded-resource"
    if embedded and not open_ and not schema.get("properties"):
        yield f"{at(path)} has x-kubernetes-embedded-resource and neither properties nor {EXTENSIONS[0]}"


def _meta(schema: Object, path: str, *, root: bool) -> Iterator[str]:
    """Yield the problems of an object's own fields: apiVersion, kind and metadata."""
    if not (root or schema.get("x-kubernetes-embedded-resource")):
        return
    for name, kind in {"apiVersion": "string", "kind": "string", "metadata": "object"}.items():
        field: Object | None = fields(schema.get("properties")).get(name)
        if field is not None and field.get("type") != kind:
            yield f"{path}.{name}'s type is {field.get('type') or 'not set'} and not {kind}"
        if root and name == "metadata" and field:
            more = {key for key, value in field.items() if value and key not in ("type", "default")}
            named: Object = fields(field.get("properties"))
            if not more <= {"properties"} or not named.keys() <= {"name", "generateName"}:
                yield ".metadata restricts more than name and generateName"


def _junctors(schema: Object, path: str) -> Iterator[str]:
    yield from _pattern(schema, path)
    for junctor in JUNCTORS:
        for index, part in enumerate(items(schema.get(junctor))):
            if junctor == "anyOf" and schema["anyOf"] == INT_OR_STRING:
                continue
            first = junctor == "allOf" and index == 0 and part.get("anyOf") == INT_OR_STRING
            yield from _nested(part, path, junctor, int_or_string=first)
    if schema.get("not"):
        yield from _nested(schema["not"], path, "not")


def _nested(part: Object, path: str, junctor: str, *, int_or_string: bool = False) -> Iterator[str]:
    """Yield the keywords within a logical junctor that define a field, and not its values."""
    for key in (*OF_TYPES, *EXTENSIONS):
        if part.get(key) or (key == "default" and part.get(key) is not None):
            yield f"{at(path)} has a {key} within {junctor}, so the schema is not structural"
    if "metadata" in fields(part.get("properties")):
        yield f"{at(path)} has metadata within {junctor}, so the schema is not structural"
    inner = {key: value for key, value in part.items() if key != "anyOf"} if int_or_string else part
    yield from _junctors(inner, path)
    if isinstance(part.get("items"), Mapping):
        yield from _nested(part["items"], f"{path}[]", junctor)
    for name, field in fields(part.get("properties")).items():
        yield from _nested(fields(field), f"{path}.{name}", junctor)


def _pattern(schema: Object, path: str) -> Iterator[str]:
    pattern = schema.get("pattern") or ""
    problem = ""
    # Within a class, and behind a backslash, the same characters are literal.
    plain = re.sub(r"\\[^1-9]|\[\^?\]?(?:\\.|[^\]\\])*\]", "_", pattern)
    if foreign := re.search(FOREIGN, plain):
        problem = f"{foreign[0]} is not in RE2's syntax"
    try:
        re.compile(pattern)
    except re.error as error:
        problem = problem or (error.msg if error.msg.startswith(BROKEN) else "")
    if any(int(number) > 1000 for number in re.findall(r"\d+", " ".join(re.findall(r"\{[\d,]+\}", plain)))):
        problem = "it repeats more than 1000 times"
    if problem:
        yield f"{at(path)}'s pattern {pattern} is no regular expression of Go's ({problem})"


def _completeness(part: Object, schema: Object | None, path: str) -> Iterator[str]:
    """Yield the fields that a junctor at the root names, and the schema outside of it lacks."""
    for junctor in (*JUNCTORS, "not"):
        inner = items(part.get(junctor))
        for nested in [inner] if isinstance(inner, Mapping) else inner:
            yield from _complete(nested, schema, path, junctor)


def _complete(part: Object, schema: Object | None, path: str, junctor: str) -> Iterator[str]:
    if schema is None:
        yield f"{at(path)} is named within {junctor}, and the schema has no such field outside of it"
        return
    yield from _completeness(part, schema, path)
    if isinstance(part.get("items"), Mapping):
        yield from _complete(part["items"], schema.get("items"), f"{path}[]", junctor)
    for name, field in fields(part.get("properties")).items():
        outer = fields(schema.get("properties")).get(name)
        yield from _complete(fields(field), outer, f"{path}.{name}", junctor)
