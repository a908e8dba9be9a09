"""A stack's state as Pulumi exports it, and the changes that make it agree with AWS."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Resource = Mapping[str, Any]

_NOTHING: Resource = {}

PROVIDERS = "pulumi:providers:"
"""The prefix of every provider's type."""


def inputs_of(resource: Resource) -> Mapping[str, Any]:
    """Return a resource's inputs; the state leaves out empty ones."""
    found: Mapping[str, Any] | None = resource.get("inputs")
    return found or {}


@dataclass(frozen=True, kw_only=True)
class State:
    """An exported state."""

    exported: Mapping[str, Any]

    @property
    def resources(self) -> list[Resource]:
        """The stack's resources, in the order of their creation."""
        return list(self.exported["deployment"].get("resources") or ())

    def operations(self, *types: str) -> list[Resource]:
        """Return the resources of the pending operations of these types: creating, updating, deleting, reading."""
        operations = self.exported["deployment"].get("pending_operations") or ()
        return [operation["resource"] for operation in operations if not types or operation["type"] in types]

    @property
    def unread(self) -> list[Resource]:
        """The resources that an earlier run imported, if it ended before the provider had read them."""
        return [
            resource
            for resource in self.resources
            if _managed(resource) and resource.get("id") and not resource.get("outputs")
        ]

    @property
    def root(self) -> str:
        """The URN of the stack itself."""
        return next(resource["urn"] for resource in self.resources if resource["type"] == "pulumi:pulumi:Stack")

    @property
    def ids(self) -> set[tuple[str, str]]:
        """The type and id of each of the stack's resources."""
        return {(resource["type"], resource["id"]) for resource in self.resources if resource.get("id")}

    def provider(self, resource: Resource) -> Resource:
        """Return the provider that a resource names, as `urn::id`; an empty one if the state lacks it."""
        urn = str(resource.get("provider") or "").rpartition("::")[0]
        found = [each for each in self.resources if each["urn"] == urn]
        return found[0] if found else _NOTHING

    def providers(self, package: str) -> Iterator[Resource]:
        """Yield the providers of a package."""
        return (resource for resource in self.resources if resource["type"] == PROVIDERS + package)


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Changes of a state."""

    imported: tuple[Resource, ...] = ()
    """Resources that AWS has, and the components above them."""
    removed: tuple[Resource, ...] = ()
    """Resources that are added to the state so that their provider deletes them."""


def changed(state: State, changes: Changes) -> dict[str, Any]:
    """Return the state without its pending operations, with the imported resources.

    An imported resource replaces a resource of its URN that was deleted for it. A resource that was to be deleted after
    it stays, marked for its deletion, as the engine would have left it.
    """
    urns = {resource["urn"] for resource in changes.imported}
    known = urns | {resource["urn"] for resource in [*state.resources, *changes.removed]}
    added = [_without_missing(resource, known) for resource in [*changes.imported, *changes.removed]]
    kept: list[Resource] = []
    for resource in state.resources:
        if resource["urn"] not in urns or resource.get("delete"):
            kept.append(resource)
        elif not resource.get("pendingReplacement"):
            kept.append({**resource, "delete": True})
    deployment = {name: value for name, value in state.exported["deployment"].items() if name != "pending_operations"}
    return {**state.exported, "deployment": {**deployment, "resources": _in_order([*kept, *added])}}


def _without_missing(resource: Resource, known: Collection[str]) -> Resource:
    """Return a resource without dependencies that the state lacks, because Pulumi refuses such a state.

    The next update writes them again.
    """
    by_property: Mapping[str, list[str] | None] = resource.get("propertyDependencies") or {}
    links = {
        "dependencies": [urn for urn in resource.get("dependencies") or () if urn in known],
        "propertyDependencies": {
            name: [urn for urn in urns or () if urn in known] for name, urns in by_property.items()
        },
        "deletedWith": resource.get("deletedWith") if resource.get("deletedWith") in known else None,
    }
    return {**resource, **{name: value for name, value in links.items() if name in resource}}


def _in_order(resources: list[Resource]) -> list[Resource]:
    """Return the resources in their order, but each after its dependencies."""
    last = {resource["urn"]: place for place, resource in enumerate(resources)}
    ordered: list[Resource] = []
    seen: set[int] = set()

    def put(place: int) -> None:
        if place in seen:
            return
        seen.add(place)
        for urn in _needs(resources[place]):
            if urn in last:
                put(last[urn])
        ordered.append(resources[place])

    for place in range(len(resources)):
        put(place)
    return ordered


def _needs(resource: Resource) -> Iterable[str]:
    yield from filter(None, (resource.get("parent"), str(resource.get("provider") or "").rpartition("::")[0]))
    yield from resource.get("dependencies") or ()
    by_property: Mapping[str, list[str] | None] = resource.get("propertyDependencies") or {}
    for urns in by_property.values():
        yield from urns or ()
    yield from filter(None, (resource.get("deletedWith"),))


def _managed(resource: Resource) -> bool:
    """Whether a provider manages the resource. The engine manages its own types."""
    return bool(resource.get("custom")) and not resource["type"].startswith("pulumi:") and not resource.get("external")
