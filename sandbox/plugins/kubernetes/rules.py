"""The changes for which pulumi-kubernetes replaces an object (its provider/pkg/provider/diff.go)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_SELECTOR = ("spec.selector",)
_BINDING = ("roleRef",)
_CONTAINER = (
    "args",
    "command",
    "env",
    "image",
    "imagePullPolicy",
    "lifecycle",
    "livenessProbe",
    "ports",
    "readinessProbe",
    "resources",
    "securityContext",
    "stdin",
    "stdinOnce",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
    "volumeDevices",
    "volumeMounts",
    "workingDir",
)
_POD = (
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostname",
    "imagePullSecrets",
    "nodeName",
    "nodeSelector",
    "overhead",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "readinessGates",
    "restartPolicy",
    "runtimeClassName",
    "schedulerName",
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "shareProcessNamespace",
    "subdomain",
    "terminationGracePeriodSeconds",
    "volumes",
)
_VOLUME_SOURCES = (
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "csi",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "glusterfs",
    "hostPath",
    "iscsi",
    "local",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
)


def _spec(names: Iterable[str], within: str = "spec") -> tuple[str, ...]:
    return tuple(f"{within}.{name}" for name in names)


_REPLACED_BY: Mapping[str, tuple[str, ...]] = {
    "apps/v1/DaemonSet": _SELECTOR,
    "apps/v1/Deployment": _SELECTOR,
    "apps/v1/StatefulSet": _spec(
        ("podManagementPolicy", "revisionHistoryLimit", "selector", "serviceName", "volumeClaimTemplates")
    ),
    "batch/v1/Job": _spec(("completions", "parallelism", "selector", "template")),
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding": _BINDING,
    "rbac.authorization.k8s.io/v1/RoleBinding": _BINDING,
    "storage.k8s.io/v1/StorageClass": ("parameters", "provisioner"),
    "v1/PersistentVolume": _spec(_VOLUME_SOURCES),
    "v1/PersistentVolumeClaim": _spec(("accessModes", "selector", "storageClassName", "volumeName")),
    "v1/Pod": (
        *_spec(_POD),
        *_spec(_CONTAINER, "spec.containers"),
        *_spec(_CONTAINER, "spec.initContainers"),
    ),
    "v1/ResourceQuota": ("spec.scopes",),
    "v1/Secret": ("type",),
    "v1/Service": ("spec.clusterIP",),
}

_DATA: Mapping[str, tuple[str, ...]] = {"v1/ConfigMap": ("binaryData", "data"), "v1/Secret": ("data", "stringData")}


def replaced_by(kind: str, *, mutable: bool) -> tuple[str, ...]:
    """The fields whose change means a new object, without list indices.

    `kind` is `<apiVersion>/<kind>`. `mutable`: the data of a ConfigMap or Secret may change in place.
    """
    return _REPLACED_BY.get(kind, ()) + (() if mutable else _DATA.get(kind, ()))


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
