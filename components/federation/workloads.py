"""Workloads of a fleet: federated namespaces, objects of any federated type, and the spread of replicas.

Programs of their own use it, with the output `kubeconfig` of the fleet's stack: `Host.by_kubeconfig(...)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from ..metadata import metadata
from .engine import Spread, Workload
from .host import Host
from .placement import EVERYWHERE, ClusterFailover, Override, Placement
from .scheduling import ANY, Preference

MINUTES = 5
"""Limit for the engine to place an object in every cluster, and to remove it."""


@dataclass(frozen=True, kw_only=True)
class FederatedNamespaceArgs:
    """A namespace, and the clusters that have it."""

    host: Host
    namespace: str
    placement: Placement = EVERYWHERE
    labels: Mapping[str, Input[str]] = field(default_factory=dict[str, Input[str]])


class FederatedNamespace(pulumi.ComponentResource):
    """A namespace on the host and in the clusters of its placement. Its federated objects are deleted with it.

    A deletion removes the clusters' namespaces with all objects in them first, and the host's last.
    """

    namespace: Output[str]
    """The namespace's name, once it is in every cluster."""
    on_host: kubernetes.core.v1.Namespace

    def __init__(self, name: str, args: FederatedNamespaceArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:FederatedNamespace", name, None, opts)
        self.args = args
        beside = args.host.engine.beside
        self.on_host = kubernetes.core.v1.Namespace(
            f"{name}-host",
            metadata=metadata(
                beside.checked("Namespace", args.namespace) if beside else args.namespace,
                labels={**args.labels, **args.host.engine.namespace_labels},
            ),
            opts=args.host.engine.host.options(self, minutes=MINUTES, kept=args.host.engine.keeps_namespaces),
        )
        federated = FederatedObject(
            f"{name}-federated",
            FederatedObjectArgs(
                host=args.host,
                kind="Namespace",
                object_name=args.namespace,
                namespace=self.on_host.metadata.apply(lambda metadata: metadata.name or ""),
                template={"metadata": {"labels": args.labels}},
                placement=args.placement,
            ),
            ResourceOptions(parent=self),
        )
        self.namespace = federated.object_name
        self.register_outputs({"namespace": self.namespace})


@dataclass(frozen=True, kw_only=True)
class FederatedObjectArgs:
    """An object of any federated type."""

    host: Host
    api_version: str | None = None
    """The object's apiVersion; needed if the fleet federates several types of the kind."""
    kind: str
    """The object's kind: `ConfigMap`."""
    object_name: str
    namespace: FederatedNamespace | Input[str] | None = None
    """The namespace; None for a cluster-scoped type. A FederatedNamespace is deleted with all objects in it at once."""
    template: Mapping[str, Any]
    """The object, without its apiVersion, kind and name."""
    placement: Placement = EVERYWHERE
    overrides: Mapping[str, Sequence[Override]] = field(default_factory=dict[str, Sequence[Override]])
    """The overrides by the cluster's name."""
    retain_replicas: bool = False
    """Whether spec.replicas is left to each cluster's autoscaler."""
    failover: ClusterFailover | None = None
    """The moves away from lost clusters; None if the object stays in them. Only Karmada moves objects."""
    suspended: bool | Sequence[str] = False
    """Whether changes are held back from every cluster, or from the named ones. Only Karmada supports it."""
    timeout_minutes: int = MINUTES
    after: Sequence[pulumi.Resource] = ()
    """The resources that are created and changed before the object is."""

    @property
    def workload(self) -> Workload:
        """The object in the engine's form."""
        inside = self.namespace.namespace if isinstance(self.namespace, FederatedNamespace) else self.namespace
        return Workload(
            api_version=self.api_version,
            kind=self.kind,
            name=self.object_name,
            namespace=inside,
            template=self.template,
            placement=self.placement,
            overrides=self.overrides,
            retain_replicas=self.retain_replicas,
            failover=self.failover,
            suspended=self.suspended,
        )


class FederatedObject(pulumi.ComponentResource):
    """A federated object on the host, created once every cluster of its placement has it.

    If a cluster doesn't get it, the update fails with the engine's reason for each cluster. A deletion ends once no
    cluster has the object.
    """

    object_name: Output[str]
    """The object's name, once it is in every cluster."""
    federated: pulumi.CustomResource

    def __init__(self, name: str, args: FederatedObjectArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:FederatedObject", name, None, opts)
        self.args = args
        self.federated = args.host.engine.place(
            name,
            args.workload,
            minutes=args.timeout_minutes,
            deleted_with=_namespace(args),
            after=args.after,
            parent=self,
        )
        self.object_name = self.federated.id.apply(lambda _: args.object_name)
        self.register_outputs({"object_name": self.object_name})


def _namespace(args: FederatedObjectArgs) -> pulumi.Resource | None:
    """The namespace whose deletion deletes the object. A deletion of its own would wait for the engine's next check."""
    return args.namespace.on_host if isinstance(args.namespace, FederatedNamespace) else None


@dataclass(frozen=True, kw_only=True)
class ReplicaSchedulingArgs:
    """The spread of a workload's replicas over the clusters."""

    host: Host
    workload: FederatedObject
    """A Deployment or a ReplicaSet; the engine sets its placement and its replicas."""
    total: int
    """The replicas of all clusters together."""
    clusters: Mapping[str, Preference] = field(default_factory=lambda: {ANY: Preference(weight=1)})
    """The preferences by the cluster's name, or `*` for every other cluster. Without either it gets no replicas."""
    rebalance: bool = False
    """Whether running replicas are moved too."""
    within_placement: bool = False
    """Whether only clusters that the workload's own selector takes are used."""
    by_capacity: bool = False
    """Whether the clusters' free capacity, and not `clusters`, sets the proportions. Only Karmada knows it."""
    timeout_minutes: int = MINUTES


class ReplicaScheduling(pulumi.ComponentResource):
    """The spread of a workload's replicas, created once the engine has spread them and placed each share."""

    def __init__(self, name: str, args: ReplicaSchedulingArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:ReplicaScheduling", name, None, opts)
        workload = args.workload.args
        args.host.engine.spread(
            name,
            Spread(
                name=args.workload.object_name,
                workload=workload.workload,
                total=args.total,
                clusters=args.clusters,
                rebalance=args.rebalance,
                within_placement=args.within_placement,
                by_capacity=args.by_capacity,
                placed=args.workload.federated,
            ),
            minutes=args.timeout_minutes,
            deleted_with=_namespace(workload),
            parent=self,
        )
        self.register_outputs({})
