"""The workloads of a cluster that no engine creates, from their JSON."""

from __future__ import annotations

from collections.abc import Mapping

from ops.map.kubefed import Object, part
from ops.map.model import Workload

KINDS: Mapping[str, str] = {"deployments": "Deployment", "statefulsets": "StatefulSet", "daemonsets": "DaemonSet"}
"""The kinds of the API group apps whose pods stay, by their resources."""

MANAGED = ("kubefed.io/managed", "karmada.io/managed")
"""The engines' labels on the objects that they create in a cluster.

kubefed: pkg/controller/util/managedlabel.go; Karmada: pkg/util/constants.go, ManagedByKarmadaLabel.
"""


def federated(object: Object) -> bool:
    """Return whether an engine has created the object in its cluster.

    An operator copies an object's labels to its dependents, which have an owner.
    """
    metadata = part(object, "metadata")
    labels = part(metadata, "labels")
    return any(labels.get(label) == "true" for label in MANAGED) and not metadata.get("ownerReferences")


def workload(object: Object, kind: str) -> Workload:
    """Return the model of a Deployment, StatefulSet or DaemonSet."""
    metadata, spec, status = part(object, "metadata"), part(object, "spec"), part(object, "status")
    of_nodes = kind == "DaemonSet"
    return Workload(
        namespace=metadata["namespace"],
        kind=kind,
        name=metadata["name"],
        ready=status.get("numberReady" if of_nodes else "readyReplicas") or 0,
        desired=status.get("desiredNumberScheduled") or 0 if of_nodes else spec.get("replicas", 1),
    )
