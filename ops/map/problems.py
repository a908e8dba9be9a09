"""A fleet's problems, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from ops.map.model import FederatedObject, Fleet, State


def problems(fleet: Fleet) -> Iterator[str]:
    """Yield a sentence for each problem; none for a healthy fleet."""
    yield from fleet.troubles
    for federation in fleet.federations:
        place = f" in {federation.engine.value}" if len(fleet.federations) > 1 else ""
        for name, membership in federation.memberships.items():
            # The troubles have an unreachable host already, so the clusters do not repeat it.
            if membership.state in (State.NOT_READY, State.NOT_JOINED):
                yield f"Cluster {name} is {membership.state.value}{place}: {membership.why}"
    for type_ in fleet.types:
        if not type_.healthy:
            yield f"Type {type_.name}: its propagation controller is {type_.controller or 'not started yet'}" + (
                f"; {type_.trouble}" if type_.trouble else ""
            )
    for _, objects in fleet.by_namespace:
        for object in objects:
            if not object.healthy:
                yield f"{object.target} {_path(object)}: {'; '.join(_failures(object))}"
    for (namespace, kind, name), clusters in fleet.workloads.items():
        for cluster, workload in clusters.items():
            if not workload.healthy:
                yield f"{kind} {namespace}/{name}: {workload.ready} of {workload.desired} pods ready in {cluster}"


def _path(object: FederatedObject) -> str:
    return "/".join(part for part in (object.namespace, object.name) if part)


def _failures(object: FederatedObject) -> list[str]:
    """Return the failure of each cluster; if none has one, the reason for the whole object."""
    failing = [f"{name} {placement.status}" for name, placement in object.placements.items() if placement.status]
    return failing or [object.trouble]
