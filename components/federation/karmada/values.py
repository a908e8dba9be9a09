"""The values of Karmada's chart: images, copies, resources, certificates, and the way to etcd."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi import Output

from .certificates import EXPIRES

MEMORY_MIB = {
    "apiServer": 512,
    "kubeControllerManager": 64,
    "aggregatedApiServer": 128,
    "webhook": 64,
    "controllerManager": 256,
    "scheduler": 64,
}
"""The memory that each part of the chart requests, by its key there: what it uses for a few clusters, with room.

More objects need more, in the controller manager above all (karmada-io/karmada#4701).
"""
ETCD_MEMORY_MIB = 256
CPU = "100m"

OWN = ("aggregatedApiServer", "webhook", "controllerManager", "scheduler")
"""Karmada's own parts. Each has a tag, `latest`, of its own in the chart's values."""

APPS = {
    "kubeControllerManager": "kube-controller-manager",
    "aggregatedApiServer": "karmada-aggregated-apiserver",
    "webhook": "karmada-webhook",
    "controllerManager": "karmada-controller-manager",
    "scheduler": "karmada-scheduler",
}
"""The label `app` of the pods of each part that the chart doesn't keep apart itself."""


@dataclass(frozen=True, kw_only=True)
class Copies:
    """How often each part runs."""

    members: int
    """Of etcd: 1, or 3."""

    @property
    def others(self) -> int:
        """Of every other part: two, one of which works, if etcd outlives a node too."""
        return 2 if self.members > 1 else 1

    @property
    def memory_mib(self) -> int:
        """The memory that all pods request."""
        return self.members * ETCD_MEMORY_MIB + self.others * sum(MEMORY_MIB.values())


def values(
    *,
    version: str,
    registry: str | None,
    hook_image: str,
    copies: Copies,
    etcd: str,
    pems: Output[Mapping[str, str]],
    expires: str,
) -> dict[str, Any]:
    """The chart's values, for an etcd at this URL, and certificates that end on this day.

    Its defaults name moving tags, and request nothing.
    """
    place, _, rest = hook_image.partition("/")
    repository, _, tag = rest.rpartition(":")
    hook = {"image": {"registry": place, "repository": repository, "tag": tag}}
    return {
        **{key: _part(key, version, copies.others, expires) for key in MEMORY_MIB},
        # The chart's pods wait until its Job has installed the types of this version.
        "karmadaImageVersion": f"v{version}",
        **({"global": {"imageRegistry": registry}} if registry else {}),
        "cfssl": hook,
        "kubectl": hook,
        "certs": {"mode": "custom", "custom": _named(pems, CERTIFICATES)},
        "etcd": {
            "mode": "external",
            "external": {"servers": etcd, "registryPrefix": "/registry", "certs": _named(pems, OF_ETCD)},
        },
    }


CERTIFICATES = {
    "caCrt": "server-ca.crt",
    "caKey": "server-ca.key",
    "crt": "karmada.crt",
    "key": "karmada.key",
    "frontProxyCaCrt": "front-proxy-ca.crt",
    "frontProxyCrt": "front-proxy-client.crt",
    "frontProxyKey": "front-proxy-client.key",
}
"""Keys and certificates by their names in the chart's values."""

OF_ETCD = {"caCrt": "server-ca.crt", "crt": "karmada.crt", "key": "karmada.key"}
"""Those with which the API servers call etcd."""


def _named(pems: Output[Mapping[str, str]], names: Mapping[str, str]) -> dict[str, Output[str]]:
    return {key: pems.apply(lambda found, name=name: found[name]) for key, name in names.items()}


def _part(key: str, version: str, copies: int, expires: str) -> dict[str, Any]:
    return {
        # A part reads its certificate when it starts, so that another day replaces its pods, one after another.
        "podAnnotations": {EXPIRES: expires},
        "replicaCount": copies,
        "podDisruptionBudget": {"maxUnavailable": 1},
        "resources": {"requests": {"cpu": CPU, "memory": f"{MEMORY_MIB[key]}Mi"}},
        **({"image": {"tag": f"v{version}"}} if key in OWN else {}),
        **({"affinity": _apart(APPS[key])} if key in APPS and copies > 1 else {}),
    }


def _apart(app: str) -> dict[str, Any]:
    """Prefer another node for each copy."""
    term = {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": "kubernetes.io/hostname"}
    return {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": term}]
        }
    }
