"""Karmada's etcd, on volumes of its own.

The chart's StatefulSet can't start three members: it starts them one after another, each once the one before is ready,
and none is ready without a majority (charts/karmada, templates/etcd.yaml; etcd's /readyz). Its members also talk to
each other without encryption. The chart uses this one as an external etcd.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output, ResourceOptions

from ...metadata import metadata
from .etcd_members import (
    CERTIFICATE,
    CLIENT,
    CLIENTS,
    ETCD,
    LABELS,
    PEERS,
    STORAGE,
    VOLUME,
    claim,
    identity_flags,
    network_policy,
    stateful_set,
)
from .kubeconfig import encoded
from .snapshots import ETCD_ACCOUNT, Snapshots, restoring

FILES = {"ca.crt": "server-ca.crt", "tls.crt": "karmada.crt", "tls.key": "karmada.key"}
"""The files of its Secret, by their names among Karmada's keys and certificates."""

NO_WAIT = {"pulumi.com/skipAwait": "true"}
"""On the Services, which otherwise exist only once the members are ready; the members find each other by them."""


@dataclass(frozen=True, kw_only=True)
class EtcdArgs:
    """A number of members, what they run, and where."""

    namespace: str
    image: str
    members: int
    """1, or 3 on different nodes, and in different zones as far as there are."""
    storage_gib: int
    """The size of each member's volume."""
    memory_mib: int
    """The memory that each member requests."""
    pems: Output[Mapping[str, str]]
    """Keys and certificates, by their names in the chart's Secret."""
    provider: kubernetes.Provider
    """The host's."""
    after: Sequence[pulumi.Resource]
    """The namespace, and what pods need: nodes, the driver of their volumes, and their roles."""
    snapshots: Snapshots | None = None
    """None: no snapshots are taken."""
    shell_image: str
    """Has bash and the AWS CLI, with which members restore a snapshot."""


class Etcd(pulumi.ComponentResource):
    """A StatefulSet with a volume, a disruption budget and a network policy. It exists once every member is ready."""

    servers: str
    """The URL by which clients call it."""

    def __init__(self, name: str, args: EtcdArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:KarmadaEtcd", name, None, opts)
        self.servers = f"https://{CLIENT}.{args.namespace}.svc.cluster.local:{CLIENTS}"
        before = [*self._volumes(name, args), self._certificate(name, args), *self._services(name, args)]
        self._protection(name, args)
        kubernetes.apps.v1.StatefulSet(
            f"{name}-members",
            metadata=metadata(ETCD, namespace=args.namespace, labels=LABELS),
            spec=stateful_set(
                args.namespace,
                image=args.image,
                members=args.members,
                storage_gib=args.storage_gib,
                memory_mib=args.memory_mib,
                restoring=self._restoring(name, args),
            ),
            opts=ResourceOptions.merge(
                self._on_host(args, before),
                # Kubernetes changes no template of claims, and the claims exist: their size changes in place.
                ResourceOptions(ignore_changes=["spec.volumeClaimTemplates"]),
            ),
        )
        self.register_outputs({})

    def _on_host(self, args: EtcdArgs, after: Sequence[pulumi.Resource]) -> ResourceOptions:
        return ResourceOptions(parent=self, provider=args.provider, depends_on=[*after])

    def _volumes(self, name: str, args: EtcdArgs) -> list[pulumi.Resource]:
        """The claims of the members' volumes, which the StatefulSet takes because they have the names of its own.

        Its own would stay when it is deleted.
        """
        kind = kubernetes.storage.v1.StorageClass(
            f"{name}-storage",
            metadata=metadata(STORAGE),
            provisioner="ebs.csi.aws.com",
            parameters={"type": "gp3", "encrypted": "true"},
            reclaim_policy="Delete",
            allow_volume_expansion=True,
            # A volume is in one zone: the one of the node that the pod gets.
            volume_binding_mode="WaitForFirstConsumer",
            opts=self._on_host(args, args.after),
        )
        return [
            kubernetes.core.v1.PersistentVolumeClaim(
                f"{name}-{member}",
                metadata=metadata(f"{VOLUME}-{ETCD}-{member}", namespace=args.namespace),
                spec=claim(args.storage_gib),
                opts=self._on_host(args, [*args.after, kind]),
            )
            for member in range(args.members)
        ]

    def _restoring(self, name: str, args: EtcdArgs) -> Mapping[str, Any] | None:
        """What the members' pods have besides, and their service account, if a snapshot is to be restored."""
        if not (args.snapshots and args.snapshots.restore):
            return None
        kubernetes.core.v1.ServiceAccount(
            f"{name}-account",
            metadata=metadata(ETCD_ACCOUNT, namespace=args.namespace),
            automount_service_account_token=False,
            opts=self._on_host(args, args.after),
        )
        return restoring(
            args.snapshots,
            etcd_image=args.image,
            shell_image=args.shell_image,
            flags=identity_flags(args.namespace, args.members),
        )

    def _certificate(self, name: str, args: EtcdArgs) -> pulumi.Resource:
        data = args.pems.apply(lambda pems: {file: encoded(pems[source]) for file, source in FILES.items()})
        return kubernetes.core.v1.Secret(
            f"{name}-certificate",
            metadata=metadata(CERTIFICATE, namespace=args.namespace),
            data=data,
            opts=self._on_host(args, args.after),
        )

    def _services(self, name: str, args: EtcdArgs) -> Sequence[pulumi.Resource]:
        ports = [{"name": "clients", "port": CLIENTS}, {"name": "peers", "port": PEERS}]
        specs: Mapping[str, Mapping[str, Any]] = {
            # A member's name resolves before it is ready, because it is ready only with the others.
            ETCD: {"cluster_ip": "None", "ports": ports, "publish_not_ready_addresses": True},
            CLIENT: {"ports": ports[:1]},
        }
        return [
            kubernetes.core.v1.Service(
                f"{name}-{service}",
                metadata=metadata(service, namespace=args.namespace, labels=LABELS, annotations=NO_WAIT),
                spec=cast(Any, {"selector": LABELS, **spec}),
                opts=self._on_host(args, args.after),
            )
            for service, spec in specs.items()
        ]

    def _protection(self, name: str, args: EtcdArgs) -> None:
        """A drain takes one member at a time. Karmada's API servers, the members and snapshots alone call a member."""
        kubernetes.policy.v1.PodDisruptionBudget(
            f"{name}-budget",
            metadata=metadata(ETCD, namespace=args.namespace),
            spec={"max_unavailable": 1, "selector": {"match_labels": LABELS}},
            opts=self._on_host(args, args.after),
        )
        kubernetes.networking.v1.NetworkPolicy(
            f"{name}-callers",
            metadata=metadata(ETCD, namespace=args.namespace),
            spec=network_policy(snapshots=args.snapshots is not None),
            opts=self._on_host(args, args.after),
        )
