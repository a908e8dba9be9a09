"""The processes of a control plane: their arguments, and the files in these."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.clusters import kubeconfig, ports
from sandbox.clusters.pki import Authority, Pair, service_account_key, service_address
from sandbox.clusters.webhook import Webhook
from sandbox.contract import ClusterKey
from sandbox.files import write_json

NEWEST = 37
"""The minor version of the Kubernetes programs, which emulate older ones down to OLDEST."""
OLDEST = 34

ADVERTISED = "192.0.2.1"
"""The address of the service `kubernetes`, of a documentation range (RFC 5737), because it can't be loopback."""

ANSWER_LIFETIME = "2s"
"""The time for which an API server caches the webhook's answers, and until an access entry's change takes effect."""

AUDIENCE = "https://kubernetes.default.svc"
"""The audience of EKS's API servers."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a control plane."""

    key: ClusterKey
    folder: Path
    """The folder of its keys, certificates and configuration."""
    port: int
    """The port on which it listens."""
    shown: int
    """The port of the cluster's endpoint; another one if the fault switch is in front of the API server."""
    minor: int
    """The minor version of Kubernetes that it shows."""
    service_cidr: str
    issuer: str
    etcd: str
    """etcd's URL."""
    prefix: str
    """The prefix of its objects in etcd."""
    socket: Path
    """The egress proxy's socket."""

    @property
    def server(self) -> str:
        """The API server's URL."""
        return f"https://{ports.LOOPBACK}:{self.port}"

    @property
    def endpoint(self) -> str:
        """The URL that EKS shows."""
        return f"https://{ports.LOOPBACK}:{self.shown}"


@dataclass(frozen=True)
class Credentials:
    """A control plane's authority and the certificates of its parts."""

    authority: Path
    serving: Pair
    nodes: Pair
    """The certificate with which nodes serve logs."""
    kubelet_client: Pair
    """The certificate with which the API server calls nodes."""
    service_accounts: Path
    admin: Pair
    kubelet: Pair
    controller_manager: Pair
    scheduler: Pair
    kwok: Pair


def credentials(folder: Path, service_cidr: str) -> Credentials:
    """The credentials in the folder, created if missing."""
    authority = Authority(folder, "kubernetes")
    hosts = [ports.LOOPBACK, "localhost", service_address(service_cidr), "kubernetes", "kubernetes.default"]
    hosts += ["kubernetes.default.svc", "kubernetes.default.svc.cluster.local"]
    masters = ["system:masters"]
    return Credentials(
        authority=authority.certificate,
        serving=authority.server("kube-apiserver", "kube-apiserver", hosts),
        nodes=authority.server("nodes", "nodes", [ports.LOOPBACK]),
        kubelet_client=authority.client("kubelet-client", "kube-apiserver-kubelet-client"),
        service_accounts=service_account_key(folder),
        admin=authority.client("admin", "sandbox:admin", masters),
        kubelet=authority.client("kubelet", "sandbox:kubelet", masters),
        controller_manager=authority.client("controller-manager", "system:kube-controller-manager"),
        scheduler=authority.client("scheduler", "system:kube-scheduler"),
        kwok=authority.client("kwok", "sandbox:kwok", masters),
    )


def minor_version(version: str) -> int:
    """The minor version of EKS's `1.<minor>`. Raises ValueError for an unsupported one."""
    major, _, minor = version.partition(".")
    if major != "1" or not minor.isdigit() or not OLDEST <= int(minor) <= NEWEST:
        raise ValueError(f"Kubernetes {version}: the sandbox has 1.{OLDEST} to 1.{NEWEST}; set one of these")
    return int(minor)


def argv(program: Path, settings: Settings, pki: Credentials, webhook: Webhook) -> list[str | Path]:
    """kube-apiserver's arguments. Writes the files in them."""
    return [
        program,
        f"--etcd-servers={settings.etcd}",
        f"--etcd-prefix={settings.prefix}",
        f"--bind-address={ports.LOOPBACK}",
        f"--secure-port={settings.port}",
        f"--advertise-address={ADVERTISED}",
        f"--tls-cert-file={pki.serving.certificate}",
        f"--tls-private-key-file={pki.serving.key}",
        f"--client-ca-file={pki.authority}",
        f"--service-account-key-file={pki.service_accounts}",
        f"--service-account-signing-key-file={pki.service_accounts}",
        f"--service-account-issuer={settings.issuer}",
        f"--service-account-jwks-uri={settings.issuer}/keys",
        f"--api-audiences={AUDIENCE}",
        f"--service-cluster-ip-range={settings.service_cidr}",
        f"--authentication-config={_authentication(settings)}",
        f"--authentication-token-webhook-config-file={_webhook_config(settings, webhook, 'authenticate')}",
        "--authentication-token-webhook-version=v1",
        f"--authentication-token-webhook-cache-ttl={ANSWER_LIFETIME}",
        f"--authorization-config={_authorization(settings, webhook)}",
        f"--egress-selector-config-file={_egress(settings)}",
        "--enable-aggregator-routing=true",
        f"--kubelet-client-certificate={pki.kubelet_client.certificate}",
        f"--kubelet-client-key={pki.kubelet_client.key}",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        "--profiling=false",
        "--shutdown-delay-duration=0s",
        *_emulation(settings),
    ]


def controller_manager_argv(program: Path, settings: Settings, pki: Credentials) -> list[str | Path]:
    """kube-controller-manager's arguments: EKS's controllers, without those for a cloud provider and volumes."""
    off = ["persistentvolume-attach-detach-controller", "persistentvolume-expander-controller"]
    off += ["certificatesigningrequest-signing-controller", "node-ipam-controller", "ttl-controller"]
    file = kubeconfig.write(
        settings.folder / "controller-manager.kubeconfig",
        server=settings.server,
        authority=pki.authority,
        certificate=pki.controller_manager,
    )
    return [
        program,
        f"--kubeconfig={file}",
        "--secure-port=0",
        "--leader-elect=false",
        "--use-service-account-credentials=true",
        f"--root-ca-file={pki.authority}",
        f"--service-account-private-key-file={pki.service_accounts}",
        f"--controllers=*,{','.join('-' + name for name in off)}",
        "--profiling=false",
        *_emulation(settings),
    ]


def scheduler_argv(program: Path, settings: Settings, pki: Credentials) -> list[str | Path]:
    """kube-scheduler's arguments."""
    file = kubeconfig.write(
        settings.folder / "scheduler.kubeconfig",
        server=settings.server,
        authority=pki.authority,
        certificate=pki.scheduler,
    )
    return [
        program,
        f"--kubeconfig={file}",
        "--secure-port=0",
        "--leader-elect=false",
        "--profiling=false",
        *_emulation(settings),
    ]


def _emulation(settings: Settings) -> list[str]:
    return [] if settings.minor == NEWEST else [f"--emulated-version=kube=1.{settings.minor}"]


def _authentication(settings: Settings) -> Path:
    """A configuration by which anonymous requests reach only the health checks, as on EKS from 1.32 on."""
    paths = [{"path": path} for path in ("/healthz", "/livez", "/readyz")]
    return _configuration(
        settings,
        "authentication",
        "apiserver.config.k8s.io/v1",
        "AuthenticationConfiguration",
        {"anonymous": {"enabled": True, "conditions": paths}},
    )


def _authorization(settings: Settings, webhook: Webhook) -> Path:
    access_policies: dict[str, Any] = {
        "timeout": "5s",
        "subjectAccessReviewVersion": "v1",
        "matchConditionSubjectAccessReviewVersion": "v1",
        "failurePolicy": "NoOpinion",
        "authorizedTTL": ANSWER_LIFETIME,
        "unauthorizedTTL": ANSWER_LIFETIME,
        "connectionInfo": {
            "type": "KubeConfigFile",
            "kubeConfigFile": str(_webhook_config(settings, webhook, "authorize")),
        },
        # Only principals of IAM have access entries, so requests of the cluster's own parts skip the webhook.
        "matchConditions": [{"expression": "has(request.extra) && 'canonicalArn' in request.extra"}],
    }
    authorizers = [
        {"type": "Node", "name": "node"},
        {"type": "Webhook", "name": "eks-access-policies", "webhook": access_policies},
        {"type": "RBAC", "name": "rbac"},
    ]
    return _configuration(
        settings,
        "authorization",
        "apiserver.config.k8s.io/v1",
        "AuthorizationConfiguration",
        {"authorizers": authorizers},
    )


def _egress(settings: Settings) -> Path:
    return _selector(settings, "egress", "cluster")


def pods_egress(settings: Settings) -> Path:
    """The file of the egress selector of an API server in a pod, whose etcd and webhooks are in pods too.

    It calls a webhook with a URL as a part of the control plane (apiserver, util/webhook/authentication.go).
    """
    return _selector(settings, "pods-egress", "cluster", "controlplane", "etcd")


def _selector(settings: Settings, file: str, *names: str) -> Path:
    connection = {"proxyProtocol": "HTTPConnect", "transport": {"uds": {"udsName": str(settings.socket)}}}
    selections = [{"name": name, "connection": connection} for name in names]
    content = {"egressSelections": selections}
    return _configuration(settings, file, "apiserver.k8s.io/v1beta1", "EgressSelectorConfiguration", content)


def _webhook_config(settings: Settings, webhook: Webhook, question: str) -> Path:
    return kubeconfig.write(
        settings.folder / f"{question}.kubeconfig",
        server=webhook.url(settings.key, question),
        authority=webhook.authority.certificate,
    )


def _configuration(settings: Settings, name: str, version: str, kind: str, content: dict[str, Any]) -> Path:
    path = settings.folder / f"{name}.json"
    write_json(path, {"apiVersion": version, "kind": kind, **content})
    return path
