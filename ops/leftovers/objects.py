"""The objects of a cluster with AWS resources, and those that would keep or create them again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.leftovers import karmada
from ops.leftovers.kube import Api, Object, Reference, part

DRIVERS = ("ebs.csi.aws.com", "kubernetes.io/aws-ebs")
"""The provisioners of EBS volumes: the driver, and its name within Kubernetes."""

INGRESS = "ingress.k8s.aws/"
"""The prefix of the AWS load balancer controller's finalizers on an Ingress with a load balancer."""

MANAGED = ("kubefed.io/managed", "karmada.io/managed")
"""The engines' labels on the objects that they create in a cluster."""

FEDERATION = "core.kubefed.io/v1beta1"

DEPTH = 8
"""The longest chain of owners that is followed."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """The objects to delete in a cluster."""

    objects: tuple[Reference, ...] = ()
    """The objects in the order of deletion."""
    managed: tuple[Reference, ...] = ()
    """The objects that an engine has created, and would create again."""
    kept: tuple[tuple[Reference, str], ...] = ()
    """The claims whose volumes are kept, and the ids of the volumes."""


def find(api: Api, cluster: str, *, retained: bool = False) -> Found:
    """Return the objects to delete in a cluster, so that its controllers delete their AWS resources.

    These are Services of type LoadBalancer, Ingresses of the load balancer controller, claims with EBS volumes, and
    their snapshots. The workloads whose pods use those claims are deleted too, because Kubernetes keeps a claim as long
    as a pod uses it. A claim whose volume's policy is Retain stays unless `retained` is set. What Karmada itself runs
    on is a resource of the stack, which a destroy deletes.
    """
    services = [
        each
        for each in api.list("v1", "Service")
        if each["spec"].get("type") == "LoadBalancer" and not _of_the_stack(each)
    ]
    ingresses = [each for each in api.list("networking.k8s.io/v1", "Ingress") if _has_balancer(each)]
    claims, kept = _claims(api, retained=retained)
    snapshots = api.list("snapshot.storage.k8s.io/v1", "VolumeSnapshot") if claims else []
    users = [*_users(api, cluster, claims)]
    objects = [(reference(cluster, each, "v1", "Service"), each) for each in services]
    objects += [(reference(cluster, each, "networking.k8s.io/v1", "Ingress"), each) for each in ingresses]
    objects += users
    objects += [(reference(cluster, each, "v1", "PersistentVolumeClaim"), each) for each in claims]
    objects += [(reference(cluster, each, "snapshot.storage.k8s.io/v1", "VolumeSnapshot"), each) for each in snapshots]
    return Found(
        objects=tuple(reference_ for reference_, _ in objects),
        managed=tuple(
            reference_
            for reference_, each in objects
            if any(part(each["metadata"], "labels").get(label) == "true" for label in MANAGED)
        ),
        kept=tuple((reference(cluster, each, "v1", "PersistentVolumeClaim"), volume) for each, volume in kept),
    )


def sources(host: Api, cluster: str, managed: Iterable[Reference]) -> list[Reference]:
    """Return the federated objects on the host from which kubefed creates these objects of the clusters."""
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
    return [each for each in found if host.get(each)]


def reference(cluster: str, object: Object, api_version: str = "", kind: str = "") -> Reference:
    """Return the reference of an object, with a type for items of a list, which don't have one."""
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


def _of_the_stack(object: Object) -> bool:
    return object["metadata"].get("namespace") == karmada.NAMESPACE


def _claims(api: Api, *, retained: bool) -> tuple[list[dict[str, Any]], list[tuple[dict[str, Any], str]]]:
    """Return the claims with EBS volumes to delete, and those with volumes to keep, with the volumes' ids."""
    volumes = {each["metadata"]["name"]: each for each in api.list("v1", "PersistentVolume")}
    deleted: list[dict[str, Any]] = []
    kept: list[tuple[dict[str, Any], str]] = []
    for claim in api.list("v1", "PersistentVolumeClaim"):
        volume = volumes.get(claim["spec"].get("volumeName") or "")
        if not volume or not (id := _ebs(volume)) or _of_the_stack(claim):
            continue
        if volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete" or retained:
            deleted.append(claim)
        else:
            kept.append((claim, id))
    return deleted, kept


def kept_volumes(api: Api) -> set[str]:
    """Return the ids of the EBS volumes whose policy is not Delete, including volumes of deleted claims."""
    volumes = api.list("v1", "PersistentVolume")
    return {_ebs(volume) for volume in volumes if volume["spec"].get("persistentVolumeReclaimPolicy") != "Delete"} - {
        ""
    }


def _ebs(volume: Object) -> str:
    """Return the id of the EBS volume behind a PersistentVolume; empty for other volumes."""
    spec = volume["spec"]
    if part(spec, "csi").get("driver") in DRIVERS:
        return str(spec["csi"]["volumeHandle"])
    return str(part(spec, "awsElasticBlockStore").get("volumeID") or "").rpartition("/")[2]


def _users(api: Api, cluster: str, claims: Sequence[Object]) -> Iterator[tuple[Reference, Object]]:
    """Yield the workloads whose pods use the claims: a pod's topmost owner, or a pod without owners."""
    used = {(claim["metadata"]["namespace"], claim["metadata"]["name"]) for claim in claims}
    seen: set[Reference] = set()
    for pod in api.list("v1", "Pod") if used else ():
        namespace = pod["metadata"]["namespace"]
        volumes = pod["spec"].get("volumes") or ()
        names = {part(volume, "persistentVolumeClaim").get("claimName") for volume in volumes}
        if not any((namespace, name) in used for name in names):
            continue
        root, object = _root(api, reference(cluster, pod, "v1", "Pod"), pod)
        if root not in seen:
            seen.add(root)
            yield root, object


def _root(api: Api, current: Reference, object: Object) -> tuple[Reference, Object]:
    for _ in range(DEPTH):
        owners = object["metadata"].get("ownerReferences") or ()
        owner = next((each for each in owners if each.get("controller")), None)
        if owner is None or owner["kind"] == "Node":
            break
        above = Reference(
            cluster=current.cluster,
            api_version=owner["apiVersion"],
            kind=owner["kind"],
            namespace=current.namespace,
            name=owner["name"],
            uid=owner["uid"],
        )
        found = api.get(above)
        if found is None:
            break
        current, object = above, found
    return current, object
