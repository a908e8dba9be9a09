"""The interface between the workloads of users' programs and the engine that federates them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pulumi
from pulumi import Input, Output

from .beside import Beside
from .host_cluster import HostCluster
from .placement import ClusterFailover, Override, Placement
from .scheduling import Preference


@dataclass(frozen=True, kw_only=True)
class Workload:
    """An object, and the clusters that get it."""

    api_version: str | None
    """The apiVersion; None if the engine knows one type of this kind."""
    kind: str
    name: str
    namespace: Input[str] | None
    """The namespace; None for a cluster-scoped type."""
    template: Mapping[str, Any]
    """The object, without its apiVersion, kind and name."""
    placement: Placement
    overrides: Mapping[str, Sequence[Override]]
    """The overrides by the cluster's name."""
    retain_replicas: bool
    """Whether spec.replicas is left to each cluster's autoscaler."""
    failover: ClusterFailover | None = None
    """The moves away from lost clusters; None if no object moves."""
    suspended: bool | Sequence[str] = False
    """Whether changes are held back from every cluster, or from the named ones."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The distribution of a workload's replicas over the clusters."""

    name: Input[str]
    """The workload's name, known once the workload is placed."""
    workload: Workload
    total: int
    """The replicas of all clusters together."""
    clusters: Mapping[str, Preference]
    """The preferences by the cluster's name; ANY for each cluster without one of its own."""
    rebalance: bool
    """Whether running replicas are moved too."""
    within_placement: bool
    """Whether only clusters that the workload's selector takes are used."""
    by_capacity: bool = False
    """Whether the clusters' free capacity, and not `clusters`, sets the proportions."""
    placed: pulumi.Resource | None = None
    """The resource that declares the workload."""


@dataclass(frozen=True, kw_only=True)
class HealthRule:
    """The rule by which objects of a type are judged, a condition or a script."""

    api_version: str
    kind: str
    condition: str | None
    """The condition of the status that is True for a healthy object."""
    lua: str | None
    """A script with a function `InterpretHealth(observedObj)`."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The clusters of a fleet, and those that a placement takes."""

    regions: Mapping[str, str | None]
    """The region of each cluster that has joined, by the cluster's name; None if its membership lacks it."""
    placed: tuple[str, ...]
    """The names of the clusters that the placement takes, sorted."""


class Engine(Protocol):
    """A federation engine on a host cluster."""

    @property
    def host(self) -> HostCluster:
        """The cluster on which objects are declared to it."""
        ...

    @property
    def namespace_labels(self) -> Mapping[str, str]:
        """Labels of a federated namespace on the host, by which the engine takes its placement from the program."""
        ...

    @property
    def beside(self) -> Beside | None:
        """The other engine, while workloads move; None if the fleet has one."""
        ...

    @property
    def keeps_namespaces(self) -> bool:
        """Whether a namespace on the host stays there when it leaves the program."""
        ...

    def place(
        self,
        name: str,
        workload: Workload,
        *,
        minutes: int,
        deleted_with: pulumi.Resource | None,
        after: Sequence[pulumi.Resource],
        parent: pulumi.Resource,
    ) -> pulumi.CustomResource:
        """Declare a workload. Raise ValueError for a feature that the engine lacks.

        The resource is created once every cluster of the placement has the object. It is created and changed after
        `after`. A Namespace with a namespace exists on the host, under that name.
        """
        ...

    def select(self, workload: Workload, within: Placement) -> Output[Selection]:
        """The clusters that a workload's placement takes, of those that `within` takes too.

        Fails updates and previews if the host doesn't answer, or if a placement names a cluster that hasn't joined.
        """
        ...

    async def obstacle(self, workload: Workload, namespace: str | None, cluster: str) -> str:
        """The engine's reason why a cluster lacks a workload as declared; empty if the cluster has it."""
        ...

    def spread(
        self,
        name: str,
        spread: Spread,
        *,
        minutes: int,
        deleted_with: pulumi.Resource | None,
        parent: pulumi.Resource,
    ) -> None:
        """Declare a distribution. The resource is created once each cluster has its share of the replicas.

        Raises ValueError for a distribution that the engine would not follow.
        """
        ...

    def judge(self, name: str, rule: HealthRule, *, parent: pulumi.Resource) -> None:
        """Declare the rule of a type's health. Raise ValueError if the engine judges no object."""
        ...
