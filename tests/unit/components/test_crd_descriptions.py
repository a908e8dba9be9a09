"""CRDs without descriptions."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from components.crd_descriptions import without_descriptions

pytestmark = pytest.mark.unit


def leaf(**more: Any) -> dict[str, Any]:
    return {"type": "string", "description": "A text.", **more}


SCHEMA = {
    "description": "A widget.",
    "type": "object",
    "required": ["description"],
    "properties": {
        "description": leaf(default="description"),
        "items": {"type": "array", "description": "Many.", "items": leaf(enum=["description"])},
        "labels": {"type": "object", "additionalProperties": leaf()},
        "free": {"type": "object", "additionalProperties": True},
        "choice": {"anyOf": [leaf(), {"not": leaf()}], "allOf": [leaf()], "oneOf": [{"required": ["description"]}]},
        "preset": {"type": "object", "default": {"description": "kept", "properties": {"description": "kept"}}},
    },
}
SPEC = {
    "group": "example.org",
    "versions": [
        {
            "name": "v1",
            "schema": {"openAPIV3Schema": SCHEMA},
            "additionalPrinterColumns": [{"name": "Age", "description": "Kept."}],
        },
        {"name": "v2"},
    ],
}


def test_the_descriptions_of_fields_are_left_out_and_nothing_else() -> None:
    written = copy.deepcopy(SPEC)
    bare = {"type": "string"}
    assert without_descriptions(SPEC) == {
        "group": "example.org",
        "versions": [
            {
                "name": "v1",
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "required": ["description"],
                        "properties": {
                            "description": {**bare, "default": "description"},
                            "items": {"type": "array", "items": {**bare, "enum": ["description"]}},
                            "labels": {"type": "object", "additionalProperties": bare},
                            "free": {"type": "object", "additionalProperties": True},
                            "choice": {
                                "anyOf": [bare, {"not": bare}],
                                "allOf": [bare],
                                "oneOf": [{"required": ["description"]}],
                            },
                            "preset": {
                                "type": "object",
                                "default": {"description": "kept", "properties": {"description": "kept"}},
                            },
                        },
                    }
                },
                "additionalPrinterColumns": [{"name": "Age", "description": "Kept."}],
            },
            {"name": "v2"},
        ],
    }
    assert written == SPEC, "the argument stays as it is"


def test_a_spec_without_versions_stays() -> None:
    assert without_descriptions({"group": "example.org"}) == {"group": "example.org", "versions": []}
