"""Karmada's control plane, a Helm release on the host cluster, and the way to its API server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from ...metadata import metadata
from ..host_cluster import HostCluster
from . import failover
from .certificates import Certificates, CertificatesArgs, today
from .etcd import Etcd, EtcdArgs
from .kubeconfig import encoded, kubeconfig
from .readiness import answers
from .snapshots import SnapshotJob, SnapshotJobArgs, Snapshots
from .status import explained
from .values import ETCD_MEMORY_MIB, Copies, values

NAMESPACE = "karmada-system"
"""Karmada's namespace on the host, and in its own API."""

SERVER = "karmada-apiserver"
SERVER_NAME = f"{SERVER}.{NAMESPACE}.svc.cluster.local"
"""The name in the certificate of karmada-apiserver."""

SERVER_PORT = 5443
"""The port of karmada-apiserver's pods (charts/karmada, templates/karmada-apiserver.yaml)."""

BALANCER = "service.beta.kubernetes.io/aws-load-balancer"
IDLE_SECONDS = 3600
"""The longest that a classic load balancer keeps a connection without traffic, as a watch of Kubernetes is."""


@dataclass(frozen=True, kw_only=True)
class KarmadaRelease:
    """Karmada's chart, images, copies and storage, and who reaches its API server."""

    chart: str
    """The chart's name in the repository, or a folder that contains it."""
    repository: str | None
    """The chart repository's URL; None for a folder."""
    version: str
    """The version of Karmada, without `v`."""
    registry: str | None
    """The registry of all images; None: each is pulled from its own."""
    hook_image: str
    """`<registry>/<image>:<tag>` with bash, curl and kubectl."""
    etcd_image: str
    """`<registry>/<image>:<tag>` of etcd."""
    storage_gib: int
    """The size of the volume of each member of etcd."""
    etcd_members: int
    """1 or 3; with 3, every other part runs twice."""
    port: int
    """The port of Karmada's API on its load balancer."""
    public: bool
    """Whether the load balancer has public addresses, or else private ones alone."""
    clients: Sequence[Input[str]]
    """The ranges that call Karmada's API."""
    failover: bool
    """Whether Karmada moves objects that ask for it out of a cluster that doesn't answer."""
    snapshots: Snapshots | None = None
    """The snapshots of etcd; None: none are taken."""


@dataclass(frozen=True, kw_only=True)
class KarmadaArgs:
    """A release, and the cluster that runs it."""

    release: KarmadaRelease
    provider: kubernetes.Provider
    """The host's."""
    ready: Sequence[pulumi.Resource]
    """What its pods need: nodes, and the driver of their volumes."""
    timeout_minutes: int
    """Limit for Karmada's API to answer once its pods run."""


class Karmada(pulumi.ComponentResource):
    """The release with its certificates and its etcd, and a load balancer for Karmada's API.

    It is uninstalled before its cluster goes, because the volumes and the load balancer would outlive the cluster.
    """

    host: HostCluster
    """Karmada's API, in which clusters join."""
    kubeconfig: Output[str]
    """The administrator's, JSON. Secret; it can't be revoked."""
    release: pulumi.Resource
    """The resource whose deletion deletes everything in Karmada."""
    server: Output[str]
    """The URL of Karmada's API."""
    authority: Output[str]
    """The certificate of its authority, PEM."""

    def __init__(self, name: str, args: KarmadaArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:Karmada", name, None, opts)
        namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace", metadata=metadata(NAMESPACE), opts=self._on_host(args, args.ready)
        )
        certificates = Certificates(
            f"{name}-certificates",
            CertificatesArgs(namespace=NAMESPACE, provider=args.provider, after=[namespace], now=today()),
            ResourceOptions(parent=self),
        )
        pems = certificates.pems
        etcd = self._etcd(name, args, pems, namespace)
        self._snapshots(name, args, etcd)
        self.release = self._release(name, args, certificates, etcd)
        self.server = self._balancer(name, args)
        self.authority = pems.apply(lambda found: found["server-ca.crt"])
        self.kubeconfig = Output.secret(
            Output.all(self.server, pems).apply(lambda known: administrator(known[0], known[1]))
        )
        self.host = HostCluster(
            provider=self._to_karmada(name, args),
            kubeconfig=self.kubeconfig,
            reason=explained(self.kubeconfig),
            # What is declared in Karmada goes with its etcd.
            control_plane=self.release,
        )
        self.register_outputs({})

    def _on_host(self, args: KarmadaArgs, after: Sequence[pulumi.Resource]) -> ResourceOptions:
        return ResourceOptions(parent=self, provider=args.provider, depends_on=[*after])

    def _etcd(self, name: str, args: KarmadaArgs, pems: Output[Mapping[str, str]], namespace: pulumi.Resource) -> Etcd:
        release = args.release
        return Etcd(
            f"{name}-etcd",
            EtcdArgs(
                namespace=NAMESPACE,
                image=mirrored(release.etcd_image, release.registry),
                members=release.etcd_members,
                storage_gib=release.storage_gib,
                memory_mib=ETCD_MEMORY_MIB,
                pems=pems,
                provider=args.provider,
                after=[namespace, *args.ready],
                snapshots=release.snapshots,
                shell_image=mirrored(release.hook_image, release.registry),
            ),
            ResourceOptions(parent=self),
        )

    def _snapshots(self, name: str, args: KarmadaArgs, etcd: Etcd) -> None:
        release = args.release
        if release.snapshots:
            SnapshotJob(
                f"{name}-snapshots",
                SnapshotJobArgs(
                    namespace=NAMESPACE,
                    snapshots=release.snapshots,
                    etcd_image=mirrored(release.etcd_image, release.registry),
                    shell_image=mirrored(release.hook_image, release.registry),
                    provider=args.provider,
                    after=[etcd],
                ),
                ResourceOptions(parent=self),
            )

    def _release(self, name: str, args: KarmadaArgs, certificates: Certificates, etcd: Etcd) -> pulumi.Resource:
        release = args.release
        given = values(
            version=release.version,
            registry=release.registry,
            hook_image=release.hook_image,
            copies=Copies(members=release.etcd_members),
            etcd=etcd.servers,
            pems=certificates.pems,
            expires=certificates.expires,
        )
        return kubernetes.helm.v3.Release(
            f"{name}-release",
            name="karmada",
            chart=release.chart,
            # A folder holds the version it holds.
            version=f"v{release.version}" if release.repository else None,
            repository_opts={"repo": release.repository} if release.repository else None,
            namespace=NAMESPACE,
            values=failover.added(given) if release.failover else given,
            timeout=600,
            opts=self._on_host(args, [etcd]),
        )

    def _balancer(self, name: str, args: KarmadaArgs) -> Output[str]:
        """The URL of Karmada's API: a load balancer by the cloud controller of EKS, which needs no installation.

        It is apart from the release, so that previews show it, and it goes while the controller still runs. It is a
        classic one, because pods of the host could not call an internal network one (docs/decisions/0011).
        """
        service = kubernetes.core.v1.Service(
            f"{name}-api",
            metadata=metadata(
                # Of another name, because a load balancer's addresses don't change between public and private.
                "karmada-api-public" if args.release.public else "karmada-api",
                namespace=NAMESPACE,
                annotations={
                    **({} if args.release.public else {f"{BALANCER}-internal": "true"}),
                    f"{BALANCER}-connection-idle-timeout": str(IDLE_SECONDS),
                },
            ),
            spec={
                "type": "LoadBalancer",
                "selector": {"app": SERVER},
                "ports": [{"name": "https", "port": args.release.port, "target_port": SERVER_PORT}],
                "load_balancer_source_ranges": [*args.release.clients],
            },
            opts=self._on_host(args, [self.release]),
        )
        return service.status.apply(lambda status: f"https://{_hostname(status)}:{args.release.port}")

    def _to_karmada(self, name: str, args: KarmadaArgs) -> kubernetes.Provider:
        return kubernetes.Provider(
            f"{name}-provider",
            kubeconfig=self.kubeconfig,
            # Without it, another load balancer would read as another cluster, and all in Karmada be replaced.
            cluster_identifier=name,
            # An object that an interrupted update has made is taken over by the next, not stumbled over.
            upsert_existing_objects=True,
            enable_secret_mutable=True,
            opts=ResourceOptions(
                parent=self,
                depends_on=[self.release],
                hooks=pulumi.ResourceHookBinding(
                    before_create=[answers(f"{name}-answers", self.kubeconfig, 60 * args.timeout_minutes)]
                ),
            ),
        )


def administrator(server: str, pems: Mapping[str, str]) -> str:
    """The kubeconfig of Karmada's administrator, whose certificate is that of Karmada's own parts."""
    user = {
        "client-certificate-data": encoded(pems["karmada.crt"]),
        "client-key-data": encoded(pems["karmada.key"]),
    }
    return kubeconfig(server, pems["server-ca.crt"], SERVER_NAME, user)


def mirrored(image: str, registry: str | None) -> str:
    """An image in the registry of all images, if there is one, by the path that it has in its own."""
    return f"{registry}/{image.partition('/')[2]}" if registry else image


def _hostname(status: Any) -> str:
    """The name of a Service's load balancer."""
    return status.load_balancer.ingress[0].hostname
