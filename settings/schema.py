"""The JSON schema of a stack file, for editors, from the models of the settings."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import CoreSchema, core_schema
from typing_extensions import override

from settings.base import PROJECT, Section
from settings.clusters import Cluster, PerCluster
from settings.fleet import Settings
from settings.provider import NAMESPACE, REFUSED, Provider

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The draft that most editors support."""

SECRET: Schema = {
    "description": "A secret, as `pulumi config set --secret` writes it.",
    "type": "object",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}

OWN = "Of this cluster alone; by default the fleet's."
"""The description of a cluster's key that the fleet has too."""


class _Generator(GenerateJsonSchema):
    """pydantic's schemas without titles, nulls and a second rule for map keys, which only clutter an editor."""

    @override
    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    @override
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    @override
    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        keys = self.generate_inner(schema.get("keys_schema", core_schema.any_schema()))
        values = self.generate_inner(schema.get("values_schema", core_schema.any_schema()))
        names = {key: value for key, value in keys.items() if key != "type"}
        found: Schema = {"type": "object", "additionalProperties": values or True}
        return found | ({"propertyNames": names} if names else {})

    @override
    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        found = super().default_schema(schema)
        # The keys of a group have their own defaults.
        shown = "default" in found and found["default"] is not None and "$ref" not in found
        return found if shown else {key: value for key, value in found.items() if key != "default"}

    @override
    def encode_default(self, dft: Any) -> Any:
        return super().encode_default(_as_written(dft))

    @override
    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        found = {key: value for key, value in super().model_schema(schema).items() if key != "title"}
        return _described(found, schema["cls"])

    @override
    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        return {key: value for key, value in super().generate(schema, mode).items() if key != "title"}


def _as_written(value: Any) -> Any:
    """A default as YAML has it. A group has only the keys that differ from their defaults."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return [*map(_as_written, cast(tuple[Any, ...], value))] if isinstance(value, tuple) else value


def schema() -> Schema:
    """The JSON schema of `Pulumi.<stack>.yaml`.

    Lists and objects are YAML in it. The program also takes them as JSON in a text.
    """
    fleet, provider = _of(Settings), _of(Provider)
    keys = {f"{PROJECT}:{key}": _or_secret(value) for key, value in fleet["properties"].items()}
    aws = {f"{NAMESPACE}:{key}": _or_secret(_or_text(value)) for key, value in provider["properties"].items()}
    config: Schema = {
        "type": "object",
        "properties": keys
        | aws
        | {f"{NAMESPACE}:{key}": {"description": text, "not": {}} for key, text in REFUSED.items()},
        # Any key of another namespace, such as `pulumi:tags`, is no setting of the fleet.
        "patternProperties": {f"^(?!({PROJECT}|{NAMESPACE}):)[^:]+:": True},
        "additionalProperties": False,
        "required": [f"{PROJECT}:{key}" for key in fleet["required"]],
    }
    return {
        "$schema": DRAFT,
        "title": "Settings of a federated-eks stack",
        "type": "object",
        "properties": {"config": config},
        "required": ["config"],
        "definitions": dict(sorted((fleet["definitions"] | provider["definitions"]).items())) | {"Secret": SECRET},
    }


def _of(section: type[Section]) -> Schema:
    found = section.model_json_schema(ref_template="#/definitions/{model}", schema_generator=_Generator)
    return {"definitions": found.pop("$defs", {})} | found


def _or_secret(schema: Schema) -> Schema:
    """The schema of a whole key, which Pulumi can encrypt."""
    shown = ("description", "default")
    checked = {key: value for key, value in schema.items() if key not in shown}
    return {key: schema[key] for key in shown if key in schema} | {
        "if": {"$ref": "#/definitions/Secret"},
        "else": checked,
    }


def _or_text(schema: Schema) -> Schema:
    """The schema of a whole key that is a number or a truth value, which `pulumi config set` writes as a text."""
    kind = schema.get("type")
    return schema | ({"type": [kind, "string"]} if kind in ("boolean", "integer") else {})


def _described(schema: Schema, section: type[Any]) -> Schema:
    """The schema of a group with its docstring, and each key's before the form of its values."""
    texts = _docstrings(section)
    for name, field in section.model_fields.items():
        value = cast(Schema, schema["properties"][field.alias or name])
        text = " ".join(filter(None, (texts.get(name), value.get("description"))))
        if text:
            schema["properties"][field.alias or name] = {"description": text} | {
                key: part for key, part in value.items() if key != "description"
            }
    return schema


def _docstrings(section: type[Any]) -> Mapping[str, str]:
    """The docstrings below a group's fields, by their names: those of its bases too."""
    found: dict[str, str] = {}
    for base in reversed(section.__mro__):
        if issubclass(base, Section):
            (node,) = ast.parse(inspect.getsource(base)).body
            found |= _below_fields(cast(ast.ClassDef, node))
    return found | (dict.fromkeys(PerCluster.model_fields, OWN) if section is Cluster else {})


def _below_fields(node: ast.ClassDef) -> dict[str, str]:
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in zip(node.body, node.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }
