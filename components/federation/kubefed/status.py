"""The reasons for failures in the status of kubefed's objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pulumi
from pulumi import Output

from .. import diagnosis
from ..diagnosis import Object

CLUSTERS = {"apiVersion": "core.kubefed.io/v1beta1", "kind": "KubeFedCluster"}


def explained(kubeconfig: Output[str]) -> pulumi.ErrorHook:
    """The hook that logs kubefed's reasons why an object of the host failed. A program creates it once."""
    return diagnosis.explained("kubefed-reason", kubeconfig, reasons)


def reasons(cluster: Any, object: Object) -> Iterator[str]:
    """The reasons in the status of an existing object of the host, and the clusters that it waits for."""
    yield from propagation(object)
    if object["metadata"].get("deletionTimestamp"):
        yield from kept(object, diagnosis.listed(cluster, CLUSTERS))


def propagation(object: Object) -> Iterator[str]:
    """The clusters that lack a federated object as declared, each with kubefed's status."""
    for cluster, word in clusters(object):
        if word:
            yield f"{cluster}: {word}"


def clusters(object: Object) -> Iterator[tuple[str, str]]:
    """The clusters of a federated object, each with kubefed's status; empty for a cluster that has it as declared."""
    for cluster in diagnosis.status(object).get("clusters") or ():
        yield cluster.get("name") or "", cluster.get("status") or ""


def kept(object: Object, clusters: list[Object]) -> Iterator[str]:
    """The reason why a deleted object remains. kubefed removes its finalizer once every cluster is cleared."""
    unready = [cluster["metadata"]["name"] for cluster in clusters if not diagnosis.ready(cluster)]
    if unready:
        yield (
            f"kubefed waits for {', '.join(unready)}, not Ready, to delete the objects that it placed there; repair "
            "it and run the command again, or take its region out of the fleet's clusters, so that kubefed forgets it"
        )
    elif object["metadata"].get("finalizers"):
        yield f"it waits for {', '.join(object['metadata']['finalizers'])}"
