"""CRDs that an API server takes, and changes to them that it refuses; tests/sandbox asks a real one about each."""

from __future__ import annotations

import copy
import json
import random
from typing import Any, cast

TEXT: Any = {"type": "string"}
OBJECT: Any = {"type": "object"}
RULE: Any = {"rule": "self.x > 1", "message": "too few", "reason": "FieldValueInvalid", "fieldPath": ".x"}

SPEC: Any = {
    "type": "object",
    "required": ["letter"],
    "properties": {
        "letter": {**TEXT, "pattern": "^[a-z]+$", "enum": ["a", "b"], "default": "a"},
        "number": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 5, "default": 3},
        "replicas": {"type": "integer", "format": "int32"},
        "port": {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, TEXT], "pattern": "^a"},
        "open": {**OBJECT, "x-kubernetes-preserve-unknown-fields": True},
        "any": {"x-kubernetes-preserve-unknown-fields": True},
        "labels": {**OBJECT, "additionalProperties": TEXT, "x-kubernetes-map-type": "atomic"},
        "values": {**OBJECT, "additionalProperties": True},
        "set": {"type": "array", "items": TEXT, "x-kubernetes-list-type": "set"},
        "map": {
            "type": "array",
            "items": {**OBJECT, "required": ["key"], "properties": {"key": TEXT, "set": {"type": "boolean"}}},
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["key"],
        },
        "embedded": {
            **OBJECT,
            "x-kubernetes-embedded-resource": True,
            "properties": {"metadata": OBJECT, "kind": TEXT, "apiVersion": TEXT, "size": {"type": "number"}},
        },
        "either": {
            **OBJECT,
            "default": {"one": "x"},
            "properties": {"one": TEXT, "two": {"type": "array", "nullable": True, "items": {"type": "integer"}}},
            "oneOf": [{"required": ["one"]}, {"required": ["two"], "properties": {"two": {"minItems": 1}}}],
            "not": {"required": ["one", "two"]},
            "allOf": [{"properties": {"one": {"maxLength": 5}}}],
        },
        "ruled": {**OBJECT, "properties": {"x": {"type": "integer"}}, "x-kubernetes-validations": [RULE]},
    },
}

MANIFEST: Any = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.org", "labels": {"a": "b"}, "annotations": {"example.org/y": "z"}},
    "spec": {
        "group": "example.org",
        "scope": "Namespaced",
        "names": {
            "plural": "widgets",
            "singular": "widget",
            "kind": "Widget",
            "listKind": "WidgetList",
            "shortNames": ["wi"],
            "categories": ["all"],
        },
        "conversion": {
            "strategy": "Webhook",
            "webhook": {
                "clientConfig": {"service": {"name": "hook", "namespace": "hooks", "path": "/a", "port": 443}},
                "conversionReviewVersions": ["v1"],
            },
        },
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "deprecated": True,
                "deprecationWarning": "take v2",
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "apiVersion": TEXT,
                            "kind": TEXT,
                            "metadata": {**OBJECT, "properties": {"name": {**TEXT, "maxLength": 10}}},
                            "spec": SPEC,
                            "status": {**OBJECT, "properties": {"replicas": {"type": "integer"}, "selector": TEXT}},
                        },
                    }
                },
                "subresources": {
                    "status": {},
                    "scale": {
                        "specReplicasPath": ".spec.replicas",
                        "statusReplicasPath": ".status.replicas",
                        "labelSelectorPath": ".status.selector",
                    },
                },
                "additionalPrinterColumns": [
                    {"name": "Letter", "type": "string", "jsonPath": ".spec.letter", "priority": 0, "format": "byte"}
                ],
                "selectableFields": [{"jsonPath": ".spec.letter"}],
            },
            {
                "name": "v2",
                "served": True,
                "storage": False,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            },
        ],
    },
}

RICH: Any = json.loads(json.dumps(MANIFEST))
"""A CRD that uses all that there is, and that an API server takes. No part is in it twice as one object."""

GONE = object()
"""In place of a value: without it."""

V1 = "spec.versions.0"
ROOT = f"{V1}.schema.openAPIV3Schema"
FIELDS = f"{ROOT}.properties.spec.properties"


def changed(path: str, value: Any) -> Any:
    """The rich CRD with another value at a path such as `spec.versions.0.name`."""
    crd = copy.deepcopy(RICH)
    *parents, last = (int(step) if step.isdigit() else step for step in path.split("."))
    place: Any = crd
    for step in parents:
        place = place[step]
    if value is GONE:
        del place[last]
    elif isinstance(place, list) and last == len(place):
        place.append(value)
    else:
        place[cast(Any, last)] = value
    return crd


REFUSED: list[tuple[str, str, Any, str]] = [
    # Names and metadata.
    ("a name that isn't plural and group", "metadata.name", "gadgets.example.org", "its name is gadgets"),
    ("a label's value with a blank", "metadata.labels.a", "b c", "metadata.labels.a: b c is no value"),
    ("a label's key with a blank", "metadata.labels.a b", "c", "metadata.labels: a b is no key"),
    ("annotations over 256 KiB", "metadata.annotations.big", "a" * 262145, "metadata.annotations have more than"),
    ("no group", "spec.group", GONE, "spec has no group"),
    ("a scope of its own", "spec.scope", "Global", "its scope is Global"),
    ("a short name in capitals", "spec.names.shortNames.0", "WI", r"spec.names.shortNames\[0\]: WI is no name"),
    ("a short name of 64 letters", "spec.names.shortNames.0", "a" * 64, r"spec.names.shortNames\[0\]: aaa"),
    ("short names that are no list", "spec.names.shortNames", "wi", "spec.names.shortNames is wi and not a list"),
    ("a category with a dot", "spec.names.categories.0", "a.b", r"spec.names.categories\[0\]: a.b is no name"),
    ("a kind with an underscore", "spec.names.kind", "My_Widget", "spec.names.kind: my_widget is no name"),
    ("a list called as the kind", "spec.names.listKind", "Widget", "spec.names.listKind: Widget is the kind as well"),
    ("a field that CRDs don't have", "spec.validation", {}, "spec.validation is no field of a CustomResourceDef"),
    # Versions.
    ("a version in capitals", f"{V1}.name", "V1", "version V1: its name is no name"),
    ("a version twice", "spec.versions.1.name", "v1", "version v1 is listed 2 times"),
    ("two versions stored", "spec.versions.1.storage", True, "spec.versions: v1, v2 has storage: true"),
    ("no version stored", f"{V1}.storage", False, "spec.versions: none has storage: true"),
    ("a version without schema", "spec.versions.1.schema", GONE, "version v2: has no schema.openAPIV3Schema"),
    ("unknown fields kept", "spec.preserveUnknownFields", True, "spec.preserveUnknownFields is true"),
    ("a warning of no deprecation", f"{V1}.deprecated", False, "version v1: has a deprecationWarning and is not"),
    ("a warning of two lines", f"{V1}.deprecationWarning", "a\nb", "version v1: its deprecationWarning is not 1 to"),
    ("a column of no type", f"{V1}.additionalPrinterColumns.0.type", "text", r"version v1: .*type: text is none"),
    ("a column's path", f"{V1}.additionalPrinterColumns.0.jsonPath", "spec", r"version v1: .*jsonPath: spec does not"),
    ("replicas in metadata", f"{V1}.subresources.scale.specReplicasPath", ".metadata.a", "version v1: subresources.sc"),
    ("a selectable list", f"{V1}.selectableFields.0.jsonPath", ".spec.set", "version v1: selectableFields: .spec.set"),
    ("a selectable name", f"{V1}.selectableFields.0.jsonPath", ".metadata.name", "version v1: .* is in metadata"),
    # Conversion.
    ("a conversion of its own", "spec.conversion.strategy", "Own", "spec.conversion: strategy: Own is neither"),
    ("a webhook for none", "spec.conversion.strategy", "None", "spec.conversion: webhook is set, and the strategy"),
    ("no webhook", "spec.conversion.webhook", GONE, "spec.conversion: webhook has no clientConfig"),
    ("reviews of v2", "spec.conversion.webhook.conversionReviewVersions.0", "v2", "spec.conversion: .* neither v1 nor"),
    ("an http URL", "spec.conversion.webhook.clientConfig", {"url": "http://a"}, "spec.conversion: .*no https URL"),
    ("port 0", "spec.conversion.webhook.clientConfig.service.port", 0, "spec.conversion: .*port: 0 is no port"),
    # Schemas.
    ("a nullable root", f"{ROOT}.nullable", True, "version v1: the schema is nullable"),
    ("a root that is a list", f"{ROOT}.type", "array", "version v1: the schema's type is array and not object"),
    ("metadata with labels", f"{ROOT}.properties.metadata.properties.labels", OBJECT, "version v1: .metadata restr"),
    ("a number as kind", f"{ROOT}.properties.kind.type", "integer", "version v1: .kind's type is integer"),
    ("a type of its own", f"{FIELDS}.letter.type", "text", "version v1: .spec.letter's type is text and none of"),
    ("two types", f"{FIELDS}.letter.type", ["string", "null"], "spec.versions.*letter.type is a list and not a text"),
    ("a list without items", f"{FIELDS}.set.items", GONE, "version v1: .spec.set is an array without items"),
    ("items one by one", f"{FIELDS}.set.items", [TEXT], "version v1: .spec.set's items are a list"),
    ("unique items", f"{FIELDS}.set.uniqueItems", True, "version v1: .spec.set has uniqueItems"),
    ("a reference", f"{FIELDS}.open.$ref", "#/definitions/a", r"version v1: .spec.open has \$ref"),
    ("definitions", f"{ROOT}.definitions", {"a": TEXT}, "version v1: the schema has definitions"),
    ("properties and others", f"{FIELDS}.labels.properties", {"a": TEXT}, "version v1: .spec.labels has both"),
    ("unknown fields not kept", f"{FIELDS}.open.x-kubernetes-preserve-unknown-fields", False, "version v1: .*is false"),
    ("looking ahead", f"{FIELDS}.letter.pattern", "^(?=a)", r"version v1: .*RE2's syntax"),
    ("an open parenthesis", f"{FIELDS}.letter.pattern", "(a", "version v1: .spec.letter's pattern .* no regular expr"),
    ("a misspelt keyword", f"{FIELDS}.letter.maxlength", 3, "spec.versions.*maxlength is no field of a CustomRes"),
    ("text as a limit", f"{FIELDS}.number.minimum", "1", "spec.versions.*minimum is 1 and not a number"),
    ("a set of objects", f"{FIELDS}.set.items", OBJECT, "version v1: .*and its list is a set"),
    ("a list of its own", f"{FIELDS}.set.x-kubernetes-list-type", "bag", "version v1: .*list-type is bag and none"),
    ("a map without keys", f"{FIELDS}.map.x-kubernetes-list-map-keys", GONE, "version v1: .*has no x-kubernetes-list"),
    ("a key that may lack", f"{FIELDS}.map.items.required", GONE, "version v1: .*neither required nor has a default"),
    ("a key that isn't there", f"{FIELDS}.map.x-kubernetes-list-map-keys.0", "id", "version v1: .*is no property"),
    ("a resource of nothing", f"{FIELDS}.embedded.properties", GONE, "version v1: .*neither properties nor"),
    ("a number open as well", f"{FIELDS}.port.x-kubernetes-preserve-unknown-fields", True, "version v1: .*beside x-ku"),
    ("a description in oneOf", f"{FIELDS}.either.oneOf.0.description", "a", "version v1: .*a description within oneOf"),
    ("an unknown field at the root", f"{ROOT}.oneOf", [{"properties": {"z": {}}}], "version v1: .z is named within "),
    ("a default of another type", f"{FIELDS}.number.default", "3", "version v1: .spec.number's default doesn't fit"),
    ("a default too large", f"{FIELDS}.number.default", 6, "version v1: .spec.number's default doesn't fit it: 6 is"),
    ("a default not listed", f"{FIELDS}.letter.default", "c", "version v1: .spec.letter's default doesn't fit it"),
    ("a default's unknown field", f"{FIELDS}.either.default.three", 1, "version v1: .*three is no field of .spec.eith"),
    ("a default of the kind", f"{ROOT}.properties.kind.default", "Widget", "version v1: .kind has a default"),
    ("an empty rule", f"{FIELDS}.ruled.x-kubernetes-validations.0.rule", " ", "version v1: .*it has no rule"),
    ("a rule twice", f"{FIELDS}.ruled.x-kubernetes-validations.1", RULE, "version v1: .*the same rule"),
    ("a rule's reason", f"{FIELDS}.ruled.x-kubernetes-validations.0.reason", "Own", "version v1: .*reason is Own and"),
    ("a rule's field", f"{FIELDS}.ruled.x-kubernetes-validations.0.fieldPath", ".y", "version v1: .*leads to no field"),
]
"""By what is wrong: where, the value there, and what is said of it."""

TAKEN: list[tuple[str, str, Any]] = [
    ("nothing of it changed", "metadata.labels.a", "b"),
    ("names by default", "spec.names", {"plural": "widgets", "kind": "Widget"}),
    ("no conversion", "spec.conversion", GONE),
    ("fields of null", "spec.names.shortNames", None),
    ("an open root without type", "spec.versions.1.schema.openAPIV3Schema.type", GONE),
    ("a class of Unicode", f"{FIELDS}.letter.pattern", r"^\pL+$"),
    ("parentheses in a class", f"{FIELDS}.letter.pattern", r"^[(?=a)a]+$"),
    ("a default of a number for a text or number", f"{FIELDS}.port.default", 5),
    ("a default of null", f"{FIELDS}.letter.default", None),
    ("fields called as keywords", f"{FIELDS}.open.properties", {"type": TEXT, "default": TEXT, "items": TEXT}),
    ("an unknown keyword of items", f"{FIELDS}.set.items.foo", 1),
]
"""Changes that an API server takes: what is like something refused."""

KEYS = [
    *("type", "default", "nullable", "items", "properties", "additionalProperties", "allOf", "anyOf", "oneOf", "not"),
    *("pattern", "enum", "required", "uniqueItems", "$ref", "id", "definitions", "format", "example", "minimum", "foo"),
    *(f"x-kubernetes-{key}" for key in ("int-or-string", "preserve-unknown-fields", "embedded-resource", "list-type")),
    *(f"x-kubernetes-{key}" for key in ("map-type", "list-map-keys", "validations")),
]
VALUES: list[Any] = [
    *(None, "", True, False, 0, 1, -1, 3.5, "a", "v1", "Webhook", "None", "map", "set", "atomic", "granular"),
    *("object", "array", "string", "integer", "null", "(?=a)", "(a", ".spec.letter", ".spec.set", "UPPER", "a" * 64),
    *([], {}, ["a"], {"a": "b"}, TEXT, OBJECT, {"type": "array"}, {"properties": {"zz": {}}}, {"one": 3}, ["key"]),
]


def mutant(seed: int) -> Any:
    """The rich CRD with one or two changes by chance."""
    chance, crd = random.Random(seed), copy.deepcopy(RICH)  # noqa: S311  # no secret is made of it
    for _ in range(chance.choice([1, 1, 2])):
        place: Any = chance.choice(_places(crd))
        value = copy.deepcopy(chance.choice(VALUES))
        if isinstance(place, list):
            if place and chance.random() < 0.6:
                place.pop(chance.randrange(len(place)))
            else:
                place.append(value)
        elif place and chance.random() < 0.6:
            key = chance.choice(sorted(place))
            place.update({key: value}) if chance.random() < 0.6 else place.pop(key)
        else:
            place[chance.choice(KEYS)] = value
    return crd


def _places(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return [] if inner is None else [value, *(place for part in inner for place in _places(part))]
