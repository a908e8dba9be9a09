"""What kubefed's objects say of a failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pulumi
from pulumi import Output

from .. import diagnosis
from ..diagnosis import Object

CLUSTERS = {"apiVersion": "core.kubefed.io/v1beta1", "kind": "KubeFedCluster"}


def explained(kubeconfig: Output[str]) -> pulumi.ErrorHook:
    """The hook that logs why an object of the host failed, in kubefed's own words; a program makes it once."""
    return diagnosis.explained("kubefed-reason", kubeconfig, reasons)


def reasons(cluster: Any, object: Object) -> Iterator[str]:
    """What a living object of the host says by its status, and by the clusters that it waits for."""
    yield from propagation(object)
    if object["metadata"].get("deletionTimestamp"):
        yield from held(object, diagnosis.listed(cluster, CLUSTERS))


def propagation(object: Object) -> Iterator[str]:
    """The clusters where a federated object is not as declared, each with kubefed's word for it."""
    for cluster, word in clusters(object):
        if word:
            yield f"{cluster}: {word}"


def clusters(object: Object) -> Iterator[tuple[str, str]]:
    """The clusters of a federated object, each with kubefed's word for it; empty if it is there as declared."""
    for cluster in diagnosis.status(object).get("clusters") or ():
        yield cluster.get("name") or "", cluster.get("status") or ""


def held(object: Object, clusters: list[Object]) -> Iterator[str]:
    """What keeps a deleted object: kubefed removes its finalizer once it has cleared every cluster."""
    unready = [cluster["metadata"]["name"] for cluster in clusters if not diagnosis.ready(cluster)]
    if unready:
        yield (
            f"kubefed waits for {', '.join(unready)}, not Ready, to clear away what it placed there; bring it back and "
            "run the command again, or take its region out of the fleet's clusters, which lets kubefed forget it"
        )
    elif object["metadata"].get("finalizers"):
        yield f"it waits for {', '.join(object['metadata']['finalizers'])}"
