"""The parts of Karmada's control plane as local processes: where they listen, and how they find each other.

The last of two equal flags holds, and the chart's own come first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.clusters import ports
from sandbox.clusters.apiserver import ADVERTISED

HEALTH, METRICS = "--health-probe-bind-address={address}", "--metrics-bind-address={address}"
SECURE = "--secure-port={port}"

FLAGS: Mapping[str, Mapping[int, Sequence[str]]] = {
    "etcd": {
        2379: ("--listen-client-urls=https://{address}",),
        2380: ("--listen-peer-urls=https://{address}",),
        2381: ("--listen-metrics-urls=http://{address}",),
    },
    "etcdctl": {},
    "etcdutl": {},
    "kube-apiserver": {5443: (SECURE,)},
    "kube-controller-manager": {10257: (SECURE,)},
    "karmada-aggregated-apiserver": {443: (SECURE,)},
    "karmada-webhook": {8443: (SECURE,), 8000: (HEALTH,), 8080: (METRICS,)},
    "karmada-controller-manager": {10357: (HEALTH,), 8080: (METRICS,)},
    "karmada-scheduler": {10351: (HEALTH,), 8080: (METRICS,)},
}
"""By program: the flags for each port that it serves in its pod, and for the local port in its place."""

OWN: Mapping[str, Sequence[str]] = {
    # A crash of the machine may lose the last writes; a crash of the process doesn't.
    "etcd": ("--unsafe-no-fsync",),
    "kube-apiserver": (f"--advertise-address={ADVERTISED}", "--egress-selector-config-file={egress}"),
}
"""By program: further flags. An API server finds Services by its egress selector."""


def flags(program: str, egress: Path) -> tuple[list[str], dict[int, int]]:
    """The flags for a program, and its local ports by those in its pod. KeyError: unknown.

    `egress` is the configuration of an API server's way to pods and Services.
    """
    local = {port: ports.passing() for port in FLAGS[program]}
    found = [flag.format(egress=egress) for flag in OWN.get(program, ())]
    if FLAGS[program].keys() & {5443, 10257, 443, 8443}:
        found.append(f"--bind-address={ports.LOOPBACK}")
    for port, listened in local.items():
        address = f"{ports.LOOPBACK}:{listened}"
        found += [flag.format(address=address, port=listened) for flag in FLAGS[program][port]]
    return found, local


def environment(program: str, proxy: int) -> dict[str, str]:
    """The environment in which a program finds Services by their names: through a proxy, except on this machine."""
    return {} if program == "kube-apiserver" else {"HTTPS_PROXY": f"http://{ports.LOOPBACK}:{proxy}"}
