"""The fields of a CustomResourceDefinition, and the type of each.

An API server refuses other fields in a server-side apply, which Pulumi uses ("field not declared in
schema"), and values of another type in every call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

Shape = Mapping[str, str]

# By the structure's name in the API (types.go and types_jsonschema.go of apiextensions/v1): its fields and their
# types. `X` is another structure or a kind of PLAIN, `[X]` a list of X, `{X}` a mapping of X by text, `X|Y` either. A
# field with `!` is required.
STRUCTURES: Mapping[str, Shape] = {
    "CustomResourceDefinition": {
        "apiVersion!": "text",
        "kind!": "text",
        "metadata!": "Metadata",
        "spec!": "Spec",
        "status": "anything",
    },
    "Metadata": {
        "name!": "text",
        "labels": "{text}",
        "annotations": "{text}",
        **dict.fromkeys(("namespace", "generateName", "creationTimestamp", "deletionTimestamp"), "text|nothing"),
        **dict.fromkeys(("resourceVersion", "selfLink", "uid"), "text"),
        **dict.fromkeys(("generation", "deletionGracePeriodSeconds"), "whole"),
        **dict.fromkeys(("finalizers", "managedFields", "ownerReferences"), "[anything]"),
    },
    "Spec": {
        "group!": "text",
        "names!": "Names",
        "scope!": "text",
        "versions!": "[Version]",
        "conversion": "Conversion",
        "preserveUnknownFields": "boolean",
    },
    "Names": {
        "plural!": "text",
        "kind!": "text",
        **dict.fromkeys(("singular", "listKind"), "text"),
        **dict.fromkeys(("shortNames", "categories"), "[text]"),
    },
    "Conversion": {"strategy!": "text", "webhook": "Webhook"},
    "Webhook": {"clientConfig": "ClientConfig", "conversionReviewVersions!": "[text]"},
    "ClientConfig": {"url": "text", "service": "Service", "caBundle": "text"},
    "Service": {"namespace!": "text", "name!": "text", "path": "text", "port": "whole"},
    "Version": {
        "name!": "text",
        **dict.fromkeys(("served", "storage", "deprecated"), "boolean"),
        "deprecationWarning": "text",
        "schema": "Validation",
        "subresources": "Subresources",
        "additionalPrinterColumns": "[Column]",
        "selectableFields": "[Selectable]",
    },
    "Validation": {"openAPIV3Schema": "Schema"},
    "Subresources": {"status": "{anything}", "scale": "Scale"},
    "Scale": {"specReplicasPath!": "text", "statusReplicasPath!": "text", "labelSelectorPath": "text"},
    "Column": {
        **dict.fromkeys(("name!", "type!", "jsonPath!", "format", "description"), "text"),
        "priority": "whole",
    },
    "Selectable": {"jsonPath!": "text"},
    "Schema": {
        **dict.fromkeys(("id", "$schema", "$ref", "description", "type", "format", "title", "pattern"), "text"),
        **dict.fromkeys(("default", "example"), "anything"),
        **dict.fromkeys(("maximum", "minimum", "multipleOf"), "number"),
        **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "uniqueItems", "nullable"), "boolean"),
        **dict.fromkeys(("maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"), "whole"),
        "enum": "[anything]",
        "required": "[text]",
        "items": "Schema|[Schema]|boolean",
        **dict.fromkeys(("allOf", "oneOf", "anyOf"), "[Schema]"),
        "not": "Schema",
        **dict.fromkeys(("properties", "patternProperties", "definitions"), "{Schema}"),
        "dependencies": "{anything}",
        **dict.fromkeys(("additionalProperties", "additionalItems"), "Schema|boolean"),
        "externalDocs": "ExternalDocs",
        "x-kubernetes-preserve-unknown-fields": "boolean",
        "x-kubernetes-embedded-resource": "boolean",
        "x-kubernetes-int-or-string": "boolean",
        "x-kubernetes-list-map-keys": "[text]",
        **dict.fromkeys(("x-kubernetes-list-type", "x-kubernetes-map-type"), "text"),
        "x-kubernetes-validations": "[Rule]",
    },
    "ExternalDocs": {"description": "text", "url": "text"},
    "Rule": {
        "rule!": "text",
        **dict.fromkeys(("message", "messageExpression", "reason", "fieldPath"), "text"),
        "optionalOldSelf": "boolean",
    },
}

PLAIN: Mapping[str, type | tuple[type, ...]] = {
    "text": str,
    "boolean": bool,
    "whole": int,
    "number": (int, float),
    "nothing": type(None),
    "anything": object,
}


LOOSE = ("items", "additionalProperties", "additionalItems", "dependencies")
"""Fields of several kinds. An API server's field manager skips them, so unknown fields in them are dropped."""


def mistyped(crd: Any) -> Iterator[str]:
    """The unknown and missing fields of a CRD, and the values of a wrong type, each with its place."""
    yield from _structure(crd, "CustomResourceDefinition", "")


def without_nulls(value: Any, kinds: str = "CustomResourceDefinition") -> Any:
    """A manifest without its null fields, as Kubernetes reads it. Nulls in a schema's free values stay."""
    if isinstance(value, Mapping):
        found = cast("Mapping[str, Any]", value)
        kind = next((kind for kind in kinds.split("|") if kind in STRUCTURES), "")
        if kind:
            shape = {key.rstrip("!"): of for key, of in STRUCTURES[kind].items()}
            known = {key: part for key, part in found.items() if key in shape and part is not None}
            return {key: without_nulls(part, shape[key]) for key, part in known.items()}
        if "{" in kinds:
            inner = kinds.strip("{}")
            empty: Any = "" if inner == "text" else {}
            return {key: without_nulls(empty if part is None else part, inner) for key, part in found.items()}
    if isinstance(value, list) and "[" in kinds:
        inner = kinds[kinds.index("[") + 1 : kinds.index("]")]
        return [without_nulls(part, inner) for part in cast("list[Any]", value)]
    return cast(Any, value)


def _structure(value: Any, name: str, path: str, *, loose: bool = False) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{path or 'it'} is {_described(value)} and not a mapping"
        return
    shape = {key.rstrip("!"): kind for key, kind in STRUCTURES[name].items()}
    found = cast("Mapping[str, Any]", value)
    for key in STRUCTURES[name]:
        if key.endswith("!") and found.get(key[:-1]) is None:
            yield f"{path or 'it'} has no {key[:-1]}"
    for key, part in found.items():
        place = f"{path}.{key}" if path else key
        if key not in shape:
            if not loose:
                yield f"{place} is no field of a CustomResourceDefinition"
        # Kubernetes reads a null as a field that is left out.
        elif part is not None:
            yield from _value(part, shape[key], place, loose=loose or key in LOOSE)


def _value(value: Any, kinds: str, path: str, *, loose: bool) -> Iterator[str]:
    wrong = [[*_problems(value, kind, path, loose=loose)] for kind in kinds.split("|")]
    # Of two kinds, report the nearer: a list has the problems of its parts.
    if all(wrong):
        yield from next((found for found in wrong if not found[0].startswith(f"{path} is ")), wrong[0])


def _problems(value: Any, kind: str, path: str, *, loose: bool) -> Iterator[str]:
    if kind.startswith("["):
        if not isinstance(value, list):
            yield f"{path} is {_described(value)} and not a list"
            return
        for index, part in enumerate(cast("list[Any]", value)):
            yield from _problems(part, kind[1:-1], f"{path}[{index}]", loose=loose)
    elif kind.startswith("{"):
        if not isinstance(value, Mapping):
            yield f"{path} is {_described(value)} and not a mapping"
            return
        for key, part in cast("Mapping[str, Any]", value).items():
            if part is not None:
                yield from _problems(part, kind[1:-1], f"{path}.{key}", loose=loose)
    elif kind in STRUCTURES:
        yield from _structure(value, kind, path, loose=loose)
    elif not _is(value, kind):
        yield f"{path} is {_described(value)} and not {'a whole number' if kind == 'whole' else f'a {kind}'}"


def _is(value: Any, kind: str) -> bool:
    # A boolean is a number in Python, but not for an API server. 3.0 is a whole number in JSON.
    if isinstance(value, bool):
        return kind in ("boolean", "anything")
    if kind == "whole" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, PLAIN[kind])


def _described(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return re.sub(r"\s+", " ", str(value))[:60] or '""'
