"""A cluster's part of AWS's controllers: the wishes of Services and claims, and their results.

It replaces the cloud controller in EKS's control plane (Services of type LoadBalancer without a class, as classic
load balancers; those for the load balancer controller, and Network Load Balancers, are ignored), and the
provisioner of the EBS CSI driver. AWS's part is `sandbox.aws.eks.cloud_controller`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from sandbox.clusters.balancers import Balancers
from sandbox.clusters.client import Api, ApiError
from sandbox.clusters.mirror import Mirror
from sandbox.contract import BalancerSpec, Grants, VolumeSpec, Wishes

CLEANUP = "service.kubernetes.io/load-balancer-cleanup"
"""The finalizer that keeps a Service until its load balancer is deleted."""

TYPE = "service.beta.kubernetes.io/aws-load-balancer-type"
INTERNAL = "service.beta.kubernetes.io/aws-load-balancer-internal"

ANYWHERE = "0.0.0.0/0"

DRIVER = "ebs.csi.aws.com"
PROVISIONER = "volume.kubernetes.io/storage-provisioner"
NODE = "volume.kubernetes.io/selected-node"
ZONE = "topology.kubernetes.io/zone"

SIZE = re.compile(r"(\d+(?:\.\d+)?)([KMGTP]i?)?")
POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5}
GIB = 1024**3

Object = Mapping[str, Any]


class CloudObjects:
    """A cluster's Services, claims and volumes."""

    def __init__(self, api: Api, cluster: str, balancers: Balancers) -> None:
        """`api` has an administrator's rights. The watches begin with `start`."""
        self._api = api
        self._balancers = balancers
        self._services = Mirror(api, "/api/v1/services", cluster)
        self._claims = Mirror(api, "/api/v1/persistentvolumeclaims", cluster)
        self._granted = Grants()

    def start(self) -> None:
        """Start the watches."""
        for mirror in (self._services, self._claims):
            mirror.start()

    def stop(self) -> None:
        """End the watches, and the listeners of load balancers."""
        for mirror in (self._services, self._claims):
            mirror.stop()
        self._balancers.stop()

    def wishes(self) -> Wishes | None:
        """The objects' wishes for AWS; None before the objects are known."""
        services, claims = self._services.objects(), self._claims.objects()
        if services is None or claims is None:
            return None
        return Wishes(
            balancers={uid: _balancer(service) for uid, service in services.items() if _wants_balancer(service)},
            volumes={uid: spec for uid, claim in claims.items() if (spec := self._volume(claim))},
            unwanted=frozenset(
                uid for uid in self._granted.volumes if uid not in claims and self._is_deleted_with_claim(uid)
            ),
        )

    def pending(self, grants: Grants) -> bool:
        """Whether these grants are not in the cluster's objects yet."""
        return grants != self._granted

    def act(self, grants: Grants) -> None:
        """Write the grants into the objects, and release objects whose load balancer or volume is deleted."""
        services, claims = self._services.objects() or {}, self._claims.objects() or {}
        for uid, host in grants.balancers.items():
            if uid in services and not _deleted(services[uid]):
                self._balanced(services[uid], host)
        for uid, service in services.items():
            if uid not in grants.balancers and CLEANUP in _finalizers(service):
                self._release(service)
        for uid, volume in grants.volumes.items():
            if uid in claims and uid not in self._granted.volumes:
                self._provision(claims[uid], volume)
        for uid in self._granted.volumes.keys() - grants.volumes.keys():
            self._api.delete(f"/api/v1/persistentvolumes/pvc-{uid}")
        self._granted = grants

    def _balanced(self, service: Object, host: str) -> None:
        status = {"loadBalancer": {"ingress": [{"hostname": self._balancers.host(service, host)}]}}
        if CLEANUP not in _finalizers(service):
            self._api.patch(_path(service), {"metadata": {"finalizers": [*_finalizers(service), CLEANUP]}})
        if service.get("status", {}).get("loadBalancer") != status["loadBalancer"]:
            self._api.patch(f"{_path(service)}/status", {"status": status})

    def _release(self, service: Object) -> None:
        self._balancers.forget(service["metadata"]["uid"])
        others = [finalizer for finalizer in _finalizers(service) if finalizer != CLEANUP]
        try:
            self._api.patch(_path(service), {"metadata": {"finalizers": others or None}})
        except ApiError as error:
            if error.status != 404:
                raise

    def _volume(self, claim: Object) -> VolumeSpec | None:
        """The volume that a claim waits for; None if it has one, is not the driver's, or waits for a pod's node."""
        meta, spec = claim["metadata"], claim["spec"]
        notes = meta.get("annotations") or {}
        if meta["uid"] in self._granted.volumes or spec.get("volumeName") or _deleted(claim):
            return None
        if notes.get(PROVISIONER) != DRIVER:
            return None
        kind = self._api.get(f"/apis/storage.k8s.io/v1/storageclasses/{spec['storageClassName']}")
        waits = kind.get("volumeBindingMode") == "WaitForFirstConsumer"
        zone = self._zone(notes.get(NODE)) if notes.get(NODE) or not waits else None
        if not zone:
            return None
        parameters = kind.get("parameters") or {}
        return VolumeSpec(
            namespace=meta["namespace"],
            claim=meta["name"],
            zone=zone,
            gib=_gib(spec["resources"]["requests"]["storage"]),
            type=parameters.get("type", "gp3"),
            encrypted=parameters.get("encrypted") == "true",
        )

    def _zone(self, node: str | None) -> str | None:
        """The zone of a node, or without a name of any node; None without a zone."""
        items = self._api.get("/api/v1/nodes")["items"]
        zones = {item["metadata"]["name"]: item["metadata"]["labels"].get(ZONE) for item in items}
        return zones.get(node) if node else next(iter(zones.values()), None)

    def _provision(self, claim: Object, volume: str) -> None:
        """Create the PersistentVolume, to which Kubernetes' own controller binds the claim."""
        meta, spec = claim["metadata"], claim["spec"]
        kind = self._api.get(f"/apis/storage.k8s.io/v1/storageclasses/{spec['storageClassName']}")
        zone = self._zone((meta.get("annotations") or {}).get(NODE))
        here = {"matchExpressions": [{"key": ZONE, "operator": "In", "values": [zone]}]}
        reference = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
        reference |= {name: meta[name] for name in ("namespace", "name", "uid")}
        volume_object: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": f"pvc-{meta['uid']}", "annotations": {"pv.kubernetes.io/provisioned-by": DRIVER}},
            "spec": {
                "accessModes": spec["accessModes"],
                "capacity": {"storage": spec["resources"]["requests"]["storage"]},
                "claimRef": reference,
                "csi": {"driver": DRIVER, "volumeHandle": volume, "fsType": "ext4"},
                "nodeAffinity": {"required": {"nodeSelectorTerms": [here]}},
                "persistentVolumeReclaimPolicy": kind.get("reclaimPolicy", "Delete"),
                "storageClassName": spec["storageClassName"],
            },
        }
        try:
            self._api.create("/api/v1/persistentvolumes", volume_object)
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise

    def _is_deleted_with_claim(self, uid: str) -> bool:
        """Whether a volume is deleted with its claim. A volume without an object, or with the policy Retain, stays."""
        try:
            found = self._api.get(f"/api/v1/persistentvolumes/pvc-{uid}")
        except ApiError:
            return False
        return found["spec"].get("persistentVolumeReclaimPolicy") == "Delete"


def _wants_balancer(service: Object) -> bool:
    spec, notes = service["spec"], service["metadata"].get("annotations") or {}
    return spec.get("type") == "LoadBalancer" and not spec.get("loadBalancerClass") and TYPE not in notes


def _balancer(service: Object) -> BalancerSpec:
    meta, notes = service["metadata"], service["metadata"].get("annotations") or {}
    return BalancerSpec(
        namespace=meta["namespace"],
        service=meta["name"],
        ports=[(port["port"], port.get("nodePort", port["port"])) for port in service["spec"]["ports"]],
        internal=notes.get(INTERNAL) == "true",
        sources=service["spec"].get("loadBalancerSourceRanges") or [ANYWHERE],
        leaving=_deleted(service),
    )


def _path(service: Object) -> str:
    return f"/api/v1/namespaces/{service['metadata']['namespace']}/services/{service['metadata']['name']}"


def _finalizers(found: Object) -> list[str]:
    return found["metadata"].get("finalizers") or []


def _deleted(found: Object) -> bool:
    return bool(found["metadata"].get("deletionTimestamp"))


def _gib(quantity: str) -> int:
    """A quantity of Kubernetes (`10Gi`, `500M`) in whole GiB, rounded up as the driver does."""
    matched = SIZE.fullmatch(quantity)
    number, unit = (float(matched[1]), matched[2] or "") if matched else (1.0, "G")
    base = 1024 if unit.endswith("i") else 1000
    return max(1, math.ceil(number * base ** POWERS[unit.rstrip("i")] / GIB))
