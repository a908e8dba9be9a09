"""The model of Karmada's objects, from their JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ops.map.kubefed import ListObjects, Object, part
from ops.map.model import Engine, FederatedObject, Federation, Membership, Placement, State

CONTEXT = "karmada"
"""The context of Karmada's API in the fleet's kubeconfig."""

NOWHERE = {"matchExpressions": [{"key": "federated-eks/nowhere", "operator": "Exists"}]}
"""The label selector of a policy that places its object nowhere (components/federation/karmada/policies.py)."""

SCALED = ("Deployment", "ReplicaSet", "StatefulSet")
"""The kinds whose status has the number of their replicas."""


def read(list_objects: ListObjects) -> Federation:
    """Return the federation: its clusters, and an object for each binding of a workload."""
    clusters = list_objects("cluster.karmada.io", "v1alpha1", "clusters", "")
    bindings = [
        each
        for plural in ("clusterresourcebindings", "resourcebindings")
        for each in list_objects("work.karmada.io", "v1alpha2", plural, "")
    ]
    return Federation(
        engine=Engine.KARMADA,
        memberships={each["metadata"]["name"]: membership(each) for each in clusters},
        types=(),
        objects=tuple(object_(each) for each in bindings),
    )


def membership(cluster: Object) -> Membership:
    """Return a Cluster's membership, from its condition Ready."""
    version = part(cluster, "status").get("kubernetesVersion") or ""
    ready = condition(cluster, "Ready")
    if ready.get("status") == "True":
        return Membership(state=State.READY, version=version)
    if not ready:
        return Membership(state=State.NOT_READY, reason="Karmada has not looked at it yet", version=version)
    return Membership(
        state=State.NOT_READY,
        reason=ready.get("reason") or f"Ready is {ready['status']}",
        message=ready.get("message") or "",
        version=version,
    )


def object_(binding: Object) -> FederatedObject:
    """Return the model of the workload that a ResourceBinding or a ClusterResourceBinding is for."""
    resource: Any = binding["spec"]["resource"]
    return FederatedObject(
        namespace=resource.get("namespace") or "",
        name=resource["name"],
        target=resource["kind"],
        engine=Engine.KARMADA,
        placements={placement.cluster: placement for placement in placements(binding)},
        trouble=trouble(binding),
    )


def placements(binding: Object) -> Iterator[Placement]:
    """Yield the workload in each cluster that Karmada's scheduler has chosen, in order."""
    spec = part(binding, "spec")
    reports = {each["clusterName"]: each for each in part(binding, "status").get("aggregatedStatus") or ()}
    for target in spec.get("clusters") or ():
        report = part(reports, target["name"])
        yield Placement(cluster=target["name"], status=status(report), replicas=replicas(spec, target, report))


def status(report: Object) -> str:
    """Return Karmada's word for a workload in a cluster; empty if it is in place and healthy."""
    if not report.get("applied"):
        return report.get("appliedMessage") or "not applied yet"
    health = report.get("health") or "Unknown"
    return "" if health == "Healthy" else f"health is {health}"


def replicas(spec: Object, target: Object, report: Object) -> int | None:
    """Return the number of replicas of a workload in a cluster; None if it has none.

    It is the one that the cluster reports, because an OverridePolicy or an autoscaler there may set another than
    Karmada's scheduler has.
    """
    if not spec.get("replicas"):
        return None
    reported = part(report, "status")
    if reported and part(spec, "resource").get("kind") in SCALED:
        return reported.get("replicas") or 0
    return target.get("replicas") or 0


def trouble(binding: Object) -> str:
    """Return the scheduler's reason if it has no clusters for the workload, or lags behind; else an empty text."""
    scheduled = condition(binding, "Scheduled")
    affinity = part(part(part(binding, "spec"), "placement"), "clusterAffinity")
    if affinity.get("labelSelector") == NOWHERE:
        return ""
    if not scheduled:
        return "Karmada has not looked at it yet"
    if scheduled.get("status") != "True":
        return scheduled.get("message") or scheduled.get("reason") or f"Scheduled is {scheduled.get('status')}"
    generation = part(binding, "metadata").get("generation")
    if generation is not None and part(binding, "status").get("schedulerObservedGeneration", 0) < generation:
        return "Karmada has not looked at its last change yet"
    return ""


def condition(object: Object, type_: str) -> Mapping[str, Any]:
    """Return a condition of an object's status; an empty one if it has none of the type."""
    none: dict[str, Any] = {}
    return next((each for each in part(object, "status").get("conditions") or () if each["type"] == type_), none)
