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
    """None: the engine knows one type of this kind."""
    kind: str
    name: str
    namespace: Input[str] | None
    """None for a cluster-scoped type."""
    template: Mapping[str, Any]
    """The object, without its apiVersion, kind and name."""
    placement: Placement
    overrides: Mapping[str, Sequence[Override]]
    """By the cluster's name."""
    retain_replicas: bool
    """Leave spec.replicas to each cluster's autoscaler."""
    failover: ClusterFailover | None = None
    """None: nothing moves."""
    suspended: bool | Sequence[str] = False
    """Pass no change on: to any cluster, or to the named ones."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The distribution of a workload's replicas over the clusters."""

    name: Input[str]
    """The workload's name, known once the workload is placed."""
    workload: Workload
    total: int
    """Replicas in all clusters together."""
    clusters: Mapping[str, Preference]
    """By the cluster's name; ANY for each cluster without a preference of its own."""
    rebalance: bool
    """Also move running replicas."""
    within_placement: bool
    """Only use clusters that the workload's selector takes."""
    by_capacity: bool = False
    """Divide in proportion to the clusters' free capacity, whatever `clusters` says."""
    placed: pulumi.Resource | None = None
    """The resource that declares the workload."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The clusters of a fleet, and those that a placement takes."""

    regions: Mapping[str, str | None]
    """The region of each cluster that has joined, by the cluster's name; None if its membership doesn't say."""
    placed: tuple[str, ...]
    """By name, in order."""


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
        """Declare a workload. Raise ValueError for what the engine doesn't do.

        The resource is created once every cluster of the placement has the object. It is created, and changed, once
        `after` is. A Namespace with a namespace exists on the host, under that name.
        """
        ...

    def select(self, workload: Workload, within: Placement) -> Output[Selection]:
        """The clusters that a workload's placement takes, of those that `within` takes too.

        Fails the update, and a preview, if the host doesn't tell, or if a placement names a cluster that hasn't joined.
        """
        ...

    async def obstacle(self, workload: Workload, namespace: str | None, cluster: str) -> str:
        """The engine's word for why a cluster doesn't have a workload as declared; empty if it does."""
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
