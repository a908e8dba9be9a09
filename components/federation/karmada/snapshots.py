"""Snapshots of Karmada's etcd: a CronJob that puts them into a bucket, and the start of a member from one of them.

etcd's image has no shell, and the hooks' image has bash and the AWS CLI (alpine-docker/k8s, Dockerfile). So each step
runs in the image that has its program, and the steps share a volume.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import ResourceOptions

from ...metadata import metadata
from .etcd_members import (
    CERTIFICATE_VOLUME,
    CLIENT,
    CLIENTS,
    CONFINED,
    FOLDER,
    PKI,
    SNAPSHOTS,
    VOLUME,
    as_member,
    certificate,
)

ETCD_ACCOUNT = "karmada-etcd"
"""The service account of etcd's members while they restore. Its role reads the snapshot."""

PLACE, FILE = "/snapshot", "/snapshot/etcd.db"
"""The volume that the steps share, and the snapshot in it."""

RESTORED = f"{FOLDER}/restored"
"""The restored data on a member's volume, until it is known whether the member needs it."""

AHEAD = 1_000_000_000
"""The revisions by which a restored etcd is ahead of the snapshot.

Watches of the time before then end, instead of missing changes (etcd, "Disaster recovery", "Restoring with revision
bump").
"""

PUT = 'exec aws s3api put-object --bucket "$BUCKET" --key "$FOLDER/$(date -u +%Y-%m-%dT%H-%M-%SZ).db" --body ' + FILE
GET = f'rm -rf {RESTORED} && exec aws s3api get-object --bucket "$BUCKET" --key "$KEY" {FILE}'
USE = f"test -e {FOLDER}/data || mv {RESTORED} {FOLDER}/data; rm -rf {RESTORED}"
"""The scripts, in bash. The last one leaves a member with data as it is."""

SECONDS = 600
"""The longest time that a snapshot takes."""

CPU, MEMORY = "50m", "128Mi"
"""What each step requests."""


@dataclass(frozen=True, kw_only=True)
class Snapshots:
    """A bucket, and when snapshots are put there."""

    bucket: str
    folder: str
    """The beginning of the snapshots' keys, without a slash at its end."""
    schedule: str
    """In cron's form, in UTC."""
    restore: str | None = None
    """The key of the snapshot with which members without data begin; None: they begin empty."""


@dataclass(frozen=True, kw_only=True)
class SnapshotJobArgs:
    """A schedule, the images of its steps, and where they run."""

    namespace: str
    snapshots: Snapshots
    etcd_image: str
    """Has etcdctl."""
    shell_image: str
    """Has bash and the AWS CLI."""
    provider: kubernetes.Provider
    """The host's."""
    after: Sequence[pulumi.Resource]
    """etcd."""


class SnapshotJob(pulumi.ComponentResource):
    """A CronJob, and its service account, whose role puts snapshots into the bucket."""

    def __init__(self, name: str, args: SnapshotJobArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:KarmadaSnapshots", name, None, opts)
        child = ResourceOptions(parent=self, provider=args.provider, depends_on=[*args.after])
        account = kubernetes.core.v1.ServiceAccount(
            f"{name}-account",
            metadata=metadata(SNAPSHOTS, namespace=args.namespace),
            automount_service_account_token=False,
            opts=child,
        )
        kubernetes.batch.v1.CronJob(
            f"{name}-job",
            metadata=metadata(SNAPSHOTS, namespace=args.namespace),
            spec=cron_job(args),
            opts=ResourceOptions.merge(child, ResourceOptions(depends_on=[account])),
        )
        self.register_outputs({})


def cron_job(args: SnapshotJobArgs) -> Any:
    """The CronJob's spec."""
    pod = {
        "service_account_name": SNAPSHOTS,
        "automount_service_account_token": False,
        # A step that fails is run again, without those before it.
        "restart_policy": "OnFailure",
        "security_context": as_member(),
        "init_containers": [_save(args.namespace, args.etcd_image)],
        "containers": [_put(args.snapshots, args.shell_image)],
        "volumes": [certificate(), _shared()],
    }
    return {
        "schedule": args.snapshots.schedule,
        "time_zone": "Etc/UTC",
        "concurrency_policy": "Forbid",
        # A job that could not start, because the control plane was away, starts late rather than not at all.
        "starting_deadline_seconds": SECONDS,
        "successful_jobs_history_limit": 1,
        "failed_jobs_history_limit": 3,
        "job_template": {
            "spec": {
                "backoff_limit": 3,
                "active_deadline_seconds": SECONDS,
                "template": {"metadata": {"labels": {"app": SNAPSHOTS}}, "spec": pod},
            }
        },
    }


def restoring(snapshots: Snapshots, *, etcd_image: str, shell_image: str, flags: Sequence[str]) -> dict[str, Any]:
    """What a member's pod has besides, to begin with the snapshot if its volume is empty.

    `flags` are the member's own of its name and its peers. Every member restores the same snapshot (etcd, "Disaster
    recovery").
    """
    data = {"name": VOLUME, "mount_path": FOLDER}
    environment = [{"name": "BUCKET", "value": snapshots.bucket}, {"name": "KEY", "value": snapshots.restore}]
    restore = [
        "/usr/local/bin/etcdutl",
        *("snapshot", "restore", FILE, f"--data-dir={RESTORED}", f"--bump-revision={AHEAD}", "--mark-compacted"),
        *flags,
    ]
    name = {"name": "NAME", "value_from": {"field_ref": {"field_path": "metadata.name"}}}
    return {
        "service_account_name": ETCD_ACCOUNT,
        "init_containers": [
            _step("download", shell_image, ["bash", "-c", GET], environment, data),
            _step("restore", etcd_image, restore, [name], data),
            _step("use", shell_image, ["bash", "-c", USE], [], data),
        ],
        "volumes": [_shared()],
    }


def _save(namespace: str, image: str) -> Any:
    command = [
        "/usr/local/bin/etcdctl",
        *("snapshot", "save", FILE, f"--endpoints=https://{CLIENT}.{namespace}.svc.cluster.local:{CLIENTS}"),
        *(f"--cacert={PKI}/ca.crt", f"--cert={PKI}/tls.crt", f"--key={PKI}/tls.key"),
    ]
    return _step("save", image, command, [], {"name": CERTIFICATE_VOLUME, "mount_path": PKI, "read_only": True})


def _put(snapshots: Snapshots, image: str) -> Any:
    environment = [{"name": "BUCKET", "value": snapshots.bucket}, {"name": "FOLDER", "value": snapshots.folder}]
    return _step("put", image, ["bash", "-c", PUT], environment)


def _shared() -> Any:
    """The volume that the steps share."""
    return {"name": "snapshot", "empty_dir": {}}


def _step(name: str, image: str, command: list[str], environment: list[Any], *mounts: Any) -> Any:
    return {
        "name": name,
        "image": image,
        "command": command,
        **({"env": environment} if environment else {}),
        "resources": {"requests": {"cpu": CPU, "memory": MEMORY}},
        "security_context": CONFINED,
        "volume_mounts": [{"name": "snapshot", "mount_path": PLACE}, *mounts],
    }
