"""What pulumi-kubernetes replaces an object for (provider/pkg/provider/diff.go), and which kinds have no namespace."""

from __future__ import annotations

from collections.abc import Mapping

_SELECTOR = ("spec.selector",)
_BINDING = ("roleRef",)

REPLACED_BY: Mapping[str, tuple[str, ...]] = {
    "apps/v1/DaemonSet": _SELECTOR,
    "apps/v1/Deployment": _SELECTOR,
    "apps/v1/StatefulSet": (
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    "batch/v1/Job": ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding": _BINDING,
    "rbac.authorization.k8s.io/v1/RoleBinding": _BINDING,
    "storage.k8s.io/v1/StorageClass": ("parameters", "provisioner"),
    "v1/ConfigMap": ("binaryData", "data"),
    "v1/PersistentVolumeClaim": ("spec",),
    "v1/Pod": ("spec",),
    "v1/ResourceQuota": ("spec.scopes",),
    "v1/Secret": ("data", "stringData", "type"),
    "v1/Service": ("spec.clusterIP",),
}
"""By apiVersion and kind: the fields whose change means a new object."""

WITHOUT_NAMESPACE = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterTrustBundle",
        "CustomResourceDefinition",
        "DeviceClass",
        "FlowSchema",
        "IPAddress",
        "IngressClass",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "ResourceSlice",
        "RuntimeClass",
        "ServiceCIDR",
        "StorageClass",
        "StorageVersionMigration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
        "VolumeAttributesClass",
    }
)
"""Kubernetes' own kinds that belong to the cluster."""

OWNERS = frozenset(
    {"CronJob", "DaemonSet", "Deployment", "Job", "Namespace", "ReplicaSet", "ReplicationController", "StatefulSet"}
)
"""Kubernetes' own kinds that own other objects."""
