"""kubefed as the engine of workloads, and the objects that declare workloads to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output

from ...documents import fields
from ...metadata import metadata
from ...threads import in_thread
from .. import diagnosis, secret_values
from ..beside import Beside
from ..engine import HealthRule, Selection, Spread, Workload
from ..host_cluster import HostCluster
from ..placement import Override, Placement
from . import joined, refusals, status
from . import spread as spreading
from .declared import ORPHANED
from .derive import GROUP, VERSION

UNPLACED = ("annotations", "finalizers")
"""The metadata that kubefed drops from a template, because controllers in a cluster write it too (kubefed v0.10.0,
pkg/controller/sync/resource.go, ObjectForCluster). An override sets it."""


@dataclass(frozen=True, kw_only=True)
class KubeFedEngine:
    """kubefed on a host cluster."""

    host: HostCluster
    groups: Mapping[str, str]
    """The API groups of federated types outside the default group: `<kind>` or `<kind>.<group>` to group[/version]."""
    clusters: Output[joined.Labels | None]
    """The clusters that have joined, with their labels; None if the host doesn't answer."""
    beside: Beside | None = None
    """Karmada, while workloads move: the clusters then keep what leaves kubefed."""

    @property
    def namespace_labels(self) -> Mapping[str, str]:
        """No labels, because a FederatedNamespace has a namespace's placement."""
        return {}

    @property
    def keeps_namespaces(self) -> bool:
        """While workloads move: the host's own namespace is that of its pods."""
        return self.beside is not None

    def place(
        self,
        name: str,
        workload: Workload,
        *,
        minutes: int,
        deleted_with: pulumi.Resource | None,
        after: Sequence[pulumi.Resource],
        parent: pulumi.Resource,
    ) -> kubernetes.apiextensions.CustomResource:
        """A Federated<Kind>, created once kubefed reports it in every cluster of its placement. Raises ValueError.

        While workloads move, it leaves without its namespace, which stays with what is in it.
        """
        refusals.check(workload)
        checked = self.beside.checked(workload.kind, workload.name, workload.namespace) if self.beside else None
        type_ = federated_type(workload, self.groups)
        return kubernetes.apiextensions.CustomResource(
            name,
            api_version=type_["apiVersion"],
            kind=type_["kind"],
            metadata=metadata(
                Output.all(joined.placed(workload, self.clusters), checked).apply(lambda names: names[0]),
                namespace=workload.namespace,
                # kubefed's scheduler writes into a workload's spec. The declared fields win, and it writes again.
                annotations={
                    "pulumi.com/waitFor": "condition=Propagation",
                    "pulumi.com/patchForce": "true",
                    **(ORPHANED if self.beside else {}),
                },
            ),
            # Karmada may have divided replicas already, and a ReplicaSchedulingPreference comes after its workload.
            spec=spec(
                replace(workload, retain_replicas=True)
                if self.beside and workload.kind in spreading.KINDS
                else workload
            ),
            opts=self.host.options(
                parent, after=after, minutes=minutes, deleted_with=None if self.beside else deleted_with
            ),
        )

    def select(self, workload: Workload, within: Placement) -> Output[Selection]:
        """The clusters that a workload's placement takes, of those that `within` takes too."""
        return joined.select(workload, within, self.clusters)

    async def obstacle(self, workload: Workload, namespace: str | None, cluster: str) -> str:
        """kubefed's reason why a cluster lacks a workload as declared; empty if the cluster has it."""
        metadata = {"name": workload.name, "namespace": namespace}
        object = {**federated_type(workload, self.groups), "metadata": metadata}
        host = await in_thread(diagnosis.connect, await self.host.kubeconfig.future() or "")
        found = dict(status.clusters(await in_thread(diagnosis.get, host, object)))
        return found.get(cluster, "kubefed has not placed it there")

    def spread(
        self,
        name: str,
        spread: Spread,
        *,
        minutes: int,
        deleted_with: pulumi.Resource | None,
        parent: pulumi.Resource,
    ) -> None:
        """A ReplicaSchedulingPreference, created once kubefed has spread and placed the replicas. Raises ValueError."""
        refusals.check_spread(spread)
        spreading.check(spread)
        type_ = federated_type(spread.workload, self.groups)
        kubernetes.apiextensions.CustomResource(
            f"{name}-preference",
            api_version="scheduling.kubefed.io/v1alpha1",
            kind="ReplicaSchedulingPreference",
            metadata=metadata(joined.spread(spread, self.clusters), namespace=spread.workload.namespace),
            spec={
                "targetKind": type_["kind"],
                "totalReplicas": spread.total,
                "rebalance": spread.rebalance,
                "intersectWithClusterSelector": spread.within_placement,
                "clusters": {name: spreading.share(preference) for name, preference in sorted(spread.clusters.items())},
            },
            # A preference has no status. The workload's status shows when kubefed has followed it.
            opts=self.host.options(
                parent,
                minutes=minutes,
                deleted_with=None if self.beside else deleted_with,
                hooks=[spreading.followed(f"{name}-followed", self.host.kubeconfig, type_, 60 * minutes)],
            ),
        )

    def judge(self, name: str, rule: HealthRule, *, parent: pulumi.Resource) -> None:
        """Raise ValueError: kubefed reports an object as placed whatever its status."""
        refusals.check_health(rule)


def federated_type(workload: Workload, groups: Mapping[str, str]) -> dict[str, str]:
    """The federated type's apiVersion and kind."""
    group = (workload.api_version or "").rpartition("/")[0]
    found = groups.get(f"{workload.kind}.{group}") or groups.get(workload.kind) or GROUP
    name, _, version = found.partition("/")
    return {"apiVersion": f"{name}/{version or VERSION}", "kind": f"Federated{workload.kind}"}


def spec(workload: Workload) -> dict[str, Any]:
    """A federated object's spec. Fields that the workload lacks are left to kubefed's controllers.

    Raises ValueError for a template of which kubefed would drop a part.
    """
    check(workload.template)
    overrides = [
        {"clusterName": cluster, "clusterOverrides": [patch(override, workload.kind) for override in overrides]}
        for cluster, overrides in sorted(workload.overrides.items())
    ]
    return {
        "template": secret_values.hidden(workload.template)
        if workload.kind == secret_values.SECRET
        else workload.template,
        "placement": clusters(workload.placement),
        **({"overrides": overrides} if overrides else {}),
        **({"retainReplicas": True} if workload.retain_replicas else {}),
    }


def check(template: Mapping[str, Any]) -> None:
    """Raise ValueError for metadata that kubefed drops."""
    if found := next((key for key in UNPLACED if fields(template.get("metadata")).get(key)), None):
        raise ValueError(
            f"template.metadata.{found}: kubefed drops them from a template; set them in each cluster, by "
            f'overrides={{"<cluster>": [Override(op="add", path="/metadata/{found}", value=...)]}}'
        )


def clusters(placement: Placement) -> dict[str, Any]:
    """A placement in kubefed's form."""
    if placement.clusters is None:
        return {"clusterSelector": placement.selector}
    return {"clusters": [{"name": name} for name in placement.clusters]}


def patch(override: Override, kind: str = "") -> dict[str, Any]:
    """An override in kubefed's form, for an object of `kind`. A Secret's value is a Pulumi secret."""
    return {
        "op": override.op,
        "path": override.path,
        **({} if override.op == "remove" else {"value": secret_values.value(override, kind)}),
    }
