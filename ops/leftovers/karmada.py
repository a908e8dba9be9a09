"""Karmada's part in a fleet's leftovers: what the stack itself deletes, and what Karmada would create again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ops.leftovers.clusters import Cluster
from ops.leftovers.find import Kind, Leftover
from ops.map.karmada import CONTEXT

if TYPE_CHECKING:
    from ops.leftovers.kube import Api, Reference

NAMESPACE = "karmada-system"
"""Karmada's namespace on the host. Its claim and its Service are resources of the stack."""

GROUP = "k8s-elb-"
"""What the cloud controller of EKS puts before a load balancer's name, for its security group."""


def access(outputs: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the kubeconfig of Karmada's API, from the outputs of a stack; None for a fleet without Karmada."""
    config: Mapping[str, Any] = json.loads(outputs.get("kubeconfig") or "{}")
    parts = {
        key: [entry for entry in config.get(key) or () if entry["name"] == CONTEXT]
        for key in ("clusters", "users", "contexts")
    }
    if not all(parts.values()):
        return None
    return {"apiVersion": "v1", "kind": "Config", **parts, "current-context": CONTEXT}


def api_of(access: Mapping[str, Any]) -> Cluster:
    """Return Karmada's API as a cluster, by its kubeconfig; it is in no region."""
    server: Mapping[str, str] = access["clusters"][0]["cluster"]
    authority = server.get("certificate-authority-data") or ""
    return Cluster(name=CONTEXT, region="", status="ACTIVE", endpoint=server["server"], authority=authority)


def templates(karmada: Api, managed: Iterable[Reference]) -> list[Reference]:
    """Return the objects in Karmada from which it creates these objects of the clusters: they have the same names."""
    same = dict.fromkeys(replace(each, cluster=CONTEXT, uid="") for each in managed)
    return [each for each in same if karmada.get(each)]


def others(cluster: Cluster, found: Sequence[Leftover]) -> list[Leftover]:
    """Return what was found without Karmada's own volume and load balancer, while the stack has them.

    They go with the stack's resources, before their cluster. Whatever exists after the cluster is a leftover.
    """
    if not cluster.exists:
        return [*found]
    own = [each for each in found if f" {NAMESPACE}/" in each.origin]
    names = [each.id.rpartition(":loadbalancer/")[2] for each in own if each.kind in (Kind.CLASSIC, Kind.BALANCER)]
    hidden = {each.id for each in own}
    origins = {text for name in names for text in (f"{GROUP}{name}", f"ELB {name}")}
    return [each for each in found if each.id not in hidden and each.origin not in origins]
