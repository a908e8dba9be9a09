"""A fake of AWS's sign-in, and clusters of a control plane manager for tests."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from sandbox.clusters import kubeconfig
from sandbox.clusters.manager import ControlPlaneManager
from sandbox.clusters.persistence import folder
from sandbox.contract import AccessPolicy, ClusterKey, NodeSpec, Phase, SignInError, UserInfo
from sandbox.paths import Paths, tool

ACCOUNT = "123456789012"
HOST = ClusterKey(ACCOUNT, "eu-west-1", "federated-eks-1")
MEMBER = ClusterKey(ACCOUNT, "eu-west-3", "federated-eks-2")
NAMESPACE = "kube-federation-system"

Result = subprocess.CompletedProcess[str]


def marked_not_ready(cluster: Kubectl, pod: str) -> None:
    """Do to a pod of the namespace default what the node lifecycle controller does once its node doesn't answer."""
    status = {"conditions": [{"type": "Ready", "status": "False"}]}
    cluster("patch", "pod", pod, "--subresource=status", "-p", json.dumps({"status": status}))


@dataclass
class FakeIdentity:
    """Tokens are `<cluster>:<role>`; roles without an entry in `policies` can't sign in."""

    policies: dict[str, list[AccessPolicy]] = field(default_factory=dict[str, list[AccessPolicy]])

    def authenticate(self, key: ClusterKey, token: str) -> UserInfo:
        cluster, _, role = token.partition(":")
        if cluster != key.name or role not in self.policies:
            raise SignInError(f"{token}: not a token of {key.name}")
        arn = f"arn:aws:iam::{key.account}:role/{role}"
        session = f"arn:aws:sts::{key.account}:assumed-role/{role}/test"
        return UserInfo(username=session, uid=arn, groups=[], extra={"arn": [session], "canonicalArn": [arn]})

    def access_policies(self, key: ClusterKey, principal_arn: str) -> Sequence[AccessPolicy]:
        return self.policies.get(principal_arn.rpartition("/")[2], [])

    def pod_environment(self, key: ClusterKey, namespace: str, service_account: str) -> Mapping[str, str]:
        return {}


def identity() -> FakeIdentity:
    """One role for each policy that tests use."""

    def policy(name: str, *namespaces: str) -> list[AccessPolicy]:
        return [AccessPolicy(name=f"AmazonEKS{name}Policy", namespaces=namespaces)]

    return FakeIdentity(
        {
            "admin": policy("ClusterAdmin"),
            "viewer": policy("View"),
            "editor-of-team-a": policy("Edit", "team-a"),
            "nothing": [],
        }
    )


def node(key: ClusterKey, zone: str, number: int) -> NodeSpec:
    """A node as EKS's node groups make them."""
    network = {HOST: 21, MEMBER: 22}.get(key, 23)
    labels = {
        "topology.kubernetes.io/region": key.region,
        "topology.kubernetes.io/zone": key.region + zone,
        "eks.amazonaws.com/nodegroup": "main",
    }
    return NodeSpec(
        name=f"ip-172-{network}-{number}-10.{key.region}.compute.internal",
        provider_id=f"aws:///{key.region}{zone}/i-{number:017x}",
        instance_type="t3.medium",
        address=f"172.{network}.{number}.10",
        labels=labels,
    )


def listening(pid: int) -> set[str]:
    """The addresses on which a process listens."""
    connections = psutil.Process(pid).net_connections("inet")
    return {one.laddr.ip for one in connections if one.status == psutil.CONN_LISTEN}


def create(manager: ControlPlaneManager, key: ClusterKey, version: str = "1.37") -> None:
    """Begin a cluster."""
    issuer = f"https://oidc.eks.{key.region}.amazonaws.com/id/{key.name.upper()}"
    manager.create(key, version=version, service_cidr="10.100.0.0/16", issuer=issuer)


def until(holds: Callable[[], Any], what: str, timeout: float = 60) -> Any:
    """Wait for what `holds` gives, and give it."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {timeout:.0f} s: {what}")


def await_ready(manager: ControlPlaneManager, key: ClusterKey) -> None:
    """Wait until a control plane is ready."""

    def ready() -> bool:
        status = manager.status(key)
        assert status.phase is not Phase.FAILED, status.reason
        return status.phase is Phase.READY

    until(ready, f"{key.name} is ready", 120)


class Kubectl:
    """kubectl to one cluster with a token."""

    def __init__(self, paths: Paths, server: str, key: ClusterKey, said: str, scratch: Path) -> None:
        self._paths = paths
        name = f"{key.name}-{said.replace(':', '-')}"
        token = scratch / f"{name}.token"
        token.write_text(said)
        authority = folder(paths, key) / "ca.crt"
        path = scratch / f"{name}.kubeconfig"
        self.kubeconfig = kubeconfig.write(path, server=server, authority=authority, token_file=token)

    def __call__(self, *arguments: str, check: bool = True, stdin: str | None = None) -> Result:
        return self.run("kubectl", *arguments, check=check, stdin=stdin)

    def run(self, program: str, *arguments: str, check: bool = True, stdin: str | None = None) -> Result:
        """Another client (helm) with the same kubeconfig."""
        argv = [str(tool(self._paths, program)), *arguments]
        env = {**os.environ, "KUBECONFIG": str(self.kubeconfig)}
        done = subprocess.run(argv, env=env, input=stdin, capture_output=True, text=True, timeout=180, check=False)
        assert not check or done.returncode == 0, f"{' '.join(argv)}: {done.stdout}{done.stderr}"
        return done

    def json(self, *arguments: str) -> dict[str, Any]:
        """`kubectl get`, parsed."""
        return json.loads(self("get", *arguments, "-o", "json").stdout)

    def apply(self, *objects: Mapping[str, Any]) -> None:
        """Create or change objects."""
        content = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        self("apply", "-f", "-", stdin=json.dumps(content))


@dataclass
class Fleet:
    """Two control planes of one manager: the second shows an older Kubernetes."""

    paths: Paths
    manager: ControlPlaneManager
    identity: FakeIdentity
    scratch: Path

    def kubectl(self, key: ClusterKey = HOST, role: str = "admin", token_of: ClusterKey | None = None) -> Kubectl:
        """kubectl for a cluster as a role, by a token for it (or for another cluster)."""
        said = f"{(token_of or key).name}:{role}"
        return Kubectl(self.paths, self.manager.status(key).endpoint, key, said, self.scratch)
