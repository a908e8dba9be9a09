"""A fleet that is up: what Pulumi, kubectl and AWS say of it, and its settings to change."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import yaml

from tests.sandbox.checkout import Checkout, Result

TOKEN_SECONDS = 600
"""For how long a token is used; EKS takes it for 15 minutes."""

STACK = ("-s", "sandbox", "--color", "never", "--non-interactive")
NAMESPACE = "kube-federation-system"


class Step(NamedTuple):
    """What a preview would do to a resource."""

    op: str
    type: str
    name: str
    properties: tuple[str, ...]
    """The properties that change, for an update."""


def free_port() -> int:
    """A port on which a load balancer can listen."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@dataclass(frozen=True)
class Fleet:
    """A checkout whose stack is up."""

    checkout: Checkout
    _tokens: dict[str, float] = field(default_factory=dict[str, float])
    """When each cluster's token was taken, by the cluster's name."""

    def pulumi(self, command: str, *more: str, check: bool = True, timeout: float = 400) -> Result:
        """`pulumi COMMAND -s sandbox ...`."""
        return self.checkout.run("pulumi", command, *STACK, *more, check=check, timeout=timeout)

    def ops(self, command: str, *more: str) -> Result:
        """`python -m ops COMMAND --stack sandbox ...`."""
        return self.checkout.run(sys.executable, "-m", "ops", command, "--stack", "sandbox", *more, timeout=900)

    def take_kubeconfig(self) -> None:
        """Write the stack's kubeconfig for `kubectl` anew, because a rotation ended the token in the old one."""
        found = self.checkout.run("pulumi", "stack", "output", "kubeconfig", "--show-secrets")
        self.checkout.paths.kubeconfig.write_text(found.stdout)

    def kubectl(
        self, cluster: str, *arguments: str, check: bool = True, env: Mapping[str, str] | None = None
    ) -> Result:
        """`kubectl --context CLUSTER ...`; signed in once in a while, unless `env` says as whom.

        `aws eks get-token` takes a second of a core, and kubectl runs it for each command.
        """
        signed_in = {} if env else self._signed_in(cluster)
        user = ["--user", f"{cluster}-once"] if signed_in else []
        return self.checkout.run(
            "kubectl",
            "--context",
            cluster,
            *user,
            *arguments,
            check=check,
            env={**signed_in, **(env or {})},
            timeout=60,
        )

    def _signed_in(self, cluster: str) -> dict[str, str]:
        """The environment in which kubectl has a user called as the cluster, with a token.

        Empty for no cluster, and for a context whose user has a token of its own.
        """
        kubeconfig = self.checkout.paths.kubeconfig
        contexts = yaml.safe_load(kubeconfig.read_text())["contexts"]
        if cluster not in {context["name"] for context in contexts}:
            return {}
        own = kubeconfig.with_name(f"kubeconfig-{cluster}")
        if time.monotonic() - self._tokens.get(cluster, -TOKEN_SECONDS) >= TOKEN_SECONDS:
            view = (
                "config",
                "view",
                "--raw",
                "--minify",
                "--context",
                cluster,
                "-o",
                "jsonpath={.users[0].user.exec.args}",
            )
            arguments = json.loads(self.checkout.run("kubectl", *view).stdout or "[]")
            if not arguments:
                return {}
            token = json.loads(self.checkout.run("aws", *arguments).stdout)["status"]["token"]
            user = {"name": f"{cluster}-once", "user": {"token": token}}
            own.touch(mode=0o600)
            own.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", "users": [user]}))
            self._tokens[cluster] = time.monotonic()
        return {"KUBECONFIG": f"{kubeconfig}:{own}"}

    def ready(self, host: str = "federated-eks-1") -> dict[str, str]:
        """Each joined cluster's condition Ready, as kubefed has it."""
        listed = json.loads(self.kubectl(host, "-n", NAMESPACE, "get", "kubefedclusters", "-o", "json").stdout)
        return {
            # One that is Offline has no condition Ready.
            item["metadata"]["name"]: next(
                (condition["status"] for condition in item["status"]["conditions"] if condition["type"] == "Ready"),
                "Unknown",
            )
            for item in listed["items"]
        }

    def boto(self, service: str, region: str) -> Any:
        """A client with the operator's credentials."""
        env = self.checkout.environ()
        return boto3.client(
            service,  # type: ignore[call-overload]  # any service
            region_name=region,
            endpoint_url=env["AWS_ENDPOINT_URL"],
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        )

    def resources(self) -> dict[str, str]:
        """What the program's resources are: URN to id in the cloud, empty for a component. As Pulumi counts them."""
        exported = json.loads(self.checkout.run("pulumi", "stack", "export", "-s", "sandbox").stdout)
        return {
            resource["urn"]: resource.get("id", "")
            for resource in exported["deployment"].get("resources", [])
            # Neither is counted: what is read from elsewhere, and the providers that come by default.
            if not resource.get("external") and "::default" not in resource["urn"]
        }

    def preview(self) -> list[Step]:
        """What an `up` would do, the resources that stay as they are left out."""
        told = json.loads(self.checkout.run("pulumi", "preview", "-s", "sandbox", "--json", timeout=120).stdout)
        return [
            Step(
                step["op"],
                step["urn"].split("::")[2].rpartition("$")[2],
                step["urn"].split("::")[3],
                tuple(sorted(path.split(".")[0].split("[")[0] for path in step.get("detailedDiff") or {})),
            )
            for step in told["steps"]
            if step["op"] not in ("same", "read")
        ]

    def node_groups(self, cluster: str, region: str) -> dict[str, Any]:
        """A cluster's node groups as EKS shows them, by their settings' names."""
        eks = self.boto("eks", region)
        told = [
            eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
            for name in eks.list_nodegroups(clusterName=cluster)["nodegroups"]
        ]
        return {group["nodegroupName"].removeprefix(f"{cluster}-").rpartition("-")[0]: group for group in told}

    @property
    def settings(self) -> Path:
        """The file of the stack's settings."""
        return self.checkout.project / "Pulumi.sandbox.yaml"

    def configured(self) -> dict[str, Any]:
        """The stack's settings, by their names."""
        config = yaml.safe_load(self.settings.read_text())["config"]
        return {key.removeprefix("federated-eks:"): value for key, value in config.items()}

    def configure(self, **settings: Any) -> None:
        """Change the stack's settings."""
        stack = yaml.safe_load(self.settings.read_text())
        stack["config"] |= {f"federated-eks:{key}": value for key, value in settings.items()}
        self.settings.write_text(yaml.safe_dump(stack))

    @contextmanager
    def settings_put_back(self, **settings: Any) -> Generator[Fleet, None, None]:
        """The fleet, its settings changed by these, and as they were afterwards; the fleet itself is not updated."""
        kept = self.settings.read_text()
        self.configure(**settings)
        try:
            yield self
        finally:
            self.settings.write_text(kept)


def listed(regions: Iterable[str]) -> list[dict[str, str]]:
    """The setting `clusters` for these regions."""
    return [{"region": region} for region in regions]


def deletions_in_order(output: str) -> list[str]:
    """The names of what an update deleted, as it went."""
    return [line.split()[2] for line in output.splitlines() if line.startswith(" -  ") and " deleted " in line]


def unchanged(output: str) -> int:
    """How many resources a summary counts as unchanged, where it counts nothing else."""
    summary = output.partition("Resources:")[2].split("\n\n")[0].split("\n")
    counted: Sequence[str] = [line.strip() for line in summary if line.strip()]
    assert len(counted) == 1 and counted[0].endswith(" unchanged"), output
    return int(counted[0].split()[0])
