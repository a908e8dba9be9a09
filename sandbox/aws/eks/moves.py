"""What happens to clusters by itself: a control plane gets ready, nodes join, what was deleted is gone.

`asked` says what has to be known of the control planes, `look` asks them (which may take a while: no lock is held),
`due` says which moves can be made with the answers, `make` makes one. They are apart because a move is journaled like a
call: a world that is brought back makes the same moves between the same calls, without asking any control plane.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sandbox.aws import clock
from sandbox.aws.eks import addons, cloud_controller, fargate, fleet, logs, network, nodes
from sandbox.aws.eks.operations import Estate
from sandbox.aws.eks.state import Cluster, Nodegroup, Shape, Update
from sandbox.contract import ClusterKey, ControlPlanes, ControlPlaneStatus, Phase, Wishes

TAKES = timedelta(seconds=0.3)
"""How long an update, or an add-on's way to its next state, takes at least: long enough to be seen."""

Move = dict[str, Any]
"""`kind`, the cluster's `account`, `region` and `name`, and what the kind needs."""


@dataclass(frozen=True)
class Asked:
    """What has to be known: how far these clusters' control planes are, which of these nodes are Ready, and what the
    objects of these clusters ask of AWS."""

    clusters: tuple[ClusterKey, ...] = ()
    nodes: tuple[tuple[ClusterKey, str], ...] = ()
    running: tuple[ClusterKey, ...] = ()


@dataclass(frozen=True)
class Seen:
    """What is known."""

    clusters: Mapping[ClusterKey, ControlPlaneStatus]
    ready: frozenset[tuple[ClusterKey, str]]
    wishes: Mapping[ClusterKey, Wishes] = field(default_factory=dict[ClusterKey, Wishes])


def asked(estate: Estate) -> Asked:
    """What has to be known to see which moves are due."""
    moving = [c for c in estate.clusters.values() if c.status in ("CREATING", "UPDATING", "DELETING") or _silent(c)]
    waiting = [
        (cluster.key, name)
        for cluster in estate.clusters.values()
        for nodegroup in cluster.nodegroups.values()
        if nodegroup.shape["status"] in ("CREATING", "UPDATING")
        for name in nodes.wanted(cluster, nodegroup)
    ]
    running = [cluster.key for cluster in estate.clusters.values() if cluster.status in ("ACTIVE", "UPDATING")]
    return Asked(tuple(cluster.key for cluster in moving), tuple(waiting), tuple(running))


def moving(estate: Estate) -> bool:
    """Whether anything is on its way to another state."""
    things = [thing for cluster in estate.clusters.values() for thing in _things(cluster)]
    if estate.undelivered or any(map(_silent, estate.clusters.values())):
        return True
    leaving = (balancer.leaving for cluster in estate.clusters.values() for balancer in cluster.balancers.values())
    return any(thing["status"] not in ("ACTIVE", "FAILED", "CREATE_FAILED") for thing in things) or any(leaving)


def _silent(cluster: Cluster) -> bool:
    """Whether the cluster is there, but its API server hasn't answered yet."""
    return cluster.status in ("ACTIVE", "UPDATING") and not cluster.answers


def _things(cluster: Cluster) -> Iterator[Shape]:
    yield cluster.shape
    yield from (nodegroup.shape for nodegroup in cluster.nodegroups.values())
    yield from cluster.addons.values()
    yield from cluster.fargate_profiles.values()


def look(questions: Asked, planes: ControlPlanes) -> Seen:
    """Ask the control planes."""
    ready = frozenset(node for node in questions.nodes if planes.node_ready(*node))
    wishes = {key: known for key in questions.running if (known := planes.wishes(key))}
    return Seen({key: planes.status(key) for key in questions.clusters}, ready, wishes)


def due(estate: Estate, seen: Seen) -> Iterator[Move]:
    """The moves that can be made now."""
    for cluster in list(estate.clusters.values()):
        for kind, details in _of_cluster(cluster, seen):
            yield {"kind": kind, **cluster.key._asdict(), **details}
    for key, what in logs.late(estate):
        yield {"kind": f"logs-{what}", **key._asdict()}


def _of_cluster(cluster: Cluster, seen: Seen) -> Iterator[tuple[str, Move]]:
    if cluster.status in ("CREATING", "DELETING"):
        if status := seen.clusters.get(cluster.key):
            yield from _of_control_plane(cluster, status)
        return
    if _silent(cluster) and (status := seen.clusters.get(cluster.key)):
        yield from _of_silence(status)
    if wishes := seen.wishes.get(cluster.key):
        yield from cloud_controller.due(cluster, wishes)
    for nodegroup in cluster.nodegroups.values():
        yield from _of_nodegroup(cluster, nodegroup, seen)
    for update in cluster.updates.values():
        of_cluster = not update.nodegroup and not update.addon
        if of_cluster and update.shape["status"] == "InProgress" and _rested(update.shape["createdAt"]):
            yield from _of_update(update, seen.clusters.get(cluster.key))
    for name, addon in cluster.addons.items():
        if not _rested(addon["modifiedAt"]):
            continue
        if addon["status"] == "DELETING":
            yield "addon-gone", {"addon": name}
        elif addon["status"] in ("CREATING", "UPDATING") and addons.can_settle(cluster, name):
            yield "addon-active", {"addon": name}
    for name, profile in cluster.fargate_profiles.items():
        if profile["status"] == "DELETING":
            yield "fargate-gone", {"profile": name}
        elif profile["status"] == "CREATING" and _rested(profile["createdAt"]):
            yield "fargate-active", {"profile": name}


def _of_update(update: Update, status: ControlPlaneStatus | None) -> Iterator[tuple[str, Move]]:
    if status and status.phase is Phase.READY:
        yield "update-done", {"id": update.shape["id"]}
    elif status and status.phase is Phase.FAILED:
        yield "update-failed", {"id": update.shape["id"], "reason": status.reason}


def _rested(since: Any) -> bool:
    return clock.now() - since >= TAKES


def _of_control_plane(cluster: Cluster, status: ControlPlaneStatus) -> Iterator[tuple[str, Move]]:
    if cluster.status == "DELETING":
        if status.phase is Phase.GONE:
            yield "cluster-gone", {}
    elif status.phase is Phase.FAILED:
        yield "cluster-failed", {"reason": status.reason}
    elif status.endpoint:
        authority = base64.b64encode(status.certificate_authority).decode()
        yield "cluster-active", {"endpoint": status.endpoint, "authority": authority}


def _of_silence(status: ControlPlaneStatus) -> Iterator[tuple[str, Move]]:
    if status.phase is Phase.READY:
        yield "cluster-answers", {}
    elif status.phase is Phase.FAILED:
        yield "cluster-failed", {"reason": status.reason}


def _of_nodegroup(cluster: Cluster, nodegroup: Nodegroup, seen: Seen) -> Iterator[tuple[str, Move]]:
    status = nodegroup.shape["status"]
    if status == "DELETING" and not nodegroup.known and _rested(nodegroup.shape["modifiedAt"]):
        yield "nodegroup-gone", {"nodegroup": nodegroup.name}
    elif status in ("CREATING", "UPDATING") and _rested(nodegroup.shape["modifiedAt"]):
        wanted = nodes.wanted(cluster, nodegroup)
        if all((cluster.key, name) in seen.ready for name in wanted):
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
    gone = cluster.addons.pop(move["addon"])
    owned = [key for key, one in cluster.pod_identities.items() if one.get("ownerArn") == gone["addonArn"]]
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
