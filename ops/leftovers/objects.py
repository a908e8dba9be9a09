"""The objects of a cluster that have something in AWS, and what would keep or make them again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.leftovers.kube import Api, Object, Reference, part

DRIVERS = ("ebs.csi.aws.com", "kubernetes.io/aws-ebs")
"""The provisioners of EBS volumes: the driver, and the name that it had within Kubernetes."""

INGRESS = "ingress.k8s.aws/"
"""In the finalizers of the AWS load balancer controller on an Ingress that has a load balancer."""

MANAGED = "kubefed.io/managed"
"""kubefed's label on what it has made in a cluster."""

FEDERATION = "core.kubefed.io/v1beta1"

DEPTH = 8
"""The most owners of owners that are followed."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What has to go in one cluster."""

    objects: tuple[Reference, ...] = ()
    """In the order of deletion."""
    managed: tuple[Reference, ...] = ()
    """Those of the objects that kubefed has made, and would make again."""
    kept: tuple[tuple[Reference, str], ...] = ()
    """The claims whose volumes are to be kept, and the ids of the volumes."""


def find(api: Api, cluster: str, *, retained: bool = False) -> Found:
    """Return what has to go in a cluster, so that its controllers remove what they have made in AWS.

    These are Services of type LoadBalancer, Ingresses of the load balancer controller, claims with EBS volumes, their
    snapshots, and the workloads whose pods use those claims, because Kubernetes keeps a claim as long as a pod uses it.
    A claim whose volume's policy is Retain stays unless `retained` is set.
    """
    services = [one for one in api.list("v1", "Service") if one["spec"].get("type") == "LoadBalancer"]
    ingresses = [one for one in api.list("networking.k8s.io/v1", "Ingress") if _has_balancer(one)]
    claims, kept = _claims(api, retained=retained)
    snapshots = api.list("snapshot.storage.k8s.io/v1", "VolumeSnapshot") if claims else []
    users = [*_users(api, cluster, claims)]
    objects = [(reference(cluster, one, "v1", "Service"), one) for one in services]
    objects += [(reference(cluster, one, "networking.k8s.io/v1", "Ingress"), one) for one in ingresses]
    objects += users
    objects += [(reference(cluster, one, "v1", "PersistentVolumeClaim"), one) for one in claims]
    objects += [(reference(cluster, one, "snapshot.storage.k8s.io/v1", "VolumeSnapshot"), one) for one in snapshots]
    return Found(
        objects=tuple(where for where, _ in objects),
        managed=tuple(where for where, one in objects if part(one["metadata"], "labels").get(MANAGED) == "true"),
        kept=tuple((reference(cluster, one, "v1", "PersistentVolumeClaim"), volume) for one, volume in kept),
    )


def sources(host: Api, cluster: str, managed: Iterable[Reference]) -> list[Reference]:
    """Return the federated objects on the host that kubefed makes these objects of the clusters from."""
    kinds: dict[tuple[str, str], Mapping[str, Any]] = {}
    for config in host.list(FEDERATION, "FederatedTypeConfig"):
        target = config["spec"]["targetType"]
        kinds[target.get("group") or "", target["kind"]] = config["spec"]["federatedType"]
    found: dict[Reference, None] = {}
    for object in managed:
        group = object.api_version.rpartition("/")[0]
        if federated := kinds.get((group, object.kind)):
            version = f"{federated['group']}/{federated['version']}"
            place = {"namespace": object.namespace, "name": object.name}
            found[Reference(cluster=cluster, api_version=version, kind=federated["kind"], **place)] = None
    return [one for one in found if host.get(one)]


def reference(cluster: str, object: Object, api_version: str = "", kind: str = "") -> Reference:
    """Return the reference of an object; items of a list don't say their type, so it is given."""
    metadata = object["metadata"]
    return Reference(
        cluster=cluster,
        api_version=object.get("apiVersion") or api_version,
        kind=object.get("kind") or kind,
        namespace=metadata.get("namespace") or "",
        name=metadata["name"],
        uid=metadata.get("uid") or "",
    )


def _has_balancer(ingress: Object) -> bool:
    return any(INGRESS in finalizer for finalizer in ingress["metadata"].get("finalizers") or ())


def _claims(api: Api, *, retained: bool) -> tuple[list[dict[str, Any]], list[tuple[dict[str, Any], str]]]:
    """Return the claims with EBS volumes to delete, and those whose volumes are to be kept, with the volumes' ids."""
    volumes = {one["metadata"]["name"]: one for one in api.list("v1", "PersistentVolume")}
    deleted: list[dict[str, Any]] = []
    kept: list[tuple[dict[str, Any], str]] = []
    for claim in api.list("v1", "PersistentVolumeClaim"):
        volume = volumes.get(claim["spec"].get("volumeName") or "")
        if not volume or not (id := _ebs(volume)):
            continue
        if volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete" or retained:
            deleted.append(claim)
        else:
            kept.append((claim, id))
    return deleted, kept


def kept_volumes(api: Api) -> set[str]:
    """Return the ids of the EBS volumes whose policy is not Delete, of claims that are gone too."""
    volumes = api.list("v1", "PersistentVolume")
    return {_ebs(one) for one in volumes if one["spec"].get("persistentVolumeReclaimPolicy") != "Delete"} - {""}


def _ebs(volume: Object) -> str:
    """The id of the EBS volume behind a PersistentVolume; empty if it is none."""
    spec = volume["spec"]
    if part(spec, "csi").get("driver") in DRIVERS:
        return str(spec["csi"]["volumeHandle"])
    return str(part(spec, "awsElasticBlockStore").get("volumeID") or "").rpartition("/")[2]


def _users(api: Api, cluster: str, claims: Sequence[Object]) -> Iterator[tuple[Reference, Object]]:
    """The workloads whose pods use the claims: the owner of all owners, or the pod itself if it has none."""
    used = {(one["metadata"]["namespace"], one["metadata"]["name"]) for one in claims}
    seen: set[Reference] = set()
    for pod in api.list("v1", "Pod") if used else ():
        namespace = pod["metadata"]["namespace"]
        volumes = pod["spec"].get("volumes") or ()
        names = {part(one, "persistentVolumeClaim").get("claimName") for one in volumes}
        if not any((namespace, name) in used for name in names):
            continue
        where, object = _root(api, reference(cluster, pod, "v1", "Pod"), pod)
        if where not in seen:
            seen.add(where)
            yield where, object


def _root(api: Api, where: Reference, object: Object) -> tuple[Reference, Object]:
    for _ in range(DEPTH):
        owners = object["metadata"].get("ownerReferences") or ()
        owner = next((one for one in owners if one.get("controller")), None)
        if owner is None or owner["kind"] == "Node":
            break
        above = Reference(
            cluster=where.cluster,
            api_version=owner["apiVersion"],
            kind=owner["kind"],
            namespace=where.namespace,
            name=owner["name"],
            uid=owner["uid"],
        )
        found = api.get(above)
        if found is None:
            break
        where, object = above, found
    return where, object
