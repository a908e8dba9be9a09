"""The local process that stands for a container: its program, arguments, environment and ports."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from sandbox.errors import UserError
from sandbox.kubernetes import ports
from sandbox.kubernetes.child import environment
from sandbox.kubernetes.images import Program, find
from sandbox.kubernetes.kubelet.volumes import rewrite
from sandbox.paths import Paths, tool


class CommandError(Exception):
    """A container that can't be made as it is written; the message says why."""


@dataclass
class Command:
    """What to start."""

    argv: list[str | Path]
    env: dict[str, str]
    ports: dict[int, int] = field(default_factory=dict[int, int])
    """The loopback port for each port that the program serves in a real pod."""


def command(
    paths: Paths, container: Mapping[str, Any], namespace: str, kubeconfig: Path, mounts: Mapping[str, Path]
) -> Command:
    """The process for a container; `kubeconfig` signs in as its pod's service account. Raises CommandError."""
    image = find(container["image"])
    start = container.get("command") or (image.entrypoint if image else ())
    if not start:
        raise CommandError(f"container {container['name']}: the sandbox needs its command, not the image's own")
    path, *arguments = (rewrite(argument, mounts) for argument in (*start, *(container.get("args") or ())))
    program = PurePosixPath(path).name
    try:
        if image and image.program is Program.KUBEFED:
            made = _kubefed(paths, program, arguments, namespace, kubeconfig)
        elif image and image.program is Program.PROMETHEUS_OPERATOR:
            made = _prometheus_operator(paths, program, arguments)
        else:
            made = Command([_found(paths, program), *arguments], {})
    except UserError as error:
        raise CommandError(str(error)) from error
    made.env = {**environment(), "KUBECONFIG": str(kubeconfig), **_environment(container), **made.env}
    made.env["PATH"] = os.pathsep.join([str(paths.bin), environment().get("PATH", os.defpath)])
    return made


def _kubefed(paths: Paths, name: str, arguments: list[str], namespace: str, kubeconfig: Path) -> Command:
    if name == "controller-manager":
        health, metrics = ports.passing(), ports.passing()
        own = [f"--kubeconfig={kubeconfig}", f"--kubefed-namespace={namespace}"]
        own += [f"--healthz-addr={ports.LOOPBACK}:{health}", f"--metrics-addr={ports.LOOPBACK}:{metrics}"]
        argv = [tool(paths, "hyperfed"), "controller-manager", *arguments, *own]
        return Command(argv, {}, {8080: health, 9090: metrics})
    if name == "webhook":
        secure = ports.passing()
        # The last of two equal flags holds: the chart's own --secure-port comes first.
        own = [f"--kubeconfig={kubeconfig}", f"--secure-port={secure}", f"--bind-address={ports.LOOPBACK}"]
        return Command([tool(paths, "kubefed-webhook"), *arguments, *own], {}, {8443: secure})
    raise CommandError(f"kubefed's image has no program {name}; it has controller-manager and webhook")


def _prometheus_operator(paths: Paths, name: str, arguments: list[str]) -> Command:
    if name != "operator":
        raise CommandError(f"the Prometheus operator's image has no program {name}; it has operator")
    web = ports.passing()
    # The operator signs in by KUBECONFIG, and the last of two equal flags holds.
    argv = [tool(paths, "prometheus-operator"), *arguments, f"--web.listen-address={ports.LOOPBACK}:{web}"]
    return Command(argv, {}, {8080: web})


def _found(paths: Paths, program: str) -> Path:
    if program in {"bash", "sh"}:
        if shell := shutil.which(program):
            return Path(shell)
        raise CommandError(f"{program}: not on PATH; install it")
    return tool(paths, program)


def _environment(container: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for variable in container.get("env") or ():
        if "valueFrom" in variable:
            raise CommandError(f"env {variable['name']}: the sandbox's kubelet has plain values only")
        found[variable["name"]] = variable.get("value", "")
    return found
