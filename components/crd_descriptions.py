"""CustomResourceDefinitions without the descriptions of their fields, which are most of their size.

The descriptions are three quarters of the Prometheus operator's CRDs. Pulumi's state has a CRD three times for each
cluster (inputs, outputs, and the inputs beside the outputs). The engine writes the whole state before and after each
resource. Only `kubectl explain` shows the descriptions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .documents import fields

Object = Mapping[str, Any]


def without_descriptions(spec: Object) -> Any:
    """Return a CRD's spec without the descriptions in its versions' schemas."""
    return {**spec, "versions": [_version(version) for version in spec.get("versions") or ()]}


def _version(version: Object) -> Object:
    schema = fields(version.get("schema"))
    if not isinstance(schema.get("openAPIV3Schema"), Mapping):
        return version
    return {**version, "schema": {**schema, "openAPIV3Schema": _schema(schema["openAPIV3Schema"])}}


def _schema(schema: Any) -> Any:
    """Return a schema without its own description and those of the schemas in it. Values, as of `default`, stay."""
    if not isinstance(schema, Mapping):
        return schema
    kept: dict[str, Any] = {key: value for key, value in fields(schema).items() if key != "description"}
    for key, value in kept.items():
        if key == "properties":
            kept[key] = {name: _schema(field) for name, field in fields(value).items()}
        elif key in ("allOf", "anyOf", "oneOf"):
            kept[key] = [_schema(part) for part in value or ()]
        elif key in ("additionalProperties", "items", "not"):
            kept[key] = _schema(value)
    return kept
