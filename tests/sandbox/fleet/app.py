"""A Pulumi program of its own on a fleet, as its users write them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from tests.sandbox.checkout import Result
from tests.sandbox.fleet.live import Fleet

PROJECT = """
name: {name}
runtime:
  name: python
  options: {{toolchain: pip, virtualenv: {venv}}}
"""

PREAMBLE = """
import sys
import pulumi
sys.path.append({root!r})
from components.federation import *

fleet = pulumi.StackReference("organization/federated-eks/sandbox")
groups = {{"Prometheus": "monitoring.coreos.com", "Gadget": "fleet.example.org"}}
host = Host.by_kubeconfig(fleet.require_output("kubeconfig"), groups)

def namespace(name, **args):
    return FederatedNamespace(name, FederatedNamespaceArgs(host=host, namespace=name, **args))

def federated(kind, name, namespace, template, resource="", **args):
    args = FederatedObjectArgs(
        host=host, kind=kind, object_name=name, namespace=namespace, template=template, **args)
    return FederatedObject(resource or f"{{kind}}-{{name}}".lower(), args)

def deployment(app, replicas):
    labels = {{"app": app}}
    pods = {{"metadata": {{"labels": labels}}, "spec": {{"containers": [{{"name": "web", "image": "nginx:1.29"}}]}}}}
    return {{"spec": {{"replicas": replicas, "selector": {{"matchLabels": labels}}, "template": pods}}}}
"""


@dataclass(frozen=True)
class App:
    """A program's folder, and Pulumi on it."""

    fleet: Fleet
    folder: Path
    stack: str = "app"

    def write(self, program: str) -> None:
        """Let the program be this one, after the preamble."""
        preamble = PREAMBLE.format(root=str(self.fleet.checkout.project))
        (self.folder / "__main__.py").write_text(preamble + dedent(program))

    def up(self, program: str | None = None, *more: str, check: bool = True) -> Result:
        """`pulumi up`, of another program if one is given."""
        if program is not None:
            self.write(program)
        return self._pulumi("up", "--yes", "--skip-preview", *more, check=check)

    def preview(self, program: str, *more: str, check: bool = True) -> Result:
        """`pulumi preview` of another program."""
        self.write(program)
        return self._pulumi("preview", *more, check=check)

    def export(self) -> str:
        """The stack's state, as it is stored."""
        return self._pulumi("stack", "export", check=True).stdout

    def destroy(self, *more: str, check: bool = True) -> Result:
        """`pulumi destroy`."""
        return self._pulumi("destroy", "--yes", "--skip-preview", *more, check=check)

    def _pulumi(self, *argv: str, check: bool) -> Result:
        color = ("--color", "never", "--non-interactive", "--stack", self.stack)
        return self.fleet.checkout.run("pulumi", "--cwd", str(self.folder), *argv, *color, check=check, timeout=400)


def made(fleet: Fleet, name: str) -> App:
    """An empty program on the fleet, with a stack."""
    folder = fleet.checkout.project / "apps" / name
    folder.mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(PROJECT.format(name=name, venv=fleet.checkout.paths.venv))
    program = App(fleet, folder)
    program.write("")
    fleet.checkout.run("pulumi", "--cwd", str(folder), "stack", "init", "app")
    return program


@contextlib.contextmanager
def app(fleet: Fleet, name: str) -> Generator[App, None, None]:
    """A program on the fleet; what it made is destroyed at the end."""
    program = made(fleet, name)
    try:
        yield program
    finally:
        program.destroy("--remove", check=False)
        shutil.rmtree(program.folder)


def objects(fleet: Fleet, cluster: str, kind: str, namespace: str) -> dict[str, Any]:
    """A namespace's objects of a kind in one cluster, by name."""
    listed = fleet.kubectl(cluster, "-n", namespace, "get", kind, "-o", "json").stdout
    return {item["metadata"]["name"]: item for item in json.loads(listed)["items"]}


def running(fleet: Fleet, clusters: Sequence[str], namespace: str, app: str) -> Mapping[str, int]:
    """How many pods of an app run in each cluster."""
    return {
        cluster: sum(
            pod["status"]["phase"] == "Running" and pod["metadata"]["labels"].get("app") == app
            for pod in objects(fleet, cluster, "pods", namespace).values()
        )
        for cluster in clusters
    }


def eventually(look: Callable[[], object], wanted: object, seconds: float = 300) -> None:
    """Look until what is wanted is seen.

    Without a limit that the test is about, the limit is so long that only a machine that has stopped exceeds it.
    """
    deadline = time.monotonic() + seconds
    while (seen := look()) != wanted and time.monotonic() < deadline:
        time.sleep(0.5)
    assert seen == wanted


@contextlib.contextmanager
def stopped(fleet: Fleet, cluster: str) -> Generator[None, None, None]:
    """A cluster whose API server does not answer; it may be gone afterwards."""
    (pid,) = (pid for pid, name in fleet.checkout.processes().items() if name.endswith(f"/{cluster} kube-apiserver"))
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
