"""Updates: changes of a cluster, node group or add-on that take a while, and can be described meanwhile."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sandbox.aws import clock, seeded_random
from sandbox.aws.eks.errors import ResourceNotFoundException
from sandbox.aws.eks.operations import Call, operation
from sandbox.aws.eks.state import Cluster, Shape, Update


def begin(cluster: Cluster, kind: str, params: Mapping[str, Any], nodegroup: str = "", addon: str = "") -> Update:
    """Record the start of an update, which `moves` ends."""
    shape: Shape = {
        "id": seeded_random.uuid(),
        "status": "InProgress",
        "type": kind,
        "params": [{"type": name, "value": _text(value)} for name, value in params.items()],
        "createdAt": clock.now(),
        "errors": [],
    }
    cluster.updates[shape["id"]] = Update(shape, nodegroup, addon)
    return cluster.updates[shape["id"]]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@operation("DescribeUpdate")
def describe_update(call: Call) -> Mapping[str, Any]:
    """Describe an update."""
    update = call.cluster.updates.get(call.params["updateId"])
    if update is None or not _of(call, update):
        raise ResourceNotFoundException(
            f"No update found for ID: {call.params['updateId']}", clusterName=call.cluster.key.name
        )
    return {"update": update.shape}


@operation("ListUpdates")
def list_updates(call: Call) -> Mapping[str, Any]:
    """List the ids of the updates of a cluster, or of one of its node groups or add-ons."""
    return {"updateIds": [key for key, update in call.cluster.updates.items() if _of(call, update)]}


def _of(call: Call, update: Update) -> bool:
    return update.nodegroup == call.params.get("nodegroupName", "") and update.addon == call.params.get("addonName", "")
