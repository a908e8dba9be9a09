"""What a picture shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import groupby


class State(Enum):
    """What kubefed says of a cluster; the value is what is shown."""

    READY = "READY"
    NOT_READY = "NOT READY"
    NOT_JOINED = "NOT JOINED"
    UNKNOWN = "UNKNOWN"
    """The host, which would know, was not reached."""


@dataclass(frozen=True, kw_only=True)
class Network:
    """A VPC."""

    name: str
    """`bastion`, or its cluster's name."""
    region: str
    cidr: str


@dataclass(frozen=True, kw_only=True)
class Peering:
    """A connection of two networks."""

    one: str
    """A network's name."""
    other: str
    id: str


@dataclass(frozen=True, kw_only=True)
class Membership:
    """A cluster's standing in the federation."""

    state: State
    reason: str = ""
    """kubefed's word where it is not ready."""
    message: str = ""
    """The rest of what kubefed has to say of it."""
    version: str = ""
    """Of Kubernetes."""

    @property
    def why(self) -> str:
        """Why it is not ready, as a phrase; empty where it is."""
        return ": ".join(part for part in (self.reason, self.message) if part)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster of the stack, in its network."""

    network: Network
    host: bool
    """Whether kubefed runs here."""
    membership: Membership

    @property
    def name(self) -> str:
        """The cluster's, and its network's."""
        return self.network.name


@dataclass(frozen=True, kw_only=True)
class FederatedType:
    """A Kubernetes type that kubefed is told to federate."""

    name: str
    """The FederatedTypeConfig's: `deployments.apps`."""
    kind: str
    """The federated kind: `FederatedDeployment`."""
    target: str
    """The kind that comes of it in the clusters: `Deployment`."""
    group: str
    version: str
    plural: str
    """With group and version, where the federated objects are listed."""
    enabled: bool
    controller: str
    """The propagation controller: `Running`, `NotRunning`, or empty where it has not said yet."""
    trouble: str = ""
    """Why its objects could not be read."""

    @property
    def state(self) -> str:
        """In words."""
        if not self.enabled:
            return "Disabled"
        return self.trouble or self.controller or "not started yet"

    @property
    def well(self) -> bool:
        """Whether there is nothing to mend."""
        return not self.enabled or self.state == "Running"


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A federated object in one cluster."""

    cluster: str
    status: str
    """kubefed's word for what is wrong; empty where the object is in place."""
    replicas: int | None
    """As asked for; None where the type has none, or where the cluster keeps a number of its own."""


@dataclass(frozen=True, kw_only=True)
class FederatedObject:
    """A federated object and the clusters it is in."""

    namespace: str
    """Empty where the type has none."""
    name: str
    target: str
    """The kind that comes of it in the clusters."""
    placements: Mapping[str, Placement]
    """By cluster."""
    trouble: str
    """kubefed's word for the whole; empty where everything is in place."""

    @property
    def well(self) -> bool:
        """Whether it is in place everywhere."""
        return not self.trouble and not any(placement.status for placement in self.placements.values())


@dataclass(frozen=True, kw_only=True)
class Federation:
    """What the host knows."""

    memberships: Mapping[str, Membership]
    """By cluster: all that have joined, also by other hands than the stack's."""
    types: tuple[FederatedType, ...]
    objects: tuple[FederatedObject, ...]
    reached: bool = True
    """Whether the host has answered at all."""


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Everything in the picture."""

    stack: str
    bastion: Network | None
    clusters: tuple[Cluster, ...]
    """In the plan's order."""
    peerings: tuple[Peering, ...]
    federation: Federation
    troubles: tuple[str, ...] = ()
    """What kept parts of the picture from being read."""

    @property
    def host(self) -> Cluster:
        """The cluster where kubefed runs."""
        return next(cluster for cluster in self.clusters if cluster.host)

    @property
    def members(self) -> tuple[Cluster, ...]:
        """The clusters but the host."""
        return tuple(cluster for cluster in self.clusters if not cluster.host)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every cluster an object may be in: the stack's, then those that joined by other hands."""
        placed = {name for object in self.federation.objects for name in object.placements}
        strangers = {*self.federation.memberships, *placed} - {cluster.name for cluster in self.clusters}
        return (*(cluster.name for cluster in self.clusters), *sorted(strangers))

    @property
    def by_namespace(self) -> list[tuple[str, list[FederatedObject]]]:
        """The federated objects of each namespace, in order; those without one come first."""
        ordered = sorted(self.federation.objects, key=lambda object: (object.namespace, object.target, object.name))
        return [(namespace, list(group)) for namespace, group in groupby(ordered, lambda object: object.namespace)]


def wrongs(fleet: Fleet) -> Iterator[str]:
    """All that is not as it should be, a sentence each; nothing for a fleet that is well."""
    yield from fleet.troubles
    memberships = {cluster.name: cluster.membership for cluster in fleet.clusters} | {**fleet.federation.memberships}
    for name, membership in memberships.items():
        # That the host was not reached is among the troubles: it is said once, not for every cluster.
        if membership.state in (State.NOT_READY, State.NOT_JOINED):
            yield f"Cluster {name} is {membership.state.value}: {membership.why}"
    for type_ in fleet.federation.types:
        if not type_.well:
            yield f"Type {type_.name}: its propagation controller is {type_.controller or 'not started yet'}" + (
                f"; {type_.trouble}" if type_.trouble else ""
            )
    for _, objects in fleet.by_namespace:
        for object in objects:
            if not object.well:
                yield f"{object.target} {_path(object)}: {'; '.join(_failures(object))}"


def _path(object: FederatedObject) -> str:
    return "/".join(part for part in (object.namespace, object.name) if part)


def _failures(object: FederatedObject) -> list[str]:
    """Where it fails, or else the word for the whole."""
    failing = [f"{name} {placement.status}" for name, placement in object.placements.items() if placement.status]
    return failing or [object.trouble]
