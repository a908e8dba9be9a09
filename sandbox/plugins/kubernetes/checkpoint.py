"""An object's properties in the state, as pulumi-kubernetes writes them (provider.go, checkpointObject)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sandbox.plugins.kubernetes.waits import annotation
from sandbox.plugins.provider import UNKNOWN, Properties, Secret

INPUTS = "__inputs"
"""The inputs that made the object, which the official plugin compares with the next ones."""
MANAGER = "__fieldManager"
"""The manager of the object's fields: a random name, kept until the state is lost."""
VERSION = "__initialApiVersion"

SERVERS_OWN = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")
"""The fields of the metadata that only the API server sets."""

_RENAMED = tuple(
    f"x-kubernetes-{name}"
    for name in (
        "embedded-resource",
        "int-or-string",
        "list-map-keys",
        "list-type",
        "map-type",
        "preserve-unknown-fields",
        "validations",
    )
)
_DASHED = {name.replace("-", "_"): name for name in _RENAMED}
_UNDERSCORED = {name: alias for alias, name in _DASHED.items()}


def checkpoint(inputs: Properties, object: Mapping[str, Any], manager: str) -> Properties:
    """The outputs: the object as it is, and what the next update needs of this one.

    The inputs are a secret as a whole, because the engine only tells the official plugin which of them are one. That
    plugin also keeps metadata.managedFields, which nothing reads and which doubles the state.
    """
    metadata = {name: value for name, value in object["metadata"].items() if name != "managedFields"}
    own = {INPUTS: Secret(inputs), VERSION: inputs.get("apiVersion", object["apiVersion"]), MANAGER: manager}
    return {**sealed({**object, "metadata": metadata}), **own}


def field_manager(inputs: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    """The manager: of the annotation pulumi.com/patchFieldManager, else the state's, else a new random name."""
    return annotation(inputs, "patchFieldManager") or state.get(MANAGER) or f"pulumi-kubernetes-{secrets.token_hex(4)}"


def sealed(properties: Properties) -> Properties:
    """A Secret's data is secret in the state, whoever wrote it."""
    if properties.get("kind") != "Secret" or properties.get("apiVersion") != "v1":
        return properties
    return {name: Secret(value) if name in ("data", "stringData") else value for name, value in properties.items()}


def authored(outputs: Mapping[str, Any]) -> Properties:
    """The inputs that an import stands for: the object without what the server sets."""
    metadata = {name: value for name, value in outputs["metadata"].items() if name not in SERVERS_OWN}
    return {name: value for name, value in outputs.items() if name != "status"} | {"metadata": metadata}


def foretold(outputs: Mapping[str, Any], inputs: Properties) -> Properties:
    """The outputs of an object that doesn't exist yet; `outputs` has the names of the type's outputs."""
    unknown = {**dict.fromkeys(outputs, UNKNOWN), **inputs}
    if isinstance(metadata := inputs.get("metadata"), Mapping):
        unknown["metadata"] = {**dict.fromkeys(SERVERS_OWN, UNKNOWN), **metadata}
    return unknown


def dashed(value: Any) -> Any:
    """Return a value with `x-kubernetes-...` keys as Kubernetes spells them, which the SDK's classes can't."""
    return _renamed(value, _DASHED)


def underscored(value: Any) -> Any:
    """Return a value with `x-kubernetes-...` keys as the SDK's classes spell them."""
    return _renamed(value, _UNDERSCORED)


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {names.get(name, name): _renamed(item, names) for name, item in value.items()}
    return [_renamed(item, names) for item in value] if isinstance(value, list) else value
