"""A fleet on Karmada, for tests: what its API server serves, and the clusters that have joined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.federation import EVERYWHERE, served
from components.federation.engine import Spread, Workload
from components.federation.scheduling import ANY, Preference

LABELS: dict[str, dict[str, str]] = {
    "fleet-1": {"environment": "test"},
    "fleet-2": {"environment": "test", "tier": "a"},
}


def group(name: str, *versions: str, **kinds: str) -> dict[str, Any]:
    """A group of a discovery: the scope of each kind, in every version."""
    resources = [{"responseKind": {"kind": kind}, "scope": scope} for kind, scope in kinds.items()]
    return {"metadata": {"name": name}, "versions": [{"version": one, "resources": resources} for one in versions]}


NAMESPACED, CLUSTER = "Namespaced", "Cluster"
CORE = {
    "items": [
        group(
            "", "v1", ConfigMap=NAMESPACED, Secret=NAMESPACED, Service=NAMESPACED, Event=NAMESPACED, Namespace=CLUSTER
        )
    ]
}
GROUPS = {
    "items": [
        group("apps", "v1", Deployment=NAMESPACED, ReplicaSet=NAMESPACED, StatefulSet=NAMESPACED),
        group("autoscaling", "v2", "v1", HorizontalPodAutoscaler=NAMESPACED),
        group("events.k8s.io", "v1", Event=NAMESPACED),
        group("rbac.authorization.k8s.io", "v1", ClusterRole=CLUSTER),
        group("serving.knative.dev", "v1", Service=NAMESPACED),
        group("monitoring.coreos.com", "v1", Prometheus=NAMESPACED),
        group("example.org", "v1", Widget=NAMESPACED),
        group("example.com", "v1beta1", Widget=CLUSTER),
        group("policy.karmada.io", "v1alpha1", PropagationPolicy=NAMESPACED),
    ]
}
SERVED = served.parse(CORE, GROUPS)


def workload(**more: Any) -> Workload:
    """A Deployment that is placed everywhere."""
    given: dict[str, Any] = {
        "api_version": None,
        "kind": "Deployment",
        "name": "web",
        "namespace": "tour",
        "template": {},
        "placement": EVERYWHERE,
        "overrides": {},
        "retain_replicas": False,
    }
    return Workload(**(given | more))


def spread(of: Workload | None = None, clusters: Mapping[str, Preference] | None = None, **more: Any) -> Spread:
    """Seven replicas, spread evenly."""
    given: dict[str, Any] = {"total": 7, "rebalance": False, "within_placement": False}
    clusters = {ANY: Preference(weight=1)} if clusters is None else clusters
    return Spread(name="web", workload=of or workload(), clusters=clusters, **(given | more))
