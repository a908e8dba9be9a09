"""A fleet as the picture shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import groupby


class State(Enum):
    """A cluster's state in the federation; the value is shown."""

    READY = "READY"
    NOT_READY = "NOT READY"
    NOT_JOINED = "NOT JOINED"
    UNKNOWN = "UNKNOWN"
    """The host was not reached."""


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

    one: str
    """A network's name."""
    other: str
    id: str


@dataclass(frozen=True, kw_only=True)
class Membership:
    """A cluster's membership in the federation."""

    state: State
    reason: str = ""
    """kubefed's reason if the cluster is not ready."""
    message: str = ""
    """kubefed's explanation of the reason."""
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
    """Whether kubefed runs in this cluster."""
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
    """A federated object in one cluster."""

    cluster: str
    status: str
    """kubefed's failure, `CreationFailed` for instance; empty if the object is in place."""
    replicas: int | None
    """The desired number; None if the type has none, or if the number is left to the cluster."""


@dataclass(frozen=True, kw_only=True)
class FederatedObject:
    """A federated object and the clusters it is in."""

    namespace: str
    """Empty if the type is not namespaced."""
    name: str
    target: str
    """The kind that kubefed creates in the clusters."""
    placements: Mapping[str, Placement]
    """The placements by cluster."""
    trouble: str
    """kubefed's reason why propagation failed; empty if it succeeded."""

    @property
    def healthy(self) -> bool:
        """Whether the object is in place in every cluster of its placement."""
        return not self.trouble and not any(placement.status for placement in self.placements.values())


@dataclass(frozen=True, kw_only=True)
class GlobalName:
    """A DNS name over the clusters."""

    dns_name: str
    object: str
    """What it leads to: `shop/service-web`."""
    roles: Mapping[str, str]
    """`latency`, `weighted`, `primary` or `rest`, by each cluster that it leads to."""


@dataclass(frozen=True, kw_only=True)
class Federation:
    """The federation as the host knows it."""

    memberships: Mapping[str, Membership]
    """The memberships by cluster, including clusters that the stack did not join."""
    types: tuple[FederatedType, ...]
    objects: tuple[FederatedObject, ...]
    names: tuple[GlobalName, ...] = ()
    reached: bool = True
    """Whether the host has answered."""


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """A fleet: all that the picture shows."""

    stack: str
    bastion: Network | None
    clusters: tuple[Cluster, ...]
    """The clusters in the plan's order."""
    peerings: tuple[Peering, ...]
    federation: Federation
    troubles: tuple[str, ...] = ()
    """The reasons why parts of the fleet could not be read."""

    @property
    def host(self) -> Cluster:
        """The cluster where kubefed runs."""
        return next(cluster for cluster in self.clusters if cluster.host)

    @property
    def members(self) -> tuple[Cluster, ...]:
        """The clusters without the host."""
        return tuple(cluster for cluster in self.clusters if not cluster.host)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every cluster that may have an object: the stack's clusters first, then the others of the federation."""
        placed = {name for object in self.federation.objects for name in object.placements}
        others = {*self.federation.memberships, *placed} - {cluster.name for cluster in self.clusters}
        return (*(cluster.name for cluster in self.clusters), *sorted(others))

    @property
    def by_namespace(self) -> list[tuple[str, list[FederatedObject]]]:
        """The federated objects of each namespace, sorted; those without a namespace come first."""
        ordered = sorted(self.federation.objects, key=lambda object: (object.namespace, object.target, object.name))
        return [(namespace, list(group)) for namespace, group in groupby(ordered, lambda object: object.namespace)]


def problems(fleet: Fleet) -> Iterator[str]:
    """Yield a sentence for each problem; none for a healthy fleet."""
    yield from fleet.troubles
    memberships = {cluster.name: cluster.membership for cluster in fleet.clusters} | {**fleet.federation.memberships}
    for name, membership in memberships.items():
        # An unreached host is one of the troubles already; the clusters do not repeat it.
        if membership.state in (State.NOT_READY, State.NOT_JOINED):
            yield f"Cluster {name} is {membership.state.value}: {membership.why}"
    for type_ in fleet.federation.types:
        if not type_.healthy:
            yield f"Type {type_.name}: its propagation controller is {type_.controller or 'not started yet'}" + (
                f"; {type_.trouble}" if type_.trouble else ""
            )
    for _, objects in fleet.by_namespace:
        for object in objects:
            if not object.healthy:
                yield f"{object.target} {_path(object)}: {'; '.join(_failures(object))}"


def _path(object: FederatedObject) -> str:
    return "/".join(part for part in (object.namespace, object.name) if part)


def _failures(object: FederatedObject) -> list[str]:
    """Return the failure of each cluster; if none has one, the reason for the whole object."""
    failing = [f"{name} {placement.status}" for name, placement in object.placements.items() if placement.status]
    return failing or [object.trouble]
