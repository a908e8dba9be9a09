"""The model of kubefed's objects, from their JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ops.map.model import Engine, FederatedObject, FederatedType, Membership, Placement, State

Object = Mapping[str, Any]

ListObjects = Callable[[str, str, str, str], list[Object]]
"""A function that returns the objects of a group, version and plural in a namespace; an empty namespace means all."""


def membership(cluster: Object) -> Membership:
    """Return a KubeFedCluster's membership, from its conditions."""
    status = part(cluster, "status")
    conditions: list[Any] = status.get("conditions") or []
    version = status.get("kubernetesVersion") or ""
    if any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions):
        return Membership(state=State.READY, version=version)
    # Ready is the only condition that is good when True; Offline and ConfigMalformed are bad when True.
    bad = [each for each in conditions if (each["status"] == "True") != (each["type"] == "Ready")]
    if not bad:
        return Membership(state=State.NOT_READY, reason="kubefed has not looked at it yet", version=version)
    first, *more = bad
    messages = [first.get("message"), *(f"{each['type']}: {each.get('message')}" for each in more)]
    return Membership(
        state=State.NOT_READY,
        reason=first.get("reason") or f"{first['type']} is {first['status']}",
        message="; ".join(message for message in messages if message),
        version=version,
    )


def type_(config: Object) -> FederatedType:
    """Return the type of a FederatedTypeConfig."""
    federated: Any = config["spec"]["federatedType"]
    status = part(config, "status")
    return FederatedType(
        name=config["metadata"]["name"],
        kind=federated["kind"],
        target=config["spec"]["targetType"]["kind"],
        group=federated.get("group") or "",
        version=federated["version"],
        plural=federated["pluralName"],
        enabled=config["spec"].get("propagation") == "Enabled",
        controller=status.get("propagationController") or "",
    )


def object_(object: Object, type_: FederatedType) -> FederatedObject:
    """Return the model of a federated object of a type."""
    spec, status = part(object, "spec"), part(object, "status")
    metadata: Any = object["metadata"]
    placements = (
        Placement(cluster=each["name"], status=each.get("status") or "", replicas=replicas(spec, each["name"]))
        for each in status.get("clusters") or ()
    )
    return FederatedObject(
        namespace=metadata.get("namespace") or "",
        name=metadata["name"],
        target=type_.target,
        engine=Engine.KUBEFED,
        placements={placement.cluster: placement for placement in placements},
        trouble=trouble(metadata.get("generation"), status),
    )


def trouble(generation: int | None, status: Mapping[str, Any]) -> str:
    """Return kubefed's reason if Propagation is not True, or that kubefed lags behind; else an empty text."""
    condition = next((each for each in status.get("conditions") or () if each["type"] == "Propagation"), None)
    if condition is None:
        return "kubefed has not looked at it yet"
    if condition["status"] != "True":
        return condition.get("reason") or f"Propagation is {condition['status']}"
    if generation is not None and status.get("observedGeneration", generation) < generation:
        return "kubefed has not looked at its last change yet"
    return ""


def replicas(spec: Mapping[str, Any], cluster: str) -> int | None:
    """Return the number of replicas that a federated object sets in a cluster.

    None if its template and overrides set no number, or if `retainReplicas` leaves the number to the cluster.
    """
    if spec.get("retainReplicas"):
        return None
    number = part(part(spec, "template"), "spec").get("replicas")
    for override in spec.get("overrides") or ():
        if override["clusterName"] == cluster:
            number = overridden(number, override.get("clusterOverrides") or ())
    return number if isinstance(number, int) else None


def overridden(number: int | None, patches: Iterable[Mapping[str, Any]]) -> int | None:
    """Return a number of replicas after a cluster's overrides, JSON patches that apply in order."""
    for patch in patches:
        removed = patch.get("op") == "remove"
        if patch["path"] == "/spec/replicas":
            number = None if removed else patch.get("value")
        elif patch["path"] == "/spec":
            number = None if removed else part(patch, "value").get("replicas")
    return number


def part(object: Object, key: str) -> Object:
    """Return the object under a key; an empty one if the key is missing or null."""
    return object.get(key) or {}
