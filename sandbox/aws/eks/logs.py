"""What a cluster's control plane logs, and the log group it goes to.

The service-linked role AWSServiceRoleForAmazonEKS delivers the records some minutes after they were made
(https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html), the last ones after the cluster is gone. A
group that was deleted in between is created again (CloudTrail, in terraform-aws-modules/terraform-aws-eks#2763): it
keeps all for ever, and without the key. A cluster whose logging was off for those minutes leaves nothing.
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
"""How late a record is delivered. EKS's guide (above) says "within a few minutes"."""

DELIVERED_UNTIL = timedelta(seconds=30)
"""When the last record of a cluster is delivered. A group that is deleted before then returns, so that a slow `destroy`
has the same end as a quick one."""

TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")


def enabled(logging: Mapping[str, Any]) -> frozenset[str]:
    """The types that are on."""
    setups = logging.get("clusterLogging", [])
    return frozenset(kind for setup in setups if setup.get("enabled") for kind in setup.get("types", []))


def changed(now: frozenset[str], given: Mapping[str, Any]) -> frozenset[str]:
    """The types that are on once `given` is applied: those it doesn't name stay as they are."""
    off = {kind for one in given.get("clusterLogging", []) if not one.get("enabled") for kind in one.get("types", [])}
    return (now | enabled(given)) - off


def shown(on: frozenset[str]) -> Shape:
    """The logging of a cluster as EKS shows it."""
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
    """Deliver what a control plane has logged: EKS creates a missing group, without retention or a key."""
    if not exists(key):
        _logs(key).create_log_group(group(key.name), {})


def ended(cluster: Cluster, estate: Estate) -> None:
    """Note that a cluster is gone: what it logged to the end, or until a moment ago, is still delivered."""
    if enabled(cluster.shape["logging"]):
        estate.undelivered[cluster.key] = clock.now()
    elif cluster.logged_until:
        estate.undelivered[cluster.key] = cluster.logged_until


def late(estate: Estate) -> Iterator[tuple[ClusterKey, str]]:
    """The clusters, existing or gone, whose last records are due, and what becomes of them.

    They are `delivered` once the group is missing, and `forgotten` after the time in which they could be.
    """
    logged = {key: one.logged_until for key, one in estate.clusters.items() if one.logged_until}
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
    """The clusters that are gone, and whose log group is about to be created again."""
    yield from (key for key in estate.undelivered if not exists(key))


def _logs(key: ClusterKey) -> Any:
    return logs_backends[key.account][key.region]
