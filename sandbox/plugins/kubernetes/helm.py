"""The helm binary: run with a kubeconfig and values that no other user can read."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.kubeconfig import Connection
from sandbox.plugins.provider import Call, Cancelled, ProviderError

_ENVIRONMENT = {
    "driver": "HELM_DRIVER",
    "pluginsPath": "HELM_PLUGINS",
    "registryConfigPath": "HELM_REGISTRY_CONFIG",
    "repositoryCache": "HELM_REPOSITORY_CACHE",
    "repositoryConfigPath": "HELM_REPOSITORY_CONFIG",
}
"""The provider's helmReleaseSettings, as helm takes them."""


class HelmError(ProviderError):
    """helm failed; the message is its own last line."""


@dataclass(frozen=True)
class Helm:
    """helm for one namespace of one cluster."""

    call: Call[Cluster]
    namespace: str
    lasting: float
    """Seconds that a sign-in has to hold."""

    def status(self, name: str) -> Mapping[str, Any] | None:
        """A release as helm knows it, its chart's name and versions under `chart`; None if there is none."""
        try:
            release = json.loads(self.run("status", name, "--output", "json"))
            return {**release, "chart": json.loads(self.run("get", "metadata", name, "--output", "json"))}
        except HelmError as error:
            if "release: not found" in str(error):
                return None
            raise

    def run(self, *arguments: str, values: Mapping[str, Any] | None = None) -> str:
        """Run helm; `values` go to it in a file. Gives what it prints; raises HelmError."""
        binary = shutil.which("helm")
        if binary is None:
            raise ProviderError("a helm.sh/v3:Release needs the helm binary: there is none on PATH")
        with tempfile.TemporaryDirectory(prefix="helm-") as made:  # a folder of mode 0700
            folder = Path(made)
            (folder / "kubeconfig").write_text(json.dumps(self._kubeconfig()))
            argv = [binary, *arguments, "--namespace", self.namespace, "--kubeconfig", str(folder / "kubeconfig")]
            if values is not None:
                (folder / "values.json").write_text(json.dumps(values))
                argv += ["--values", str(folder / "values.json")]
            return self._run(argv, folder)

    def _run(self, argv: Sequence[str], folder: Path) -> str:
        settings = self.call.client.settings.get("helmReleaseSettings") or {}
        env = {**os.environ, **{_ENVIRONMENT[name]: value for name, value in settings.items()}}
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            child = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
            try:
                while child.poll() is None:
                    self.call.pause(0.05)
            except Cancelled:
                child.terminate()  # helm then marks the release as failed
                child.wait(30)
                raise
        if child.returncode:
            said = [line for line in (folder / "err").read_text().splitlines() if line.strip()]
            raise HelmError(said[-1].removeprefix("Error: ") if said else f"helm: exit code {child.returncode}")
        return (folder / "out").read_text()

    def _kubeconfig(self) -> Mapping[str, Any]:
        """The connection with a token in place of the command that gets one: helm need not sign in again."""
        api = self.call.client.api
        return kubeconfig(api.connection, api.credentials.token(self.lasting))


def kubeconfig(connection: Connection, token: str) -> Mapping[str, Any]:
    """A kubeconfig of one context."""
    cluster: dict[str, Any] = {"server": connection.server}
    if connection.authority:
        cluster["certificate-authority-data"] = base64.b64encode(connection.authority).decode()
    if connection.insecure:
        cluster["insecure-skip-tls-verify"] = True
    if connection.server_name:
        cluster["tls-server-name"] = connection.server_name
    user: dict[str, Any] = {"token": token} if token else {}
    if connection.certificate:
        user["client-certificate-data"] = base64.b64encode(connection.certificate).decode()
        user["client-key-data"] = base64.b64encode(connection.key).decode()
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "cluster", "cluster": cluster}],
        "users": [{"name": "user", "user": user}],
        "contexts": [{"name": "context", "context": {"cluster": "cluster", "user": "user"}}],
        "current-context": "context",
    }
