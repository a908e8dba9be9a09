"""A fleet as the picture shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import groupby


class State(Enum):
    """A cluster's state in the federation; the value is shown."""

    READY = "READY"
    NOT_READY = "NOT READY"
    NOT_JOINED = "NOT JOINED"
    UNKNOWN = "UNKNOWN"
    """The host did not answer."""


class Engine(Enum):
    """The engine of a federation; the value is shown."""

    KUBEFED = "kubefed"
    KARMADA = "Karmada"

    @property
    def api(self) -> str:
        """The API that has the federated objects."""
        return "Karmada" if self is Engine.KARMADA else "the host"

    @property
    def membership(self) -> str:
        """The object by which a cluster is joined."""
        return "Cluster in Karmada" if self is Engine.KARMADA else "KubeFedCluster on the host"


@dataclass(frozen=True, kw_only=True)
class Network:
    """A VPC."""

    name: str
    """`bastion`, or its cluster's name."""
    region: str
    cidr: str


@dataclass(frozen=True, kw_only=True)
class Peering:
    """A VPC peering connection of two networks."""

    first: str
    """A network's name."""
    second: str
    """The other network's name."""
    id: str


@dataclass(frozen=True, kw_only=True)
class Membership:
    """A cluster's membership in the federation."""

    state: State
    reason: str = ""
    """The engine's reason if the cluster is not ready."""
    message: str = ""
    """The engine's explanation of the reason."""
    version: str = ""
    """The cluster's Kubernetes version."""

    @property
    def why(self) -> str:
        """The reason and its explanation; empty if the cluster is ready."""
        return ": ".join(part for part in (self.reason, self.message) if part)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster of the stack, in its network."""

    network: Network
    host: bool
    """Whether the engine runs in this cluster."""
    membership: Membership

    @property
    def name(self) -> str:
        """The name of the cluster and of its network."""
        return self.network.name


@dataclass(frozen=True, kw_only=True)
class FederatedType:
    """A Kubernetes type that kubefed federates."""

    name: str
    """The name of the FederatedTypeConfig: `deployments.apps`."""
    kind: str
    """The federated kind: `FederatedDeployment`."""
    target: str
    """The kind that kubefed creates in the clusters: `Deployment`."""
    group: str
    version: str
    plural: str
    """The API resource of the federated objects, in `group` and `version`: `federateddeployments`."""
    enabled: bool
    controller: str
    """The propagation controller's state: `Running`, `NotRunning`, or empty if it is not reported yet."""
    trouble: str = ""
    """The reason why its objects could not be read."""

    @property
    def state(self) -> str:
        """The state as it is shown."""
        if not self.enabled:
            return "Disabled"
        return self.trouble or self.controller or "not started yet"

    @property
    def healthy(self) -> bool:
        """Whether the type is disabled on purpose, or works."""
        return not self.enabled or self.state == "Running"


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A federated object in a cluster."""

    cluster: str
    status: str
    """The engine's word for a failure, kubefed's `CreationFailed` for instance; empty if the object is in place."""
    replicas: int | None
    """The desired number, Karmada's as the cluster reports it; None if the type has none, or kubefed leaves it open."""


@dataclass(frozen=True, kw_only=True)
class FederatedObject:
    """A federated object and the clusters of its placement."""

    namespace: str
    """Empty if the type is not namespaced."""
    name: str
    target: str
    """The kind that the engine creates in the clusters."""
    engine: Engine
    placements: Mapping[str, Placement]
    """The placements by cluster."""
    trouble: str
    """The engine's reason why propagation failed; empty if it succeeded."""

    @property
    def healthy(self) -> bool:
        """Whether the object is in place in every cluster of its placement."""
        return not self.trouble and not any(placement.status for placement in self.placements.values())


@dataclass(frozen=True, kw_only=True)
class GlobalName:
    """A DNS name over the clusters."""

    dns_name: str
    object: str
    """The object behind the name: `shop/service-web`."""
    roles: Mapping[str, str]
    """`latency`, `weighted`, `primary` or `rest`, by each cluster behind the name."""


@dataclass(frozen=True, kw_only=True)
class Federation:
    """A federation as its engine knows it."""

    engine: Engine
    memberships: Mapping[str, Membership]
    """The memberships by cluster: the stack's clusters, and others that the stack did not join."""
    types: tuple[FederatedType, ...]
    """Empty for Karmada, which federates any type."""
    objects: tuple[FederatedObject, ...]
    names: tuple[GlobalName, ...] = ()
    reached: bool = True
    """Whether the engine's API has answered."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A Deployment, StatefulSet or DaemonSet of a single cluster, declared there and not federated."""

    namespace: str
    kind: str
    name: str
    ready: int
    """The number of ready pods."""
    desired: int
    """The desired number of pods."""

    @property
    def healthy(self) -> bool:
        """Whether every desired pod is ready."""
        return self.ready >= self.desired


@dataclass(frozen=True, kw_only=True)
class Running:
    """A cluster's workloads, without the federated objects."""

    workloads: tuple[Workload, ...] = ()
    trouble: str = ""
    """The reason why the cluster's workloads could not be read."""


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """A fleet, as far as the picture shows it."""

    stack: str
    bastion: Network | None
    clusters: tuple[Cluster, ...]
    """The clusters in the plan's order."""
    peerings: tuple[Peering, ...]
    federations: tuple[Federation, ...]
    """The federation of each engine. Two while objects move between them; the one to which they move is first."""
    running: Mapping[str, Running]
    """The workloads of each cluster of the stack, by its name."""
    troubles: tuple[str, ...] = ()
    """The reasons why parts of the fleet could not be read."""

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The engines, in the order of their federations."""
        return tuple(federation.engine for federation in self.federations)

    @property
    def types(self) -> tuple[FederatedType, ...]:
        """The types that kubefed federates."""
        return tuple(type_ for federation in self.federations for type_ in federation.types)

    @property
    def objects(self) -> tuple[FederatedObject, ...]:
        """The federated objects of every engine."""
        return tuple(object for federation in self.federations for object in federation.objects)

    @property
    def names(self) -> tuple[GlobalName, ...]:
        """The global names over the objects of every engine."""
        return tuple(name for federation in self.federations for name in federation.names)

    @property
    def host(self) -> Cluster:
        """The cluster where the engines run."""
        return next(cluster for cluster in self.clusters if cluster.host)

    @property
    def members(self) -> tuple[Cluster, ...]:
        """The clusters without the host."""
        return tuple(cluster for cluster in self.clusters if not cluster.host)

    @property
    def columns(self) -> tuple[str, ...]:
        """The clusters that may have an object: the stack's clusters first, then the others of the federation."""
        placed = {name for object in self.objects for name in object.placements}
        joined = {name for federation in self.federations for name in federation.memberships}
        others = (joined | placed) - {cluster.name for cluster in self.clusters}
        return (*(cluster.name for cluster in self.clusters), *sorted(others))

    @property
    def by_namespace(self) -> list[tuple[str, list[FederatedObject]]]:
        """The federated objects of each namespace, sorted; those without a namespace come first."""
        ordered = sorted(self.objects, key=lambda object: (object.namespace, object.target, object.name))
        return [(namespace, list(group)) for namespace, group in groupby(ordered, lambda object: object.namespace)]

    @property
    def workloads(self) -> dict[tuple[str, str, str], dict[str, Workload]]:
        """The workloads of each cluster, by namespace, kind and name, sorted."""
        rows: dict[tuple[str, str, str], dict[str, Workload]] = {}
        for cluster, running in self.running.items():
            for each in running.workloads:
                rows.setdefault((each.namespace, each.kind, each.name), {})[cluster] = each
        return dict(sorted(rows.items()))
