"""The types that a preview knows while Karmada's API server doesn't answer."""

from __future__ import annotations

from collections.abc import Iterable

from ..served import Served, Type

NAMESPACED = (
    "v1: ConfigMap Endpoints LimitRange PersistentVolumeClaim Pod ReplicationController ResourceQuota Secret Service",
    "v1: ServiceAccount",
    "apps/v1: DaemonSet Deployment ReplicaSet StatefulSet",
    "autoscaling/v2: HorizontalPodAutoscaler",
    "batch/v1: CronJob Job",
    "discovery.k8s.io/v1: EndpointSlice",
    "networking.k8s.io/v1: Ingress NetworkPolicy",
    "policy/v1: PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1: Role RoleBinding",
)
CLUSTER_SCOPED = (
    "v1: Namespace PersistentVolume",
    "apiextensions.k8s.io/v1: CustomResourceDefinition",
    "networking.k8s.io/v1: IngressClass",
    "rbac.authorization.k8s.io/v1: ClusterRole ClusterRoleBinding",
    "scheduling.k8s.io/v1: PriorityClass",
    "storage.k8s.io/v1: StorageClass",
)
"""Stable types of Kubernetes, at the versions that karmada-apiserver prefers (Kubernetes API reference, v1.35)."""


def _types(lines: Iterable[str], namespaced: bool) -> dict[str, tuple[Type, ...]]:
    return {
        kind: (Type(api_version.rpartition("/")[0], api_version, namespaced),)
        for api_version, kinds in (line.split(": ") for line in lines)
        for kind in kinds.split()
    }


USUAL = Served(
    types=_types(NAMESPACED, namespaced=True) | _types(CLUSTER_SCOPED, namespaced=False),
    groups=frozenset(),
    answered=False,
)
"""A Karmada that doesn't answer."""
