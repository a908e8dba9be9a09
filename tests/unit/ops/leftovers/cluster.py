"""A pretended cluster: its objects, and what happens when one of them is deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ops.leftovers.kube import Reference


class FakeApi:
    """An API server; `on_delete` is called after a deletion, and an object with finalizers stays."""

    def __init__(self, *objects: dict[str, Any]) -> None:
        self.objects = list(objects)
        self.deleted: list[str] = []
        self.on_delete: Callable[[Reference], None] = lambda _: None

    def list(self, api_version: str, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.objects if (one["apiVersion"], one["kind"]) == (api_version, kind)]

    def get(self, reference: Reference) -> dict[str, Any] | None:
        return next((one for one in self.objects if _is(one, reference)), None)

    def delete(self, reference: Reference) -> None:
        self.deleted.append(str(reference))
        found = self.get(reference)
        if found and not found["metadata"].get("finalizers"):
            self.objects.remove(found)
        self.on_delete(reference)


def _is(one: dict[str, Any], reference: Reference) -> bool:
    meta = one["metadata"]
    known = (one["apiVersion"], one["kind"], meta.get("namespace") or "", meta["name"])
    return known == (reference.api_version, reference.kind, reference.namespace, reference.name)


def made(kind: str, name: str, api_version: str = "v1", *, namespace: str = "shop", **more: Any) -> dict[str, Any]:
    """An object; `owner`, `finalizers` and `managed` go into its metadata, the rest into its spec."""
    meta: dict[str, Any] = {"name": name, "uid": f"{kind}-{name}", "namespace": namespace}
    if owner := more.pop("owner", None):
        reference = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "controller": True}
        meta["ownerReferences"] = [{**reference, "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}]
    meta["finalizers"] = more.pop("finalizers", [])
    meta["labels"] = {"kubefed.io/managed": "true"} if more.pop("managed", False) else {}
    return {"apiVersion": api_version, "kind": kind, "metadata": meta, "spec": more}


def claim(name: str, *, policy: str = "Delete", driver: str = "ebs.csi.aws.com", **more: Any) -> list[dict[str, Any]]:
    """A bound claim and its volume."""
    csi = {"driver": driver, "volumeHandle": f"vol-{name}"}
    volume = made("PersistentVolume", f"pv-{name}", namespace="", csi=csi, persistentVolumeReclaimPolicy=policy)
    return [made("PersistentVolumeClaim", name, volumeName=f"pv-{name}", **more), volume]


def pod(name: str, *claims: str, owner: dict[str, Any] | None = None) -> dict[str, Any]:
    """A pod that uses claims."""
    volumes = [{"name": each, "persistentVolumeClaim": {"claimName": each}} for each in claims]
    return made("Pod", name, volumes=[*volumes, {"name": "tmp", "emptyDir": {}}], owner=owner)


def type_config(kind: str, group: str = "") -> dict[str, Any]:
    """kubefed's configuration of a type."""
    federated = {"group": "types.kubefed.io", "version": "v1beta1", "kind": f"Federated{kind}"}
    target = {"kind": kind, "version": "v1", **({"group": group} if group else {})}
    return made(
        "FederatedTypeConfig",
        kind.lower(),
        "core.kubefed.io/v1beta1",
        namespace="kube-federation-system",
        targetType=target,
        federatedType=federated,
    )
