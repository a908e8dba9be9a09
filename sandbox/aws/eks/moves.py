"""The moves of clusters without a call: a control plane becomes ready, nodes join, deletions end.

`questions` lists the needed facts of the control planes, and `look` calls them (without a lock, because it may take a
while). `due` lists the moves that the facts allow, and `make` makes one. They are separate because a move is journaled
like a call: a restored world makes the same moves between the same calls, without calling any control plane.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sandbox.aws import clock, usual
from sandbox.aws.eks import addons, cloud_controller, fargate, fleet, logs, network, nodes
from sandbox.aws.eks.operations import Estate
from sandbox.aws.eks.state import Cluster, Nodegroup, Shape, Update
from sandbox.contract import ClusterKey, ControlPlanes, ControlPlaneStatus, Phase, Wishes

TAKES = timedelta(seconds=0.3)
"""The least time of an update, or of an add-on's change of state: long enough to be observed."""

CLUSTER, GROUP, ADDON, PROFILE = (f"AWS::EKS::{noun}" for noun in ("Cluster", "Nodegroup", "Addon", "FargateProfile"))
"""The names of EKS's types in the table of usual times."""

Move = dict[str, Any]
"""A move: `kind`, the cluster's `account`, `region` and `name`, and the kind's arguments."""


@dataclass(frozen=True)
class Questions:
    """The needed facts: the state of these clusters' control planes, which of these nodes are Ready, and the wishes of
    these clusters' objects for AWS."""

    clusters: tuple[ClusterKey, ...] = ()
    nodes: tuple[tuple[ClusterKey, str], ...] = ()
    running: tuple[ClusterKey, ...] = ()


@dataclass(frozen=True)
class Observed:
    """The facts of the control planes."""

    clusters: Mapping[ClusterKey, ControlPlaneStatus]
    ready: frozenset[tuple[ClusterKey, str]]
    wishes: Mapping[ClusterKey, Wishes] = field(default_factory=dict[ClusterKey, Wishes])


def questions(estate: Estate) -> Questions:
    """The facts that decide which moves are due."""
    moving = [c for c in estate.clusters.values() if c.status in ("CREATING", "UPDATING", "DELETING") or _silent(c)]
    waiting = [
        (cluster.key, name)
        for cluster in estate.clusters.values()
        for nodegroup in cluster.nodegroups.values()
        if nodegroup.shape["status"] in ("CREATING", "UPDATING")
        for name in nodes.desired(cluster, nodegroup)
    ]
    running = [cluster.key for cluster in estate.clusters.values() if cluster.status in ("ACTIVE", "UPDATING")]
    return Questions(tuple(cluster.key for cluster in moving), tuple(waiting), tuple(running))


def moving(estate: Estate) -> bool:
    """Whether anything is changing its state."""
    things = [thing for cluster in estate.clusters.values() for thing in _things(cluster)]
    if estate.undelivered or any(map(_silent, estate.clusters.values())):
        return True
    leaving = (balancer.leaving for cluster in estate.clusters.values() for balancer in cluster.balancers.values())
    return any(thing["status"] not in ("ACTIVE", "FAILED", "CREATE_FAILED") for thing in things) or any(leaving)


def _silent(cluster: Cluster) -> bool:
    """Whether the cluster exists, but its API server hasn't answered yet."""
    return cluster.status in ("ACTIVE", "UPDATING") and not cluster.answers


def _things(cluster: Cluster) -> Iterator[Shape]:
    yield cluster.shape
    yield from (nodegroup.shape for nodegroup in cluster.nodegroups.values())
    yield from cluster.addons.values()
    yield from cluster.fargate_profiles.values()


def look(questions: Questions, planes: ControlPlanes) -> Observed:
    """Get the facts from the control planes."""
    ready = frozenset(node for node in questions.nodes if planes.node_ready(*node))
    wishes = {key: known for key in questions.running if (known := planes.wishes(key))}
    return Observed({key: planes.status(key) for key in questions.clusters}, ready, wishes)


def due(estate: Estate, observed: Observed) -> Iterator[Move]:
    """The moves that are due now."""
    for cluster in list(estate.clusters.values()):
        for kind, details in _of_cluster(cluster, observed):
            yield {"kind": kind, **cluster.key._asdict(), **details}
    for key, what in logs.late(estate):
        yield {"kind": f"logs-{what}", **key._asdict()}


def _of_cluster(cluster: Cluster, observed: Observed) -> Iterator[tuple[str, Move]]:
    if cluster.status in ("CREATING", "DELETING"):
        if status := observed.clusters.get(cluster.key):
            yield from _of_control_plane(cluster, status)
        return
    if _silent(cluster) and (status := observed.clusters.get(cluster.key)):
        yield from _of_silence(status)
    if wishes := observed.wishes.get(cluster.key):
        yield from cloud_controller.due(cluster, wishes)
    for nodegroup in cluster.nodegroups.values():
        yield from _of_nodegroup(cluster, nodegroup, observed)
    for update in cluster.updates.values():
        of_cluster = not update.nodegroup and not update.addon
        if of_cluster and update.shape["status"] == "InProgress" and _is_update_due(update.shape):
            yield from _of_update(update, observed.clusters.get(cluster.key))
    for name, addon in cluster.addons.items():
        if addon["status"] == "DELETING" and _has_passed(addon["modifiedAt"], usual.deletion(ADDON)):
            yield "addon-gone", {"addon": name}
        elif (
            addon["status"] in ("CREATING", "UPDATING")
            and addons.can_settle(cluster, name)
            and _is_creation_due(ADDON, addon)
        ):
            yield "addon-active", {"addon": name}
    for name, profile in cluster.fargate_profiles.items():
        if profile["status"] == "DELETING" and _is_deletion_due(PROFILE, cluster.leaving[name]):
            yield "fargate-gone", {"profile": name}
        elif profile["status"] == "CREATING" and _is_creation_due(PROFILE, profile):
            yield "fargate-active", {"profile": name}


def _is_update_due(update: Shape) -> bool:
    """Whether an update may be complete."""
    wait = usual.update(CLUSTER) if update["type"] == "EndpointAccessUpdate" else timedelta()
    return _has_passed(update["createdAt"], wait)


def _of_update(update: Update, status: ControlPlaneStatus | None) -> Iterator[tuple[str, Move]]:
    if status and status.phase is Phase.READY:
        yield "update-done", {"id": update.shape["id"]}
    elif status and status.phase is Phase.FAILED:
        yield "update-failed", {"id": update.shape["id"], "reason": status.reason}


def _has_passed(since: Any, wait: timedelta = timedelta()) -> bool:
    return clock.now() - since >= max(TAKES, wait)


def _is_creation_due(kind: str, shape: Shape) -> bool:
    """Whether a thing in creation or in an update may be active."""
    if shape["status"] == "CREATING":
        return _has_passed(shape["createdAt"], usual.creation(kind))
    return _has_passed(shape.get("modifiedAt", shape["createdAt"]))


def _is_deletion_due(kind: str, since: Any) -> bool:
    """Whether a thing in deletion may be gone."""
    return clock.now() - since >= usual.deletion(kind)


def _of_control_plane(cluster: Cluster, status: ControlPlaneStatus) -> Iterator[tuple[str, Move]]:
    if cluster.status == "DELETING":
        if status.phase is Phase.GONE and _is_deletion_due(CLUSTER, cluster.leaving[""]):
            yield "cluster-gone", {}
    elif status.phase is Phase.FAILED:
        yield "cluster-failed", {"reason": status.reason}
    elif status.endpoint and _has_passed(cluster.shape["createdAt"], usual.creation(CLUSTER)):
        authority = base64.b64encode(status.certificate_authority).decode()
        yield "cluster-active", {"endpoint": status.endpoint, "authority": authority}


def _of_silence(status: ControlPlaneStatus) -> Iterator[tuple[str, Move]]:
    if status.phase is Phase.READY:
        yield "cluster-answers", {}
    elif status.phase is Phase.FAILED:
        yield "cluster-failed", {"reason": status.reason}


def _of_nodegroup(cluster: Cluster, nodegroup: Nodegroup, observed: Observed) -> Iterator[tuple[str, Move]]:
    shape, status = nodegroup.shape, nodegroup.shape["status"]
    if status == "DELETING" and not nodegroup.known and _has_passed(shape["modifiedAt"], usual.deletion(GROUP)):
        yield "nodegroup-gone", {"nodegroup": nodegroup.name}
    elif status in ("CREATING", "UPDATING") and _is_creation_due(GROUP, shape):
        desired = nodes.desired(cluster, nodegroup)
        if all((cluster.key, name) in observed.ready for name in desired):
            yield "nodegroup-active", {"nodegroup": nodegroup.name}


def make(estate: Estate, move: Move) -> None:
    """Make a move."""
    key = ClusterKey(move["account"], move["region"], move["name"])
    if move["kind"].startswith("logs-"):
        logs.settle(estate, key, move["kind"].removeprefix("logs-"))
        return
    _MOVES[move["kind"]](estate, estate.clusters[key], move)


def _cluster_active(_: Estate, cluster: Cluster, move: Move) -> None:
    cluster.shape.update(
        status="ACTIVE",
        endpoint=move["endpoint"],
        certificateAuthority={"data": move["authority"]},
        identity={"oidc": {"issuer": cluster.issuer}},
    )


def _cluster_answers(_: Estate, cluster: Cluster, __: Move) -> None:
    cluster.answers = True


def _cluster_failed(_: Estate, cluster: Cluster, move: Move) -> None:
    issue = {"code": "InternalFailure", "message": move["reason"], "resourceIds": [cluster.key.name]}
    cluster.shape.update(status="FAILED", health={"issues": [issue]})


def _cluster_gone(estate: Estate, cluster: Cluster, _: Move) -> None:
    logs.ended(cluster, estate)
    network.remove_interfaces(cluster.key, cluster.interfaces)
    network.remove_security_group(cluster.key, cluster.shape["resourcesVpcConfig"]["clusterSecurityGroupId"])
    del estate.clusters[cluster.key]


def _update_done(_: Estate, cluster: Cluster, move: Move) -> None:
    cluster.updates[move["id"]].shape["status"] = "Successful"
    cluster.shape["status"] = "ACTIVE"


def _update_failed(_: Estate, cluster: Cluster, move: Move) -> None:
    error = {"errorCode": "Unknown", "errorMessage": move["reason"], "resourceIds": [cluster.key.name]}
    cluster.updates[move["id"]].shape.update(status="Failed", errors=[error])
    cluster.shape["status"] = "ACTIVE"


def _nodegroup_active(_: Estate, cluster: Cluster, move: Move) -> None:
    nodegroup = cluster.nodegroups[move["nodegroup"]]
    fleet.retire(cluster, nodegroup)
    nodegroup.shape["status"] = "ACTIVE"
    for update in cluster.updates.values():
        if update.nodegroup == move["nodegroup"]:
            update.shape["status"] = "Successful"


def _nodegroup_gone(_: Estate, cluster: Cluster, move: Move) -> None:
    nodegroup = cluster.nodegroups.pop(move["nodegroup"])
    fleet.remove(cluster, nodegroup)
    role = nodegroup.shape["nodeRole"]
    if all(other.shape["nodeRole"] != role for other in cluster.nodegroups.values()):
        entry = cluster.access_entries.get(role)
        if entry and entry.shape["type"] == "EC2_LINUX":
            del cluster.access_entries[role]


def _addon_active(_: Estate, cluster: Cluster, move: Move) -> None:
    cluster.addons[move["addon"]]["status"] = "ACTIVE"
    for update in cluster.updates.values():
        if update.addon == move["addon"]:
            update.shape["status"] = "Successful"


def _addon_gone(_: Estate, cluster: Cluster, move: Move) -> None:
    addon = cluster.addons.pop(move["addon"])
    owned = [
        key for key, association in cluster.pod_identities.items() if association.get("ownerArn") == addon["addonArn"]
    ]
    for key in owned:
        del cluster.pod_identities[key]


def _fargate_active(_: Estate, cluster: Cluster, move: Move) -> None:
    cluster.fargate_profiles[move["profile"]]["status"] = "ACTIVE"


def _fargate_gone(_: Estate, cluster: Cluster, move: Move) -> None:
    fargate.forget(cluster, move["profile"])


def _of_controller(_: Estate, cluster: Cluster, move: Move) -> None:
    cloud_controller.MOVES[move["kind"]](cluster, move)


_MOVES: dict[str, Callable[[Estate, Cluster, Move], None]] = {
    "cluster-active": _cluster_active,
    "cluster-answers": _cluster_answers,
    "cluster-failed": _cluster_failed,
    "cluster-gone": _cluster_gone,
    "update-done": _update_done,
    "update-failed": _update_failed,
    "nodegroup-active": _nodegroup_active,
    "nodegroup-gone": _nodegroup_gone,
    "addon-active": _addon_active,
    "addon-gone": _addon_gone,
    "fargate-active": _fargate_active,
    "fargate-gone": _fargate_gone,
    **dict.fromkeys(cloud_controller.MOVES, _of_controller),
}
