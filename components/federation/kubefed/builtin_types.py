"""Kubernetes' own types that are worth federating."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Target:
    """A Kubernetes type, as an API server knows it."""

    group: str
    """Empty for the core group."""
    version: str
    kind: str
    plural: str
    namespaced: bool
    short_names: tuple[str, ...] = ()
    scalable: bool = False
    """Whether spec.replicas is an int32, so that a federated object can leave the number to each autoscaler."""

    @property
    def name(self) -> str:
        """`<plural>.<group>`, `<plural>` alone for the core group: as kubefed names its FederatedTypeConfig."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


# By group: plural, kind, traits, versions (the preferred one first), short names.
#
# Types whose objects clusters create themselves are left out (nodes, events, a CSI driver's volume attachments). So
# are types that not all of Kubernetes 1.34 to 1.37 serve (mutatingadmissionpolicies), because kubefed's controller
# exits if a cluster lacks a type.
_ROWS: Mapping[str, tuple[tuple[str, str, str, str, str], ...]] = {
    "": (
        ("configmaps", "ConfigMap", "namespaced", "v1", "cm"),
        ("endpoints", "Endpoints", "namespaced", "v1", "ep"),
        ("limitranges", "LimitRange", "namespaced", "v1", "limits"),
        ("namespaces", "Namespace", "cluster", "v1", "ns"),
        ("persistentvolumeclaims", "PersistentVolumeClaim", "namespaced", "v1", "pvc"),
        ("persistentvolumes", "PersistentVolume", "cluster", "v1", "pv"),
        ("pods", "Pod", "namespaced", "v1", "po"),
        ("podtemplates", "PodTemplate", "namespaced", "v1", ""),
        ("replicationcontrollers", "ReplicationController", "namespaced scalable", "v1", "rc"),
        ("resourcequotas", "ResourceQuota", "namespaced", "v1", "quota"),
        ("secrets", "Secret", "namespaced", "v1", ""),
        ("serviceaccounts", "ServiceAccount", "namespaced", "v1", "sa"),
        ("services", "Service", "namespaced", "v1", "svc"),
    ),
    "admissionregistration.k8s.io": (
        ("mutatingwebhookconfigurations", "MutatingWebhookConfiguration", "cluster", "v1", ""),
        ("validatingadmissionpolicies", "ValidatingAdmissionPolicy", "cluster", "v1", ""),
        ("validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding", "cluster", "v1", ""),
        ("validatingwebhookconfigurations", "ValidatingWebhookConfiguration", "cluster", "v1", ""),
    ),
    "apiextensions.k8s.io": (("customresourcedefinitions", "CustomResourceDefinition", "cluster", "v1", "crd crds"),),
    "apps": (
        ("daemonsets", "DaemonSet", "namespaced", "v1", "ds"),
        ("deployments", "Deployment", "namespaced scalable", "v1", "deploy"),
        ("replicasets", "ReplicaSet", "namespaced scalable", "v1", "rs"),
        ("statefulsets", "StatefulSet", "namespaced scalable", "v1", "sts"),
    ),
    "autoscaling": (("horizontalpodautoscalers", "HorizontalPodAutoscaler", "namespaced", "v2 v1", "hpa"),),
    "batch": (
        ("cronjobs", "CronJob", "namespaced", "v1", "cj"),
        ("jobs", "Job", "namespaced", "v1", ""),
    ),
    "coordination.k8s.io": (("leases", "Lease", "namespaced", "v1", ""),),
    "discovery.k8s.io": (("endpointslices", "EndpointSlice", "namespaced", "v1", ""),),
    "flowcontrol.apiserver.k8s.io": (
        ("flowschemas", "FlowSchema", "cluster", "v1", ""),
        ("prioritylevelconfigurations", "PriorityLevelConfiguration", "cluster", "v1", ""),
    ),
    "networking.k8s.io": (
        ("ingressclasses", "IngressClass", "cluster", "v1", ""),
        ("ingresses", "Ingress", "namespaced", "v1", "ing"),
        ("networkpolicies", "NetworkPolicy", "namespaced", "v1", "netpol"),
    ),
    "node.k8s.io": (("runtimeclasses", "RuntimeClass", "cluster", "v1", ""),),
    "policy": (("poddisruptionbudgets", "PodDisruptionBudget", "namespaced", "v1", "pdb"),),
    "rbac.authorization.k8s.io": (
        ("clusterrolebindings", "ClusterRoleBinding", "cluster", "v1", ""),
        ("clusterroles", "ClusterRole", "cluster", "v1", ""),
        ("rolebindings", "RoleBinding", "namespaced", "v1", ""),
        ("roles", "Role", "namespaced", "v1", ""),
    ),
    "resource.k8s.io": (
        ("deviceclasses", "DeviceClass", "cluster", "v1", ""),
        ("resourceclaims", "ResourceClaim", "namespaced", "v1", ""),
        ("resourceclaimtemplates", "ResourceClaimTemplate", "namespaced", "v1", ""),
    ),
    "scheduling.k8s.io": (("priorityclasses", "PriorityClass", "cluster", "v1", "pc"),),
    "storage.k8s.io": (
        ("csidrivers", "CSIDriver", "cluster", "v1", ""),
        ("storageclasses", "StorageClass", "cluster", "v1", "sc"),
        ("volumeattributesclasses", "VolumeAttributesClass", "cluster", "v1", "vac"),
    ),
}


def _targets(group: str, plural: str, kind: str, traits: str, versions: str, short_names: str) -> tuple[Target, ...]:
    return tuple(
        Target(
            group=group,
            version=version,
            kind=kind,
            plural=plural,
            namespaced="namespaced" in traits,
            short_names=tuple(short_names.split()),
            scalable="scalable" in traits,
        )
        for version in versions.split()
    )


BUILT_IN: Mapping[str, tuple[Target, ...]] = {
    versions[0].name: versions for group, rows in _ROWS.items() for versions in (_targets(group, *row) for row in rows)
}
"""The types by name, with an entry for each served version, the API server's preferred one first."""

BUILT_IN_GROUPS = frozenset(
    {
        *_ROWS,
        *("apiregistration.k8s.io", "authentication.k8s.io", "authorization.k8s.io", "certificates.k8s.io"),
        *("events.k8s.io", "storagemigration.k8s.io"),
    }
)
"""The API groups that the API server of Kubernetes 1.37 serves by itself."""

CHART = frozenset(
    {
        *("configmaps", "namespaces", "secrets", "serviceaccounts", "services"),
        *("deployments.apps", "replicasets.apps", "jobs.batch", "ingresses.networking.k8s.io"),
        "clusterroles.rbac.authorization.k8s.io",
    }
)
"""The types that kubefed's chart v0.10.0 federates itself, in the group types.kubefed.io."""


def built_in(name: str, version: str | None = None) -> Target | None:
    """The built-in type of a name, at `version` or the preferred one; None for a custom type.

    Raises ValueError for a version that Kubernetes doesn't serve.
    """
    served = {target.version: target for target in BUILT_IN.get(name, ())}
    if not served:
        return None
    if version and version not in served:
        raise ValueError(f"{version} of {name} is not served by Kubernetes; use {' or '.join(served)}, or none")
    return served[version] if version else next(iter(served.values()))
