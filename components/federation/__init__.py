"""The federation of a fleet's clusters, and the workloads of users' programs on it."""

from .federation import FederatedCluster, Federation, FederationArgs, Issued, Release
from .host import Host
from .names import (
    Failover,
    GlobalName,
    GlobalNameArgs,
    HealthCheck,
    Latency,
    PrivateZone,
    PrivateZoneArgs,
    Weighted,
)
from .placement import EVERYWHERE, ClusterFailover, Groups, Override, Placement
from .scheduling import ANY, Preference
from .workloads import (
    FederatedNamespace,
    FederatedNamespaceArgs,
    FederatedObject,
    FederatedObjectArgs,
    ReplicaScheduling,
    ReplicaSchedulingArgs,
)

__all__ = [
    "ANY",
    "EVERYWHERE",
    "ClusterFailover",
    "Failover",
    "FederatedCluster",
    "FederatedNamespace",
    "FederatedNamespaceArgs",
    "FederatedObject",
    "FederatedObjectArgs",
    "Federation",
    "FederationArgs",
    "GlobalName",
    "GlobalNameArgs",
    "Groups",
    "HealthCheck",
    "Host",
    "Issued",
    "Latency",
    "Override",
    "Placement",
    "Preference",
    "PrivateZone",
    "PrivateZoneArgs",
    "Release",
    "ReplicaScheduling",
    "ReplicaSchedulingArgs",
    "Weighted",
]
