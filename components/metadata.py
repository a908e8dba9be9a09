"""The metadata of every object that the program creates in a cluster."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi import Input

MANAGER_LENGTH = 128
"""The longest name that Kubernetes accepts (apimachinery, meta/v1/validation, FieldManagerMaxLength)."""


def metadata(
    name: Input[str],
    *,
    namespace: Input[str] | None = None,
    labels: Mapping[str, Input[str]] | None = None,
    annotations: Mapping[str, Input[str]] | None = None,
) -> Any:
    """Return an object's metadata, with the stack's field manager, and without None values and empty labels."""
    values = {"name": name, "namespace": namespace, "labels": labels or None}
    return {
        **{key: value for key, value in values.items() if value is not None},
        "annotations": {**(annotations or {}), "pulumi.com/patchFieldManager": field_manager()},
    }


def field_manager() -> str:
    """Return the field manager of the stack's objects: `<project>/<stack>`, cut with a digest if it is too long.

    Pulumi's Kubernetes provider otherwise invents a random name, which only the state has (provider.go,
    fieldManagerName). An object that an interrupted update has created then gets a second manager, and its first change
    fails with a conflict. `enable_patch_force` would end the conflict, but a label that leaves the settings would stay
    on the object, because the lost manager still owns it.

    A common name for all stacks would let one overwrite the objects of another, for which the API server now reports a
    conflict.
    """
    name = f"{pulumi.get_project()}/{pulumi.get_stack()}"
    if len(name) <= MANAGER_LENGTH:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: MANAGER_LENGTH - len(digest) - 1]}-{digest}"
