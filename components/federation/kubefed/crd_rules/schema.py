"""The rules of a CRD's schema beside its structure: its keywords, and Kubernetes' own extensions.

Source: ValidateCustomResourceDefinitionOpenAPISchema of apiextensions-apiserver.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ....documents import fields, items
from .structural import at, follow

Object = Mapping[str, Any]

TYPES = ("array", "boolean", "integer", "number", "object", "string")

UNSUPPORTED = (*("id", "$schema", "$ref", "additionalItems", "patternProperties", "definitions", "dependencies"),)
"""The keywords of JSON Schema that a CRD can't use."""

META = ("metadata", "kind", "apiVersion")

REASONS = ("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")


def invalid_schema(schema: Object) -> Iterator[str]:
    """The problems of a version's schema, apart from its structure."""
    if schema.get("nullable"):
        yield "the schema is nullable, which the root can't be"
    yield from _schema(schema, "", root=True)


def _schema(schema: Object, path: str, *, root: bool = False, meta: bool = False, defaults: str = "") -> Iterator[str]:
    """Yield a schema's problems. `meta`: it is within metadata. `defaults`: the place that forbids defaults."""
    yield from _keywords(schema, path, meta, defaults)
    yield from _map_type(schema, path)
    yield from _list_type(schema, path)
    for index, rule in enumerate(items(schema.get("x-kubernetes-validations"))):
        yield from (f"{at(path)}: x-kubernetes-validations[{index}]: {problem}" for problem in _rule(rule, schema))
    yield from _same_rules(schema, path)
    yield from _parts(schema, path, root=root, meta=meta, defaults=defaults)


def _parts(schema: Object, path: str, *, root: bool, meta: bool, defaults: str) -> Iterator[str]:
    more: Any = schema.get("additionalProperties")
    if isinstance(more, Mapping):
        yield from _schema(
            fields(more), f"{path}[]", meta=meta, defaults="additionalProperties of metadata" if meta else defaults
        )
    for name, field in fields(schema.get("properties")).items():
        own = (root or schema.get("x-kubernetes-embedded-resource")) and name in META
        yield from _schema(
            fields(field),
            f"{path}.{name}",
            meta=meta or bool(own),
            defaults="the root's own" if own and root else defaults,
        )
    for junctor in ("allOf", "anyOf", "oneOf"):
        for part in items(schema.get(junctor)):
            yield from _schema(part, path, meta=meta, defaults=defaults)
    if schema.get("not"):
        yield from _schema(schema["not"], path, meta=meta, defaults=defaults)
    if isinstance(schema.get("items"), Mapping):
        yield from _schema(schema["items"], f"{path}[]", meta=meta, defaults=defaults)


def _keywords(schema: Object, path: str, meta: bool, defaults: str) -> Iterator[str]:
    kind = schema.get("type")
    if kind and kind not in TYPES:
        yield f"{at(path)}'s type is {kind} and none of {', '.join(TYPES)}"
    for keyword in UNSUPPORTED:
        empty = keyword in ("$ref", "additionalItems", "dependencies") and schema.get(keyword) is not None
        if schema.get(keyword) or empty:
            yield f"{at(path)} has {keyword}, which a CRD can't use"
    if schema.get("items") and isinstance(schema["items"], list):
        yield f"{at(path)}'s items are a list, and must be a schema"
    if schema.get("default") is not None and defaults:
        yield f"{at(path)} has a default, which {defaults} can't have"
    if schema.get("uniqueItems"):
        yield f"{at(path)} has uniqueItems, which a CRD can't use"
    if schema.get("properties") and schema.get("additionalProperties") not in (None, True):
        yield f"{at(path)} has both properties and additionalProperties"
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        yield f"{at(path)}'s x-kubernetes-preserve-unknown-fields is false, and is left out or true"
    if meta and schema.get("x-kubernetes-embedded-resource"):
        yield f"{at(path)} has x-kubernetes-embedded-resource within metadata"


def _map_type(schema: Object, path: str) -> Iterator[str]:
    chosen = schema.get("x-kubernetes-map-type")
    if chosen is None:
        return
    if schema.get("type") != "object":
        yield f"{at(path)} has x-kubernetes-map-type, and is no object"
    if chosen not in ("atomic", "granular"):
        yield f"{at(path)}'s x-kubernetes-map-type is {chosen} and neither atomic nor granular"


def _list_type(schema: Object, path: str) -> Iterator[str]:
    chosen, keys = schema.get("x-kubernetes-list-type"), items(schema.get("x-kubernetes-list-map-keys"))
    if chosen is not None and schema.get("type") != "array":
        yield f"{at(path)} has x-kubernetes-list-type, and is no array"
    if chosen not in (None, "atomic", "set", "map"):
        yield f"{at(path)}'s x-kubernetes-list-type is {chosen} and none of atomic, set, map"
    if keys and chosen != "map":
        yield f"{at(path)} has x-kubernetes-list-map-keys, and its x-kubernetes-list-type is not map"
    entry = fields(schema.get("items"))
    if not isinstance(schema.get("items"), Mapping) or chosen not in ("set", "map"):
        return
    if entry.get("nullable"):
        yield f"{at(path)}[] is nullable, and its list's x-kubernetes-list-type is {chosen}"
    yield from _set(entry, path) if chosen == "set" else _map(entry, keys, path)


def _set(entry: Object, path: str) -> Iterator[str]:
    kinds = {"array": ("x-kubernetes-list-type", (None, "atomic")), "object": ("x-kubernetes-map-type", ("atomic",))}
    key, allowed = kinds.get(entry.get("type") or "", ("", (None,)))
    if entry.get(key) not in allowed:
        yield f"{at(path)}[]'s {key} is {entry.get(key) or 'not set'} and not atomic, and its list is a set"


def _map(entry: Object, keys: Sequence[str], path: str) -> Iterator[str]:
    if not keys:
        yield f"{at(path)} has no x-kubernetes-list-map-keys, which x-kubernetes-list-type: map needs"
    if entry.get("type") != "object":
        yield f"{at(path)}[] is no object, and its list's x-kubernetes-list-type is map"
        return
    for key in dict.fromkeys(keys):
        field: Object | None = fields(entry.get("properties")).get(key)
        where = f"{at(path)}[].{key}, a key of the list,"
        if keys.count(key) > 1:
            yield f"{where} is listed {keys.count(key)} times"
        if field is None:
            yield f"{where} is no property"
            continue
        if field.get("type") in ("array", "object"):
            yield f"{where} is an {field['type']}"
        if key not in items(entry.get("required")) and field.get("default") is None:
            yield f"{where} is neither required nor has a default"
        if field.get("nullable"):
            yield f"{where} is nullable"


def _rule(rule: Object, schema: Object) -> Iterator[str]:
    """Yield the problems of a rule apart from its expression, which only an API server compiles."""
    text, message = rule["rule"].strip(), rule.get("message")
    if not text:
        yield "it has no rule"
    elif message and not message.strip():
        yield "its message is blank"
    elif _lines(message):
        yield "its message has several lines"
    elif _lines(text) and not message:
        yield "its rule has several lines and no message"
    for key in ("messageExpression", "fieldPath"):
        if rule.get(key) and not rule[key].strip():
            yield f"its {key} is blank"
    if rule.get("reason") not in (None, *REASONS):
        yield f"its reason is {rule['reason']} and none of {', '.join(REASONS)}"
    path = rule.get("fieldPath") or ""
    # A path with brackets is for lists and names with dots, which only CEL can read.
    if path.strip() and "[" not in path and follow(schema, path) is None:
        yield f"its fieldPath {path} leads to no field"


def _same_rules(schema: Object, path: str) -> Iterator[str]:
    """Yield the problem of two equal rules, because an API server merges rules by their text."""
    rules = [rule["rule"] for rule in items(schema.get("x-kubernetes-validations"))]
    if len(rules) > len({*rules}):
        yield f"{at(path)} has the same rule of x-kubernetes-validations twice"


def _lines(text: str | None) -> bool:
    return "\n" in (text or "").strip() or "\r" in (text or "").strip()
