"""The failover of clusters: both halves of it, and the check of a workload that asks for it.

Karmada moves objects out of a cluster with a taint of the effect NoExecute only by a feature gate and a flag. It taints
a cluster that doesn't answer only by a policy, which a further flag lets in (docs, "Cluster Taint Management").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output

from ...metadata import metadata
from ...threads import in_thread
from .. import diagnosis
from ..engine import Workload
from ..host_cluster import HostCluster

POLICIES: diagnosis.Object = {"apiVersion": "policy.karmada.io/v1alpha1", "kind": "ClusterTaintPolicy"}
EVICTS = "NoExecute"
TAINT = "cluster.karmada.io/not-ready"
"""The key of the taint by which Karmada keeps new objects away from a cluster; there, its effect is NoSchedule."""

VALUES: Mapping[str, Mapping[str, Any]] = {
    "controllerManager": {
        "featureGates": {"Failover": True},
        "extraCommandArgs": {"enable-no-execute-taint-eviction": "true"},
    },
    # The chart has no value for further arguments of this part (v1.18.2). This one's text is an argument's end.
    "webhook": {"logVerbosity": "2\n            - --allow-no-execute-taint-policy=true"},
}
"""What the chart's parts need, by their keys in its values."""


def added(values: Mapping[str, Any]) -> dict[str, Any]:
    """The chart's values with what the failover needs."""
    return {**values, **{key: {**values.get(key, {}), **further} for key, further in VALUES.items()}}


def taint_policy(name: str, karmada: HostCluster, parent: pulumi.Resource) -> pulumi.CustomResource:
    """The policy by which Karmada taints a cluster while it isn't Ready."""

    def ready(operator: str) -> list[dict[str, Any]]:
        return [{"conditionType": "Ready", "operator": operator, "statusValues": ["True"]}]

    return kubernetes.apiextensions.CustomResource(
        name,
        api_version=POLICIES["apiVersion"],
        kind=POLICIES["kind"],
        metadata=metadata("federated-eks-not-ready"),
        spec={
            "addOnConditions": ready("NotIn"),
            "removeOnConditions": ready("In"),
            "taints": [{"key": TAINT, "effect": EVICTS}],
        },
        opts=karmada.options(parent),
    )


def check(workload: Workload, kubeconfig: Output[str]) -> Output[None]:
    """End the preview if a workload is to be moved, and Karmada taints no cluster. Passes if Karmada doesn't answer."""

    async def look(text: str) -> None:
        if not await in_thread(taints, text):
            raise pulumi.RunError(
                f"{workload.kind} {workload.name}: failover: Karmada has no ClusterTaintPolicy of the effect {EVICTS}, "
                "so it moves nothing; set karmada.failover in the fleet's settings, or leave failover out"
            )

    return Output.unsecret(kubeconfig.apply(look)) if workload.failover else Output.from_input(None)


def taints(kubeconfig: str) -> bool:
    """Whether Karmada taints clusters so that it moves objects; True if it doesn't answer."""
    try:
        found = diagnosis.listed(diagnosis.connect(kubeconfig), POLICIES)
    except Exception:  # whatever keeps the host from answering: the look at its clusters warns of it
        return True
    return any(taint.get("effect") == EVICTS for policy in found for taint in policy["spec"].get("taints") or ())
