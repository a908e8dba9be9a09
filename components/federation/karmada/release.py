"""Karmada's control plane, a Helm release on the host cluster, and the way to its API server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output, ResourceOptions

from ...metadata import metadata
from ..host_cluster import HostCluster
from . import failover
from .certificates import Certificates, CertificatesArgs, today
from .kubeconfig import encoded, kubeconfig
from .readiness import answers
from .status import explained

NAMESPACE = "karmada-system"
"""Karmada's namespace on the host, and in its own API."""

SERVER = "karmada-apiserver"
SERVER_NAME = f"{SERVER}.{NAMESPACE}.svc.cluster.local"
"""The name in the certificate of karmada-apiserver."""

SERVER_PORT = 5443
"""The port of karmada-apiserver's pods (charts/karmada, templates/karmada-apiserver.yaml)."""

PARTS = {
    "scheduler": "karmada-scheduler",
    "webhook": "karmada-webhook",
    "controllerManager": "karmada-controller-manager",
    "aggregatedApiServer": "karmada-aggregated-apiserver",
}
"""Karmada's own parts by their keys in the chart's values. Each has a tag, `latest`, of its own there."""

ETCD_CLAIM = "etcd-data-etcd-0"
"""The claim of etcd's pod: its volume's name and its own, as a StatefulSet puts them together."""

BALANCER = "service.beta.kubernetes.io/aws-load-balancer"
IDLE_SECONDS = 3600
"""The longest that a classic load balancer keeps a connection without traffic, as a watch of Kubernetes is."""


@dataclass(frozen=True, kw_only=True)
class KarmadaRelease:
    """Karmada's chart, images and storage, and who reaches its API server."""

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
    storage_gib: int
    """The size of etcd's volume."""
    port: int
    """The port of Karmada's API on its load balancer."""
    clients: Sequence[str]
    """The ranges that call Karmada's API."""
    failover: bool
    """Whether Karmada moves objects that ask for it out of a cluster that doesn't answer."""


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
    """The release with its certificates and etcd's volume, and an internal load balancer for Karmada's API.

    It is uninstalled before its cluster goes, because the volume and the load balancer would outlive the cluster.
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
        pems = Certificates(
            f"{name}-certificates",
            CertificatesArgs(namespace=NAMESPACE, provider=args.provider, after=[namespace], now=today()),
            ResourceOptions(parent=self),
        ).pems
        claim = self._storage(name, args, namespace)
        self.release = self._release(name, args, pems, [namespace, claim])
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

    def _storage(self, name: str, args: KarmadaArgs, namespace: pulumi.Resource) -> pulumi.Resource:
        """The claim of etcd's volume, which the StatefulSet of the chart takes because it has the name.

        The chart's own would stay when the release is uninstalled.
        """
        kind = kubernetes.storage.v1.StorageClass(
            f"{name}-storage",
            metadata=metadata("karmada-etcd"),
            provisioner="ebs.csi.aws.com",
            parameters={"type": "gp3", "encrypted": "true"},
            reclaim_policy="Delete",
            allow_volume_expansion=True,
            # A volume is in one zone: the one of the node that the pod gets.
            volume_binding_mode="WaitForFirstConsumer",
            opts=self._on_host(args, args.ready),
        )
        return kubernetes.core.v1.PersistentVolumeClaim(
            f"{name}-etcd",
            metadata=metadata(ETCD_CLAIM, namespace=NAMESPACE),
            spec={
                "access_modes": ["ReadWriteOnce"],
                "storage_class_name": "karmada-etcd",
                "resources": {"requests": {"storage": f"{args.release.storage_gib}Gi"}},
            },
            opts=self._on_host(args, [namespace, kind]),
        )

    def _release(
        self, name: str, args: KarmadaArgs, pems: Output[Mapping[str, str]], after: Sequence[pulumi.Resource]
    ) -> pulumi.Resource:
        release = args.release
        return kubernetes.helm.v3.Release(
            f"{name}-release",
            name="karmada",
            chart=release.chart,
            # A folder holds the version it holds.
            version=f"v{release.version}" if release.repository else None,
            repository_opts={"repo": release.repository} if release.repository else None,
            namespace=NAMESPACE,
            values=failover.added(values(release, pems)) if release.failover else values(release, pems),
            timeout=600,
            opts=self._on_host(args, after),
        )

    def _balancer(self, name: str, args: KarmadaArgs) -> Output[str]:
        """The URL of Karmada's API: a load balancer by the cloud controller of EKS, which needs no installation.

        It is apart from the release, so that previews show it, and it goes while the controller still runs.
        """
        service = kubernetes.core.v1.Service(
            f"{name}-api",
            metadata=metadata(
                "karmada-api",
                namespace=NAMESPACE,
                annotations={
                    f"{BALANCER}-internal": "true",
                    f"{BALANCER}-connection-idle-timeout": str(IDLE_SECONDS),
                },
            ),
            spec={
                "type": "LoadBalancer",
                "selector": {"app": SERVER},
                "ports": [{"name": "https", "port": args.release.port, "target_port": SERVER_PORT}],
                "load_balancer_source_ranges": sorted(args.release.clients),
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


def values(release: KarmadaRelease, pems: Output[Mapping[str, str]]) -> dict[str, Any]:
    """The chart's values. Its defaults name moving tags, and keep etcd on a node's disk."""
    registry, _, rest = release.hook_image.partition("/")
    repository, _, tag = rest.rpartition(":")
    hook = {"image": {"registry": registry, "repository": repository, "tag": tag}}
    own = {key: {"image": {"tag": f"v{release.version}"}} for key in PARTS}
    return {
        **own,
        # The chart's pods wait until its Job has installed the types of this version.
        "karmadaImageVersion": f"v{release.version}",
        **({"global": {"imageRegistry": release.registry}} if release.registry else {}),
        "cfssl": hook,
        "kubectl": hook,
        "certs": {"mode": "custom", "custom": _custom(pems)},
        "etcd": {
            "internal": {
                "storageType": "pvc",
                "pvc": {"storageClass": "karmada-etcd", "size": f"{release.storage_gib}Gi"},
            }
        },
    }


def _custom(pems: Output[Mapping[str, str]]) -> dict[str, Output[str]]:
    """Keys and certificates by their names in the chart's values."""
    names = {
        "caCrt": "server-ca.crt",
        "caKey": "server-ca.key",
        "crt": "karmada.crt",
        "key": "karmada.key",
        "frontProxyCaCrt": "front-proxy-ca.crt",
        "frontProxyCrt": "front-proxy-client.crt",
        "frontProxyKey": "front-proxy-client.key",
    }
    return {key: pems.apply(lambda found, name=name: found[name]) for key, name in names.items()}


def _hostname(status: Any) -> str:
    """The name of a Service's load balancer."""
    return status.load_balancer.ingress[0].hostname
