"""The types and objects that the scale is measured with, as manifests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

Manifest = Mapping[str, Any]


def crd(number: int, group: str) -> Manifest:
    """A small CRD, one of many."""
    text = {"type": "string"}
    spec = {"type": "object", "properties": {"color": text, "size": {"type": "integer"}}}
    schema = {"type": "object", "properties": {"apiVersion": text, "kind": text, "spec": spec}}
    plural = f"widget{number:03}s"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"plural": plural, "singular": plural[:-1], "kind": plural[:-1].capitalize()},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }


def crds(folder: Path, count: int, group: str) -> list[Path]:
    """A file for each of so many CRDs."""
    folder.mkdir(parents=True)
    return [written(folder / f"{number:03}.yaml", [crd(number, group)]) for number in range(count)]


def grant(group: str) -> list[Manifest]:
    """kubefed's controller's rights on a federated group, as its chart has them on its own."""
    name = f"kubefed-controller:{group}"
    rbac = "rbac.authorization.k8s.io"
    verbs = ["get", "list", "watch", "update", "patch"]
    account = {"kind": "ServiceAccount", "name": "kubefed-controller", "namespace": "kube-federation-system"}
    return [
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": name},
            "rules": [{"apiGroups": [group], "resources": ["*"], "verbs": verbs}],
        },
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": name},
            "subjects": [account],
        },
    ]


def space(name: str) -> list[Manifest]:
    """A namespace, and its propagation into every cluster."""
    placed = {
        "apiVersion": "types.kubefed.io/v1beta1",
        "kind": "FederatedNamespace",
        "metadata": {"name": name, "namespace": name},
        "spec": {"placement": {"clusterSelector": {}}},
    }
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, placed]


def configmaps(count: int, namespace: str) -> list[Manifest]:
    """So many ConfigMaps."""
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": object_name(number), "namespace": namespace},
            "data": {"number": str(number)},
        }
        for number in range(count)
    ]


def object_name(number: int) -> str:
    """One of the objects."""
    return f"object-{number:04}"


def program(count: int, namespace: str) -> str:
    """The Pulumi program of the same ConfigMaps, federated, with their namespace."""
    return f"""
        space = namespace({namespace!r})
        for number in range({count}):
            federated("ConfigMap", f"object-{{number:04}}", space, {{"data": {{"number": str(number)}}}})
        """


def written(path: Path, manifests: Iterable[Manifest]) -> Path:
    """A file of manifests."""
    path.write_text(yaml.safe_dump_all(manifests))
    return path
