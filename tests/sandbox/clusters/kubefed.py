"""kubefed's chart on a test fleet."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.clusters.persistence import folder
from sandbox.contract import ClusterKey
from tests.sandbox.clusters.fleet import HOST, NAMESPACE, Fleet, Kubectl, until

TOOLS = Path(__file__).resolve().parents[3] / "sandbox" / "tools" / "kubefed"

VALUES = {
    "controller.tag": "v0.10.0",
    "webhook.tag": "v0.10.0",
    "postInstallJob.repository": "docker.io/alpine",
    "postInstallJob.image": "k8s",
    "postInstallJob.tag": "1.37.0",
    "clusterHealthCheckPeriod": "2s",
    "leaderElectLeaseDuration": "5s",
    "leaderElectRenewDeadline": "3s",
    "leaderElectRetryPeriod": "1s",
}


def chart(hyperfed: Path) -> Path:
    """The chart beside the compiled tool, else in Go's module cache."""
    kept = hyperfed.resolve().parent / "charts" / "kubefed"
    if kept.is_dir():
        return kept
    argv = ["go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kubefed"]
    found = subprocess.run(argv, cwd=TOOLS, capture_output=True, text=True, check=True)
    return Path(found.stdout.strip()) / "charts" / "kubefed"


def settings(**changed: str) -> list[str]:
    """Helm's `--set` arguments."""
    values = {**VALUES, **{key.replace("__", "."): value for key, value in changed.items()}}
    return [word for key, value in values.items() for word in ("--set", f"controllermanager.{key}={value}")]


@dataclass
class KubeFed:
    """kubefed, its host, and how clusters join it."""

    fleet: Fleet
    hyperfed: Path

    @property
    def host(self) -> Kubectl:
        """kubectl on the host."""
        return self.fleet.kubectl(HOST)

    def install(self) -> None:
        """The release, as the program makes it: resources ready, then the hook."""
        arguments = ["kubefed", str(chart(self.hyperfed)), "-n", NAMESPACE, "--create-namespace", "--wait"]
        self.host.run("helm", "install", *arguments, *settings())

    def join(self, key: ClusterKey) -> None:
        """What joining a cluster consists of, as resources."""
        member, name = self.fleet.kubectl(key), f"{key.name}-{HOST.name}"
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": NAMESPACE}}
        role = f"kubefed-controller-manager:{name}"
        member.apply(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, account, *_rights(role, name)
        )
        kind = {"type": "kubernetes.io/service-account-token"}
        notes = {"annotations": {"kubernetes.io/service-account.name": name}}
        meta = {"name": name, "namespace": NAMESPACE}
        member.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {**meta, **notes}, **kind})
        token = until(lambda: member.json("secret", name, "-n", NAMESPACE).get("data", {}).get("token"), "the token")
        self.host.apply(*self._cluster(key, token))

    def ready(self, key: ClusterKey) -> bool:
        """Whether the joined cluster says Ready."""
        found = self.host.json("kubefedclusters", key.name, "-n", NAMESPACE)
        conditions = found.get("status", {}).get("conditions") or ()
        return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)

    def logs(self) -> str:
        """Both controllers' logs."""
        selector = ["-l", "kubefed-control-plane=controller-manager", "--tail=-1", "-n", NAMESPACE]
        return self.host("logs", *selector, check=False).stdout

    def _cluster(self, key: ClusterKey, token: str) -> list[dict[str, Any]]:
        meta = {"name": key.name, "namespace": NAMESPACE}
        authority = base64.b64encode((folder(self.fleet.paths, key) / "ca.crt").read_bytes()).decode()
        spec = {
            "apiEndpoint": self.fleet.manager.status(key).endpoint,
            "caBundle": authority,
            "secretRef": {"name": key.name},
        }
        return [
            {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": {"token": token}},
            {"apiVersion": "core.kubefed.io/v1beta1", "kind": "KubeFedCluster", "metadata": meta, "spec": spec},
        ]


def _rights(role: str, account: str) -> list[dict[str, Any]]:
    group = "rbac.authorization.k8s.io"
    rules = [
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
        {"nonResourceURLs": ["*"], "verbs": ["get"]},
    ]
    meta = {"name": role}
    reference = {"apiGroup": group, "kind": "ClusterRole", "name": role}
    subject = {"kind": "ServiceAccount", "name": account, "namespace": NAMESPACE}
    return [
        {"apiVersion": f"{group}/v1", "kind": "ClusterRole", "metadata": meta, "rules": rules},
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": meta,
            "roleRef": reference,
            "subjects": [subject],
        },
    ]
