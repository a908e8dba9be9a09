"""What of a fleet waits for what, as the engine knows it: from a preview, or from a stack's state."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any


@dataclass(frozen=True)
class Node:
    """A resource."""

    urn: str
    type: str
    name: str
    custom: bool
    waits: frozenset[str]
    """The URNs of what must exist before it, and be deleted after it."""
    parent: str
    deleted_with: str
    """The URN of the resource whose deletion spares the call that deletes this one; empty: none does."""


@dataclass(frozen=True)
class Graph:
    """A fleet's resources by URN, each after what it waits for."""

    nodes: Mapping[str, Node]

    @cached_property
    def dependents(self) -> Mapping[str, Sequence[str]]:
        """The URNs of what waits for each resource."""
        found: dict[str, list[str]] = {urn: [] for urn in self.nodes}
        for node in self.nodes.values():
            for urn in node.waits:
                found[urn].append(node.urn)
        return found


def from_preview(preview: Mapping[str, Any]) -> Graph:
    """The graph of `pulumi preview --json`."""
    return _graph(_node(step["newState"]) for step in preview["steps"] if "newState" in step)


def from_state(exported: Mapping[str, Any]) -> Graph:
    """The graph of `pulumi stack export`."""
    return _graph(map(_node, exported["deployment"]["resources"]))


def _node(told: Mapping[str, Any]) -> Node:
    urn: str = told["urn"]
    by_property = (urn for urns in (told.get("propertyDependencies") or {}).values() for urn in urns or ())
    provider = (told.get("provider") or "").rpartition("::")[0]
    waits = {*(told.get("dependencies") or ()), *by_property, provider, told.get("parent") or "", _with(told)}
    return Node(
        urn=urn,
        type=told["type"],
        name=urn.rpartition("::")[2],
        custom=bool(told.get("custom")),
        waits=frozenset(waits - {"", urn}),
        parent=told.get("parent") or "",
        deleted_with=_with(told),
    )


def _with(told: Mapping[str, Any]) -> str:
    return told.get("deletedWith") or ""


def _graph(nodes: Iterable[Node]) -> Graph:
    """Whatever waits for a component waits for its children too, as in the engine (its DependenciesOf)."""
    known = {node.urn: node for node in nodes}
    children: dict[str, list[str]] = {}
    for node in known.values():
        children.setdefault(node.parent, []).append(node.urn)
    waits = {urn: _expanded(node, known, children) for urn, node in known.items()}
    order = TopologicalSorter(waits).static_order()
    return Graph({urn: replace(known[urn], waits=frozenset(waits[urn])) for urn in order})


def _expanded(node: Node, known: Mapping[str, Node], children: Mapping[str, Collection[str]]) -> set[str]:
    found = {urn for urn in node.waits if urn in known}
    for urn in list(found):
        if not known[urn].custom and urn != node.parent and not _inside(node, urn, known):
            found |= {*_below(urn, children)}
    return found - {node.urn}


def _inside(node: Node, component: str, known: Mapping[str, Node]) -> bool:
    """Whether a resource is a component's child, or a child's child."""
    parent = node.parent
    while parent and parent != component:
        parent = known[parent].parent if parent in known else ""
    return bool(parent)


def _below(urn: str, children: Mapping[str, Collection[str]]) -> Iterator[str]:
    for child in children.get(urn, ()):
        yield child
        yield from _below(child, children)
