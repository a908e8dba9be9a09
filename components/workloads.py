"""What runs on a fleet: federated namespaces and objects of any federated type, and how replicas spread.

For programs of their own, on the output `kubeconfig` of the fleet's stack: `Host.by_kubeconfig(...)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from components import scheduling
from components.enable import GROUP, VERSION
from components.host import Host

MINUTES = 5
"""For how long kubefed may take to place an object in every cluster, and to clear it away."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The clusters that an object is placed in: by their names, or by their KubeFedClusters' labels."""

    clusters: Sequence[Input[str]] | None = None
    """Names; an empty list is nowhere."""
    selector: Mapping[str, Any] | None = None
    """A label selector, matchLabels and matchExpressions; an empty one is every cluster, those to come too."""

    def __post_init__(self) -> None:
        """Raises ValueError unless one of the two is given: kubefed ignores a selector beside names."""
        if (self.clusters is None) == (self.selector is None):
            raise ValueError(
                f"placement: clusters {self.clusters} and selector {self.selector} are given, and one of them decides; "
                "give either, selector={} for every cluster"
            )

    @property
    def spec(self) -> dict[str, Any]:
        """As kubefed has it."""
        if self.clusters is None:
            return {"clusterSelector": self.selector}
        return {"clusters": [{"name": name} for name in self.clusters]}


EVERYWHERE = Placement(selector={})


@dataclass(frozen=True, kw_only=True)
class Override:
    """What differs from the template in one cluster, as a JSON patch has it."""

    path: str
    """`/spec/replicas`, say."""
    value: Any = None
    op: Literal["add", "remove", "replace"] = "replace"

    @property
    def spec(self) -> dict[str, Any]:
        """As kubefed has it."""
        return {"op": self.op, "path": self.path, **({} if self.op == "remove" else {"value": self.value})}


@dataclass(frozen=True, kw_only=True)
class FederatedNamespaceArgs:
    """A namespace, and the clusters that have it."""

    host: Host
    namespace: str
    placement: Placement = EVERYWHERE
    labels: Mapping[str, Input[str]] = field(default_factory=dict[str, Input[str]])


class FederatedNamespace(pulumi.ComponentResource):
    """A namespace on the host, and a FederatedNamespace in it: what is federated in it goes where it goes.

    Taken away, the clusters' namespaces go first, with all that is in them, and the host's last.
    """

    namespace: Output[str]
    """The namespace's name, once it is in every cluster."""
    on_host: kubernetes.core.v1.Namespace

    def __init__(self, name: str, args: FederatedNamespaceArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:FederatedNamespace", name, None, opts)
        self.on_host = kubernetes.core.v1.Namespace(
            f"{name}-host",
            metadata={"name": args.namespace, "labels": args.labels},
            opts=args.host.options(self, minutes=MINUTES),
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
    kind: str
    """The target's, `ConfigMap` say."""
    object_name: str
    namespace: FederatedNamespace | Input[str] | None = None
    """None for a cluster-scoped type. What is in a FederatedNamespace goes with it, all at once."""
    template: Mapping[str, Any]
    """The object, without its apiVersion, kind and name."""
    placement: Placement = EVERYWHERE
    overrides: Mapping[str, Sequence[Override]] = field(default_factory=dict[str, Sequence[Override]])
    """By the cluster's name."""
    retain_replicas: bool = False
    """Leave spec.replicas to each cluster's autoscaler."""
    federated_group: str = GROUP
    federated_version: str = VERSION
    timeout_minutes: int = MINUTES

    @property
    def metadata(self) -> Any:
        """The federated object's name and namespace."""
        inside = self.namespace.namespace if isinstance(self.namespace, FederatedNamespace) else self.namespace
        return {"name": self.object_name, "namespace": inside}

    @property
    def type(self) -> dict[str, str]:
        """The federated type's apiVersion and kind."""
        return {"apiVersion": f"{self.federated_group}/{self.federated_version}", "kind": f"Federated{self.kind}"}


class FederatedObject(pulumi.ComponentResource):
    """A federated object on the host. It stands once kubefed reports that every cluster of its placement has it.

    One that does not get there fails the update with kubefed's word for each cluster. Taken away, it goes when no
    cluster has it any more.
    """

    object_name: Output[str]
    """The object's name, once it is in every cluster."""
    federated: kubernetes.apiextensions.CustomResource

    def __init__(self, name: str, args: FederatedObjectArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:FederatedObject", name, None, opts)
        self.args = args
        self.federated = kubernetes.apiextensions.CustomResource(
            name,
            api_version=args.type["apiVersion"],
            kind=args.type["kind"],
            metadata={
                **args.metadata,
                # kubefed's scheduler writes into a workload's spec; what is declared here wins, and it writes again.
                "annotations": {"pulumi.com/waitFor": "condition=Propagation", "pulumi.com/patchForce": "true"},
            },
            spec=spec(args),
            opts=args.host.options(self, minutes=args.timeout_minutes, deleted_with=_namespace(args)),
        )
        self.object_name = self.federated.id.apply(lambda _: args.object_name)
        self.register_outputs({"object_name": self.object_name})


def _namespace(args: FederatedObjectArgs) -> pulumi.Resource | None:
    """What takes the object with it: each for itself would wait the ten seconds after which kubefed looks again."""
    return args.namespace.on_host if isinstance(args.namespace, FederatedNamespace) else None


def spec(args: FederatedObjectArgs) -> dict[str, Any]:
    """A federated object's spec as kubefed has it; what is not given is left to kubefed's own controllers."""
    overrides = [
        {"clusterName": cluster, "clusterOverrides": [override.spec for override in ours]}
        for cluster, ours in sorted(args.overrides.items())
    ]
    return {
        "template": args.template,
        "placement": args.placement.spec,
        **({"overrides": overrides} if overrides else {}),
        **({"retainReplicas": True} if args.retain_replicas else {}),
    }


@dataclass(frozen=True, kw_only=True)
class ReplicaSchedulingArgs:
    """How a workload's replicas spread over the clusters."""

    host: Host
    workload: FederatedObject
    """A Deployment or a ReplicaSet; kubefed sets its placement and its replicas."""
    total: int
    """Of all clusters together."""
    clusters: Mapping[str, scheduling.Preference] = field(
        default_factory=lambda: {scheduling.ANY: scheduling.Preference(weight=1)}
    )
    """By the cluster's name, `*` for each that is not named; one that neither names gets none."""
    rebalance: bool = False
    """Also move replicas that run already."""
    within_placement: bool = False
    """Only in clusters that the workload's own selector takes."""
    timeout_minutes: int = MINUTES


class ReplicaScheduling(pulumi.ComponentResource):
    """A ReplicaSchedulingPreference, which stands once kubefed has spread the replicas and placed each share."""

    def __init__(self, name: str, args: ReplicaSchedulingArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:ReplicaScheduling", name, None, opts)
        target = args.workload.args
        seconds = 60 * args.timeout_minutes
        scheduling.check(target.kind, args.total, args.clusters)
        if args.within_placement and target.placement.selector is None:
            raise ValueError(
                f"within_placement: {target.object_name} is placed in {target.placement.clusters} by name, which "
                "kubefed overwrites and does not look at; place it by a selector, or leave within_placement out"
            )
        kubernetes.apiextensions.CustomResource(
            f"{name}-preference",
            api_version="scheduling.kubefed.io/v1alpha1",
            kind="ReplicaSchedulingPreference",
            metadata={**target.metadata, "name": args.workload.object_name},
            spec={
                "targetKind": target.type["kind"],
                "totalReplicas": args.total,
                "rebalance": args.rebalance,
                "intersectWithClusterSelector": args.within_placement,
                "clusters": {cluster: preference.spec for cluster, preference in sorted(args.clusters.items())},
            },
            # A preference has no status of its own: the workload's tells when kubefed has followed it.
            opts=args.host.options(
                self,
                minutes=args.timeout_minutes,
                deleted_with=_namespace(target),
                hooks=[scheduling.followed(f"{name}-followed", args.host.kubeconfig, target.type, seconds)],
            ),
        )
        self.register_outputs({})
