"""How kubefed spreads a workload's replicas: preferences, their rules, and when it has followed them."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import Output

from components import diagnosis
from components.diagnosis import Object

ANY = "*"
"""Each cluster that a preference does not name."""

PAUSE = 1.0
"""Seconds between two looks."""

CALM = 3
"""Looks in a row that must find the replicas spread."""


@dataclass(frozen=True, kw_only=True)
class Preference:
    """A cluster's share of the replicas."""

    weight: int = 0
    """Of what is left once every cluster has its minimum, in proportion."""
    min: int = 0
    max: int | None = None
    """None: as many as there are."""

    @property
    def spec(self) -> dict[str, int]:
        """As kubefed has it."""
        most = {} if self.max is None else {"maxReplicas": self.max}
        return {"weight": self.weight, "minReplicas": self.min, **most}


def check(kind: str, total: int, clusters: Mapping[str, Preference]) -> None:
    """Raise ValueError for a preference that kubefed would take and never follow, or not as it reads."""
    if kind not in ("Deployment", "ReplicaSet"):
        raise ValueError(f"workload: {kind} has no replicas that kubefed spreads; give a Deployment or a ReplicaSet")
    if total < 0:
        raise ValueError(f"total: {total} is no count of replicas; give 0 or more")
    for cluster, preference in clusters.items():
        if min(preference.weight, preference.min) < 0:
            raise ValueError(f"clusters[{cluster}]: {preference.spec} has a negative number; give 0 or more")
        if preference.max is not None and preference.max < preference.min:
            raise ValueError(
                f"clusters[{cluster}]: min {preference.min} is more than max {preference.max}; set min <= max"
            )
    least = sum(preference.min for cluster, preference in clusters.items() if cluster != ANY)
    if least > total:
        raise ValueError(f"total: {total} is less than the clusters' minimums together ({least}); set a larger total")


def followed(name: str, kubeconfig: Output[str], workload: Object, seconds: float) -> pulumi.ResourceHook:
    """A hook on a ReplicaSchedulingPreference that ends once kubefed has spread the replicas of `workload`.

    `workload` is the federated object's apiVersion and kind; its name and namespace are the preference's. `name` is
    unique among the stack's hooks. It fails the update after `seconds`, and says what kubefed has come to.
    """

    async def wait(made: pulumi.ResourceHookArgs) -> None:
        preference: Any = made.new_inputs or {}
        cluster = await asyncio.to_thread(diagnosis.connect, await kubeconfig.future() or "")
        object = {**workload, "metadata": preference["metadata"]}
        deadline, calm, why = time.monotonic() + seconds, 0, ""
        # Kubefed follows within a second; a sum that is right may still be the last preference's.
        while calm < CALM:
            why = unsettled(preference["spec"], await asyncio.to_thread(diagnosis.get, cluster, object))
            calm = 0 if why else calm + 1
            if why and time.monotonic() > deadline:
                raise pulumi.RunError(f"{preference['kind']} {preference['metadata']['name']}: {why}")
            await asyncio.sleep(PAUSE)

    return pulumi.ResourceHook(name, wait)


def unsettled(preference: Object, workload: Object) -> str:
    """Why a federated workload is not yet as a preference's spec has it; empty once it is."""
    shares = replicas(workload)
    wanted = min(preference["totalReplicas"], sum(most(preference["clusters"], cluster) for cluster in shares))
    if not shares or sum(shares.values()) < wanted:
        spreads = ", ".join(f"{cluster}: {share}" for cluster, share in sorted(shares.items()))
        return (
            f"kubefed has spread {sum(shares.values())} of {preference['totalReplicas']} replicas ({spreads or 'none'})"
        )
    status: Any = workload.get("status") or {}
    if status.get("observedGeneration") != workload["metadata"]["generation"]:
        return "kubefed has not placed the replicas yet"
    told = [*diagnosis.propagation(workload)]
    return f"kubefed has not placed the replicas everywhere: {', '.join(told)}" if told else ""


def replicas(workload: Object) -> dict[str, int]:
    """The replicas that kubefed gives each cluster a federated workload is placed in, by the cluster's name."""
    placed = {cluster["name"] for cluster in workload["spec"]["placement"].get("clusters") or ()}
    return {
        entry["clusterName"]: int(override["value"])
        for entry in workload["spec"].get("overrides") or ()
        for override in entry["clusterOverrides"]
        if override["path"] == "/spec/replicas" and entry["clusterName"] in placed
    }


def most(clusters: Mapping[str, Any], cluster: str) -> float:
    """How many replicas a preference's `clusters` let one cluster have."""
    preference: Any = clusters.get(cluster) or clusters.get(ANY) or {}
    if not preference.get("weight"):
        return preference.get("minReplicas") or 0
    return preference.get("maxReplicas", math.inf)
