"""kubefed's spread of a workload's replicas: checks of a preference, and the wait until kubefed has followed it."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi import Output

from ...threads import in_thread
from .. import diagnosis, scheduling
from ..diagnosis import Object
from ..engine import Spread
from ..scheduling import ANY, Preference
from . import status

KINDS = ("Deployment", "ReplicaSet")
"""The kinds whose replicas kubefed spreads."""

PAUSE = 1.0
"""Seconds between two checks."""

CALM = 3
"""Consecutive checks that must find the replicas spread."""


def check(spread: Spread) -> None:
    """Raise ValueError for a distribution that kubefed would accept, but not follow as declared."""
    kind, placement = spread.workload.kind, spread.workload.placement
    if kind not in KINDS:
        raise ValueError(f"workload: {kind} has no replicas that kubefed spreads; use a Deployment or a ReplicaSet")
    scheduling.check(spread.total, spread.clusters)
    if spread.within_placement and placement.selector is None:
        raise ValueError(
            f"within_placement: {spread.workload.name} is placed in {placement.clusters} by name, which "
            "kubefed ignores and overwrites; place it by a selector, or leave within_placement out"
        )


def share(preference: Preference) -> dict[str, int]:
    """A preference in kubefed's form."""
    limit = {} if preference.max is None else {"maxReplicas": preference.max}
    return {"weight": preference.weight, "minReplicas": preference.min, **limit}


def followed(name: str, kubeconfig: Output[str], workload: Object, seconds: float) -> pulumi.ResourceHook:
    """A hook on a ReplicaSchedulingPreference that ends once kubefed has spread the replicas of `workload`.

    `workload` is the federated object's apiVersion and kind; its name and namespace are the preference's. `name` is
    unique among the stack's hooks. It fails the update after `seconds`, with the state that kubefed has reached.
    """

    async def wait(change: pulumi.ResourceHookArgs) -> None:
        preference: Any = change.new_inputs or {}
        cluster = await in_thread(diagnosis.connect, await kubeconfig.future() or "")
        object = {**workload, "metadata": preference["metadata"]}
        deadline, calm, why = time.monotonic() + seconds, 0, ""
        # kubefed follows within a second. A sum that is right may still be the last preference's.
        while calm < CALM:
            why = unsettled(preference["spec"], await in_thread(diagnosis.get, cluster, object))
            calm = 0 if why else calm + 1
            if why and time.monotonic() > deadline:
                raise pulumi.RunError(f"{preference['kind']} {preference['metadata']['name']}: {why}")
            await asyncio.sleep(PAUSE)

    return pulumi.ResourceHook(name, wait)


def unsettled(preference: Object, workload: Object) -> str:
    """The difference between a federated workload and a preference's spec; empty once there is none."""
    shares = replicas(workload)
    desired = min(preference["totalReplicas"], sum(most(preference["clusters"], cluster) for cluster in shares))
    if not shares or sum(shares.values()) < desired:
        spreads = ", ".join(f"{cluster}: {share}" for cluster, share in sorted(shares.items()))
        return (
            f"kubefed has spread {sum(shares.values())} of {preference['totalReplicas']} replicas ({spreads or 'none'})"
        )
    if diagnosis.status(workload).get("observedGeneration") != workload["metadata"]["generation"]:
        return "kubefed has not placed the replicas yet"
    unplaced = [*status.propagation(workload)]
    return f"kubefed has not placed the replicas everywhere: {', '.join(unplaced)}" if unplaced else ""


def replicas(workload: Object) -> dict[str, int]:
    """The replicas that kubefed gives each cluster of a federated workload's placement, by the cluster's name."""
    placed = {cluster["name"] for cluster in workload["spec"]["placement"].get("clusters") or ()}
    return {
        entry["clusterName"]: int(override["value"])
        for entry in workload["spec"].get("overrides") or ()
        for override in entry["clusterOverrides"]
        if override["path"] == "/spec/replicas" and entry["clusterName"] in placed
    }


def most(clusters: Mapping[str, Any], cluster: str) -> float:
    """The most replicas that a preference's `clusters` allow a cluster."""
    preference: Any = clusters.get(cluster) or clusters.get(ANY) or {}
    if not preference.get("weight"):
        return preference.get("minReplicas") or 0
    return preference.get("maxReplicas", math.inf)
