"""The federation of a fleet's clusters, and the workloads of users' programs on it."""

from .federated_cluster import FederatedCluster
from .federation import Federation, FederationArgs, Issued, KarmadaRelease, Release
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
from .type_health import TypeHealth, TypeHealthArgs
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
    "KarmadaRelease",
    "Latency",
    "Override",
    "Placement",
    "Preference",
    "PrivateZone",
    "PrivateZoneArgs",
    "Release",
    "ReplicaScheduling",
    "ReplicaSchedulingArgs",
    "TypeHealth",
    "TypeHealthArgs",
    "Weighted",
]
