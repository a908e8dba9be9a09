"""The logs of a cluster's control plane, and their log group.

The service-linked role AWSServiceRoleForAmazonEKS delivers the records some minutes after their creation
(https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html), the last ones after the cluster is gone. A
group that was deleted in between is created again (CloudTrail, in terraform-aws-modules/terraform-aws-eks#2763): it
never expires its records, and has no key. A cluster whose logging was off for those minutes leaves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from moto.logs.models import logs_backends

from sandbox.aws import clock
from sandbox.aws.eks.operations import Estate
from sandbox.aws.eks.state import Cluster, Shape
from sandbox.contract import ClusterKey

DELIVERED_AFTER = timedelta(seconds=1)
"""The delay of a record's delivery. EKS's guide (above) says "within a few minutes"."""

DELIVERED_UNTIL = timedelta(minutes=5)
"""The time until the last record of a cluster is delivered. A group that is deleted before returns, so a slow `destroy`
has the same end as a quick one."""

TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")


def enabled(logging: Mapping[str, Any]) -> frozenset[str]:
    """The enabled types."""
    setups = logging.get("clusterLogging", [])
    return frozenset(kind for setup in setups if setup.get("enabled") for kind in setup.get("types", []))


def changed(now: frozenset[str], given: Mapping[str, Any]) -> frozenset[str]:
    """The enabled types after a change. Types that it doesn't name keep their state."""
    off = {
        kind for setup in given.get("clusterLogging", []) if not setup.get("enabled") for kind in setup.get("types", [])
    }
    return (now | enabled(given)) - off


def shown(on: frozenset[str]) -> Shape:
    """The logging of a cluster in EKS's shape."""
    setups = (([kind for kind in TYPES if kind in on], True), ([kind for kind in TYPES if kind not in on], False))
    return {"clusterLogging": [{"types": kinds, "enabled": flag} for kinds, flag in setups if kinds]}


def group(name: str) -> str:
    """The name of a cluster's log group."""
    return f"/aws/eks/{name}/cluster"


def exists(key: ClusterKey) -> bool:
    """Whether the cluster's log group exists."""
    return group(key.name) in _logs(key).groups


def make_group(cluster: Cluster) -> None:
    """Create the log group if any log type is on and the group doesn't exist."""
    if enabled(cluster.shape["logging"]):
        deliver(cluster.key)


def deliver(key: ClusterKey) -> None:
    """Deliver a control plane's records. EKS creates a missing group, without retention or a key."""
    if not exists(key):
        _logs(key).create_log_group(group(key.name), {})


def ended(cluster: Cluster, estate: Estate) -> None:
    """Record the end of a cluster, whose last records are still delivered."""
    if enabled(cluster.shape["logging"]):
        estate.undelivered[cluster.key] = clock.now()
    elif cluster.logged_until:
        estate.undelivered[cluster.key] = cluster.logged_until


def late(estate: Estate) -> Iterator[tuple[ClusterKey, str]]:
    """The clusters, existing or deleted, whose last records are due, with the records' fate.

    Records are `delivered` if the group is missing, and `forgotten` after the time of delivery.
    """
    logged = {key: cluster.logged_until for key, cluster in estate.clusters.items() if cluster.logged_until}
    for key, since in {**logged, **estate.undelivered}.items():
        age = clock.now() - since
        if age >= DELIVERED_UNTIL:
            yield key, "forgotten"
        elif age >= DELIVERED_AFTER and not exists(key):
            yield key, "delivered"


def settle(estate: Estate, key: ClusterKey, what: str) -> None:
    """Deliver or forget a cluster's last records."""
    if what == "delivered":
        deliver(key)
    estate.undelivered.pop(key, None)
    if cluster := estate.clusters.get(key):
        cluster.logged_until = None


def missing(estate: Estate) -> Iterator[ClusterKey]:
    """The deleted clusters whose log group is about to be created again."""
    yield from (key for key in estate.undelivered if not exists(key))


def _logs(key: ClusterKey) -> Any:
    return logs_backends[key.account][key.region]
