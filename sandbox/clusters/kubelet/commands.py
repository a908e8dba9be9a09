"""The local process that stands for a container: its program, arguments, environment and ports."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from sandbox.clusters import ports
from sandbox.clusters.child import environment
from sandbox.clusters.images import Program, find
from sandbox.clusters.kubelet import karmada
from sandbox.clusters.kubelet.volumes import rewrite
from sandbox.errors import UserError
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


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a container finds in its pod."""

    namespace: str
    kubeconfig: Path
    """It signs in as the pod's service account."""
    mounts: Mapping[str, Path] = field(default_factory=dict[str, Path])
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    """The pod's fields by their paths, `metadata.name` for instance."""
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables that EKS gives every container of the pod."""
    proxy: int = 0
    """The loopback port of the proxy that knows Services by their names."""
    egress: Path = Path()
    """The same, as the configuration of an API server's egress selector."""


def command(paths: Paths, container: Mapping[str, Any], place: Place) -> Command:
    """The process for a container. Raises CommandError."""
    image = find(container["image"])
    start = container.get("command") or (image.entrypoint if image else ())
    if not start:
        raise CommandError(f"container {container['name']}: the sandbox needs its command, not the image's own")
    env = _environment(container, place.fields)
    given = (_expanded(argument, env) for argument in (*start, *(container.get("args") or ())))
    path, *arguments = (rewrite(argument, place.mounts) for argument in given)
    program = PurePosixPath(path).name
    try:
        made = _made(paths, program, arguments, place, image.program if image else None)
    except UserError as error:
        raise CommandError(str(error)) from error
    made.env = {**environment(), "KUBECONFIG": str(place.kubeconfig), **place.variables, **env, **made.env}
    made.env["PATH"] = os.pathsep.join([str(paths.bin), environment().get("PATH", os.defpath)])
    return made


def _made(paths: Paths, program: str, arguments: list[str], place: Place, image: Program | None) -> Command:
    match image:
        case Program.KUBEFED:
            return _kubefed(paths, program, arguments, place.namespace, place.kubeconfig)
        case Program.PROMETHEUS_OPERATOR:
            return _prometheus_operator(paths, program, arguments)
        case Program.KARMADA:
            return _karmada(paths, program, arguments, place)
        case _:
            return Command([_found(paths, program), *arguments], karmada.environment(program, place.proxy))


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


def _karmada(paths: Paths, name: str, arguments: list[str], place: Place) -> Command:
    try:
        own, local = karmada.flags(name, place.egress)
    except KeyError:
        raise CommandError(f"Karmada's images have no program {name}; they have {', '.join(karmada.FLAGS)}") from None
    return Command([tool(paths, name), *arguments, *own], karmada.environment(name, place.proxy), local)


def _found(paths: Paths, program: str) -> Path:
    if program in {"bash", "sh"}:
        if shell := shutil.which(program):
            return Path(shell)
        raise CommandError(f"{program}: not on PATH; install it")
    return tool(paths, program)


def _environment(container: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for variable in container.get("env") or ():
        source: Mapping[str, Any] = variable.get("valueFrom") or {}
        path: str = (source.get("fieldRef") or {}).get("fieldPath") or ""
        if source and path not in fields:
            raise CommandError(
                f"env {variable['name']}: the sandbox's kubelet has plain values only, and of a pod's fields "
                + (", ".join(fields) or "none")
            )
        found[variable["name"]] = fields[path] if source else variable.get("value", "")
    return found


def _expanded(argument: str, env: Mapping[str, str]) -> str:
    """The argument with `$(NAME)` replaced by the variable, as Kubernetes does; an unknown one stays."""
    return re.sub(r"\$\((\w+)\)", lambda found: env.get(found[1], found[0]), argument)
