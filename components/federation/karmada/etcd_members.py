"""The members of Karmada's etcd: their StatefulSet's pods, and who calls them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ETCD, CLIENT = "etcd", "etcd-client"
"""The Services: of the members, by their pods' names, and of clients. The chart's pods wait for the second."""

CLIENTS, PEERS, METRICS = 2379, 2380, 2381
"""The ports of a member."""

STORAGE, VOLUME, CERTIFICATE = "karmada-etcd", "etcd-data", "karmada-etcd"
"""The StorageClass, a member's volume, and the Secret with the certificate."""

LABELS = {"app": ETCD}

SNAPSHOTS = "karmada-snapshots"
"""The label `app` of the pods that take snapshots, and the name of their CronJob and service account."""

CALLERS = ("karmada-apiserver", "karmada-aggregated-apiserver")
"""The label `app` of the pods that read and write it."""

USER = 65532
"""The user of its process: the one of images for programs without rights (distroless, nonroot)."""

FOLDER, PKI = "/var/lib/etcd", "/etc/etcd/pki"
"""Where a member's volume and its certificate are."""

CERTIFICATE_VOLUME = "certificate"

CONFINED: Any = {
    "allow_privilege_escalation": False,
    "read_only_root_filesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
"""A container that has no rights on its node."""


def network_policy(*, snapshots: bool = False) -> Any:
    """Who calls the members: with `snapshots`, also the pods that take them. A node's kubelet does, for its probes."""
    apps = [*CALLERS, *([SNAPSHOTS] if snapshots else [])]
    callers = [{"key": "app", "operator": "In", "values": apps}]
    return {
        "pod_selector": {"match_labels": LABELS},
        "policy_types": ["Ingress"],
        "ingress": [
            {"from_": [{"pod_selector": {"match_expressions": callers}}], "ports": [{"port": CLIENTS}]},
            {"from_": [{"pod_selector": {"match_labels": LABELS}}], "ports": [{"port": CLIENTS}, {"port": PEERS}]},
        ],
    }


def stateful_set(
    namespace: str,
    *,
    image: str,
    members: int,
    storage_gib: int,
    memory_mib: int,
    restoring: Mapping[str, Any] | None = None,
) -> Any:
    """The members' StatefulSet; each has a volume of so many GiB, and requests so many MiB of memory.

    `restoring` is what a pod has besides if members begin with a snapshot (snapshots.restoring).
    """
    pod = _pod(_container(namespace, image, members, memory_mib))
    first = dict(restoring or {})
    pod["volumes"] += first.pop("volumes", [])
    return {
        "replicas": members,
        "service_name": ETCD,
        "selector": {"match_labels": LABELS},
        # A member is ready once most of them are, so that none waits for another to begin.
        "pod_management_policy": "Parallel",
        "template": {"metadata": {"labels": LABELS}, "spec": {**pod, **first}},
        "volume_claim_templates": [{"metadata": {"name": VOLUME}, "spec": claim(storage_gib)}],
    }


def claim(storage_gib: int) -> Any:
    """The claim of a member's volume."""
    return {
        "access_modes": ["ReadWriteOnce"],
        "storage_class_name": STORAGE,
        "resources": {"requests": {"storage": f"{storage_gib}Gi"}},
    }


def _pod(container: Any) -> Any:
    return {
        "automount_service_account_token": False,
        "priority_class_name": "system-node-critical",
        "affinity": {"pod_anti_affinity": {"required_during_scheduling_ignored_during_execution": [_apart()]}},
        "topology_spread_constraints": [
            {
                "max_skew": 1,
                "topology_key": "topology.kubernetes.io/zone",
                "when_unsatisfiable": "DoNotSchedule",
                "label_selector": {"match_labels": LABELS},
            }
        ],
        "security_context": as_member(),
        "containers": [container],
        "volumes": [certificate()],
    }


def as_member() -> Any:
    """The security context of pods that read a member's volume or its certificate."""
    return {
        "run_as_non_root": True,
        "run_as_user": USER,
        "run_as_group": USER,
        # The volume and the certificate's files belong to this group.
        "fs_group": USER,
        "fs_group_change_policy": "OnRootMismatch",
        "seccomp_profile": {"type": "RuntimeDefault"},
    }


def certificate() -> Any:
    """The volume with the certificate."""
    return {"name": CERTIFICATE_VOLUME, "secret": {"secret_name": CERTIFICATE, "default_mode": 0o440}}


def _apart() -> Any:
    return {"label_selector": {"match_labels": LABELS}, "topology_key": "kubernetes.io/hostname"}


def _container(namespace: str, image: str, members: int, memory_mib: int) -> Any:
    return {
        "name": ETCD,
        "image": image,
        "command": ["/usr/local/bin/etcd", *flags(namespace, members)],
        "env": [{"name": "NAME", "value_from": {"field_ref": {"field_path": "metadata.name"}}}],
        "ports": [
            {"name": "clients", "container_port": CLIENTS},
            {"name": "peers", "container_port": PEERS},
            {"name": "metrics", "container_port": METRICS},
        ],
        "resources": {"requests": {"cpu": "100m", "memory": f"{memory_mib}Mi"}},
        "security_context": CONFINED,
        # As kubeadm's: a member without a majority is not ready, but lives.
        "readiness_probe": _probe("/readyz", period_seconds=5, failure_threshold=3),
        "liveness_probe": _probe("/livez", period_seconds=10, failure_threshold=8, initial_delay_seconds=60),
        "volume_mounts": [
            {"name": VOLUME, "mount_path": FOLDER},
            {"name": CERTIFICATE_VOLUME, "mount_path": PKI, "read_only": True},
        ],
    }


def _probe(path: str, **more: int) -> Any:
    return {"http_get": {"path": path, "port": METRICS}, "timeout_seconds": 5, **more}


def identity_flags(namespace: str, members: int) -> list[str]:
    """The flags by which a member, or its data, knows its own name and its peers."""
    domain = f"{ETCD}.{namespace}.svc.cluster.local:{PEERS}"
    cluster = [f"{ETCD}-{member}=https://{ETCD}-{member}.{domain}" for member in range(members)]
    return [
        "--name=$(NAME)",
        f"--initial-advertise-peer-urls=https://$(NAME).{domain}",
        f"--initial-cluster={','.join(cluster)}",
        f"--initial-cluster-token={namespace}",
    ]


def flags(namespace: str, members: int) -> list[str]:
    """The flags of a member. Those for peers have the same certificate as those for clients, of Karmada's authority."""
    return [
        *identity_flags(namespace, members),
        f"--data-dir={FOLDER}/data",
        f"--listen-client-urls=https://0.0.0.0:{CLIENTS}",
        f"--advertise-client-urls=https://$(NAME).{ETCD}.{namespace}.svc.cluster.local:{CLIENTS}",
        f"--listen-peer-urls=https://0.0.0.0:{PEERS}",
        f"--listen-metrics-urls=http://0.0.0.0:{METRICS}",
        *(
            f"--{kind}{flag}"
            for kind in ("", "peer-")
            for flag in (
                "client-cert-auth",
                f"trusted-ca-file={PKI}/ca.crt",
                f"cert-file={PKI}/tls.crt",
                f"key-file={PKI}/tls.key",
            )
        ),
        # A member's address is in no certificate, and its name by the address is known only after a while.
        "--peer-skip-client-san-verification",
        "--tls-min-version=TLS1.2",
    ]
