"""The functions that answer EKS's operations, and their calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.aws.eks.errors import ResourceNotFoundException
from sandbox.aws.eks.state import AccessEntry, Cluster, Nodegroup
from sandbox.aws.principals import Principal
from sandbox.contract import ClusterKey


@dataclass
class Estate:
    """All clusters of all regions."""

    clusters: dict[ClusterKey, Cluster] = field(default_factory=dict[ClusterKey, Cluster])
    undelivered: dict[ClusterKey, datetime] = field(default_factory=dict[ClusterKey, datetime])
    """The time of the last record of each deleted cluster, until it is delivered."""


@dataclass(frozen=True)
class Call:
    """A call of an operation."""

    estate: Estate
    account: str
    region: str
    caller: Principal
    params: Mapping[str, Any]

    def key(self, name: str) -> ClusterKey:
        """The key of a cluster of the call's region."""
        return ClusterKey(self.account, self.region, name)

    @property
    def cluster(self) -> Cluster:
        """The cluster that the call names. Raises ResourceNotFoundException."""
        name = self.params.get("clusterName") or self.params["name"]
        found = self.estate.clusters.get(self.key(name))
        if found is None:
            raise ResourceNotFoundException(f"No cluster found for name: {name}.", clusterName=name)
        return found

    @property
    def nodegroup(self) -> Nodegroup:
        """The node group that the call names. Raises ResourceNotFoundException."""
        cluster, name = self.cluster, self.params["nodegroupName"]
        if name not in cluster.nodegroups:
            raise ResourceNotFoundException(
                f"No node group found for name: {name}.", clusterName=cluster.key.name, nodegroupName=name
            )
        return cluster.nodegroups[name]

    @property
    def access_entry(self) -> AccessEntry:
        """The access entry that the call names. Raises ResourceNotFoundException."""
        entry = self.cluster.access_entries.get(self.params["principalArn"])
        if entry is None:
            raise ResourceNotFoundException(
                "The specified principalArn could not be found. You can view your available access entries with "
                "'list-access-entries'.",
                clusterName=self.cluster.key.name,
            )
        return entry


Handler = Callable[[Call], Mapping[str, Any]]

HANDLERS: dict[str, Handler] = {}
"""The handlers by the operation's name."""


def operation(name: str) -> Callable[[Handler], Handler]:
    """Register the decorated function as the operation's handler."""

    def register(handler: Handler) -> Handler:
        HANDLERS[name] = handler
        return handler

    return register
