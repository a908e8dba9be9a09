"""A stack's state as Pulumi exports it, and the changes that bring it together with AWS."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Resource = Mapping[str, Any]

_NOTHING: Resource = {}

PROVIDERS = "pulumi:providers:"
"""The beginning of the type of every provider."""


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
        return [one["resource"] for one in operations if not types or one["type"] in types]

    @property
    def unread(self) -> list[Resource]:
        """The resources that were imported by an earlier run, which ended before the provider was asked about them."""
        return [one for one in self.resources if _managed(one) and one.get("id") and not one.get("outputs")]

    @property
    def root(self) -> str:
        """The URN of the stack itself."""
        return next(one["urn"] for one in self.resources if one["type"] == "pulumi:pulumi:Stack")

    @property
    def ids(self) -> set[tuple[str, str]]:
        """The type and id of everything that the stack has."""
        return {(one["type"], one["id"]) for one in self.resources if one.get("id")}

    def provider(self, resource: Resource) -> Resource:
        """Return the provider that a resource names, as `urn::id`; an empty one if the state lacks it."""
        urn = str(resource.get("provider") or "").rpartition("::")[0]
        found = [one for one in self.resources if one["urn"] == urn]
        return found[0] if found else _NOTHING

    def providers(self, package: str) -> Iterator[Resource]:
        """Yield the providers of a package."""
        return (one for one in self.resources if one["type"] == PROVIDERS + package)


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What is changed in a state."""

    imported: tuple[Resource, ...] = ()
    """Resources that AWS has, and the components above them."""
    removed: tuple[Resource, ...] = ()
    """Resources that are put into the state so that their provider deletes them."""


def changed(state: State, changes: Changes) -> dict[str, Any]:
    """Return the state without its pending operations, with what is imported among its resources.

    An imported resource takes the place of one of its URN that was deleted for it. One that was to be deleted after it
    stays, marked for its deletion, as the engine would have left it.
    """
    urns = {one["urn"] for one in changes.imported}
    known = urns | {one["urn"] for one in [*state.resources, *changes.removed]}
    made = [_without_missing(one, known) for one in [*changes.imported, *changes.removed]]
    kept: list[Resource] = []
    for one in state.resources:
        if one["urn"] not in urns or one.get("delete"):
            kept.append(one)
        elif not one.get("pendingReplacement"):
            kept.append({**one, "delete": True})
    deployment = {name: value for name, value in state.exported["deployment"].items() if name != "pending_operations"}
    return {**state.exported, "deployment": {**deployment, "resources": _in_order([*kept, *made])}}


def _without_missing(resource: Resource, known: Collection[str]) -> Resource:
    """Return a resource without what it depends on and the state lacks, because Pulumi refuses such a state.

    The next update writes it again.
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
    """Return the resources so that each comes after those that it depends on, otherwise as they were."""
    last = {one["urn"]: place for place, one in enumerate(resources)}
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
    """Whether a provider keeps the resource: the engine's own types have no other."""
    return bool(resource.get("custom")) and not resource["type"].startswith("pulumi:") and not resource.get("external")
