"""What a cluster's control plane logs, and the log group it goes to, which AWS leaves behind when the cluster goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.logs.models import logs_backends

from sandbox.aws.eks.state import Cluster, Shape

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


def make_group(cluster: Cluster) -> None:
    """Make `/aws/eks/NAME/cluster` if any log type is on and the group isn't there yet."""
    name = f"/aws/eks/{cluster.key.name}/cluster"
    backend = logs_backends[cluster.key.account][cluster.key.region]
    if enabled(cluster.shape["logging"]) and name not in backend.groups:
        backend.create_log_group(name, {})
