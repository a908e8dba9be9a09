"""The metadata of every object that the program creates in a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi import Input

FIELD_MANAGER = "federated-eks"
"""The name under which the objects' fields are applied.

Pulumi's Kubernetes provider otherwise makes up a random name and keeps it in the state alone (provider.go,
fieldManagerName). An object that an interrupted update has created then gets a second manager, and its first change
fails with a conflict. `enable_patch_force` would end the conflict, but a label that leaves the settings would stay on
the object, because the lost manager still owns it.
"""


def metadata(
    name: Input[str],
    *,
    namespace: Input[str] | None = None,
    labels: Mapping[str, Input[str]] | None = None,
    annotations: Mapping[str, Input[str]] | None = None,
) -> Any:
    """An object's metadata, with FIELD_MANAGER. What is None is left out, and empty labels are."""
    given = {"name": name, "namespace": namespace, "labels": labels or None}
    return {
        **{key: value for key, value in given.items() if value is not None},
        "annotations": {**(annotations or {}), "pulumi.com/patchFieldManager": FIELD_MANAGER},
    }
