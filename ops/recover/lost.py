"""The resources that a preview would create. They may exist in AWS, if the state was restored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from ops.recover.row import Prefix
from ops.recover.state import Resource, State, inputs_of
from wire import UNKNOWNS

CREATES = ("create", "create-replacement")
"""The steps of a preview that would create a resource."""

SECRET = "[secret]"  # noqa: S105  # a mark, no secret
"""The mark of a secret in a preview (pulumi/pkg backend/display/json.go)."""

_END = re.compile(r"[0-9a-f]{7}")
"""The random suffix of a name that Pulumi generates (sdk/go/common/resource, NewUniqueHex)."""


class Lost:
    """The resources that a preview would create."""

    def __init__(self, digest: Mapping[str, Any], state: State) -> None:
        """`digest` is the output of `pulumi preview --json`."""
        known = {resource["urn"] for resource in state.operations("creating")}
        steps = [step for step in digest.get("steps") or () if step["op"] in CREATES and step["urn"] not in known]
        self._created: dict[str, Resource] = {step["urn"]: step["newState"] for step in steps if step.get("newState")}
        self._state = state

    @property
    def resources(self) -> list[Resource]:
        """The resources that an update may have created, by providers that the state has.

        An update knows every input before it creates a resource. A resource with an unknown input depends on one that
        the state lacks, which must be found first.
        """
        return [_declared(each) for each in self._created.values() if each.get("custom") and self._is_known(each)]

    def parents(self, resource: Resource) -> tuple[Resource, ...]:
        """Return the components above a resource that the state lacks, the outermost first."""
        parent = self._created.get(str(resource.get("parent")))
        return (*self.parents(parent), _without(parent, "outputs")) if parent else ()

    def declares(self, like: Mapping[str, str], on: Resource) -> bool:
        """Whether the program declares a resource of a type and inputs that depends on another one."""
        return any(
            like.items() <= {**inputs_of(resource), "type": resource["type"]}.items()
            for resource in self._created.values()
            if on["urn"] in (resource.get("dependencies") or ())
        )

    def _is_known(self, resource: Resource) -> bool:
        inputs, provider = inputs_of(resource), self._state.provider(resource)
        region = inputs.get("region") or inputs_of(provider).get("region")
        return bool(provider and region) and not any(_has(inputs, mark) for mark in UNKNOWNS)


def _declared(resource: Resource) -> Resource:
    name = resource["urn"].rpartition("::")[2]
    inputs = {key: _input(key, value, name) for key, value in inputs_of(resource).items() if not _has(value, SECRET)}
    return {**_without(resource, "outputs"), "inputs": inputs}


def _input(key: str, value: Any, name: str) -> Any:
    """Return an input, or the Prefix of a name that Pulumi derived from the resource's."""
    if key.lower().endswith("name") and isinstance(value, str) and _END.fullmatch(value.rpartition("-")[2]):
        stem = value.rpartition("-")[0]
        return Prefix(f"{stem}-") if stem.rpartition("/")[2] == name else value
    return value


def _has(value: Any, mark: str) -> bool:
    """Whether a value is a mark, or contains it."""
    return value == mark or any(_has(each, mark) for each in _members(value))


def _members(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from cast("Mapping[str, Any]", value).values()
    elif isinstance(value, list):
        yield from cast("list[Any]", value)


def _without(resource: Resource, key: str) -> Resource:
    return {name: value for name, value in resource.items() if name != key}
