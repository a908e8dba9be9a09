"""Services of type LoadBalancer and claims: what they ask of AWS, and what they are told."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.contract import Grants, VolumeSpec
from tests.sandbox.clusters.fleet import HOST, Fleet, Kubectl, until

pytestmark = pytest.mark.kubernetes

CLASS = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "gp3"},
    "provisioner": "ebs.csi.aws.com",
    "parameters": {"type": "gp3", "encrypted": "true"},
    "volumeBindingMode": "WaitForFirstConsumer",
}


def service(name: str, **spec: Any) -> dict[str, Any]:
    ports = [{"port": 80, "targetPort": 8080}]
    spec = {"type": "LoadBalancer", "selector": {"app": name}, "ports": ports, **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def uid(admin: Kubectl, kind: str, name: str) -> str:
    return str(admin.json(kind, name)["metadata"]["uid"])


def gone(admin: Kubectl, kind: str, name: str) -> bool:
    return admin("get", kind, name, "--ignore-not-found", "-o", "name").stdout == ""


def test_a_service_asks_is_told_its_host_name_and_waits_until_its_load_balancer_is_gone(planes: Fleet) -> None:
    admin, manager = planes.kubectl(HOST), planes.manager
    admin.apply(service("balanced"), service("other", loadBalancerClass="service.k8s.aws/nlb"))
    own = uid(admin, "service", "balanced")
    wishes = until(lambda: (known := manager.wishes(HOST)) and known.balancers.get(own) and known, "it is asked for")
    assert list(wishes.balancers) == [own], "the other is for another controller"
    spec = wishes.balancers[own]
    assert (spec.namespace, spec.service, spec.internal, spec.leaving) == ("default", "balanced", False, False)
    assert [port for port, _ in spec.ports] == [80]

    manager.grant(HOST, Grants(balancers={own: "a1.elb.amazonaws.com"}))

    def host() -> Any:
        return admin.json("service", "balanced").get("status", {}).get("loadBalancer", {}).get("ingress")

    assert until(host, "its host name is told") == [{"hostname": "a1.elb.amazonaws.com"}]
    admin("delete", "service", "balanced", "other", "--wait=false")
    until(lambda: manager.wishes(HOST).balancers[own].leaving, "it is leaving")  # type: ignore[union-attr]
    assert not gone(admin, "service", "balanced")
    manager.grant(HOST, Grants())
    until(lambda: gone(admin, "service", "balanced"), "it is gone")


def test_a_claim_asks_once_a_pod_has_a_node_is_bound_and_its_volume_goes_with_it(planes: Fleet) -> None:
    admin, manager = planes.kubectl(HOST), planes.manager
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "default"},
        "spec": {
            "storageClassName": "gp3",
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "10Gi"}},
        },
    }
    admin.apply(CLASS, claim)
    own = uid(admin, "pvc", "data")
    until(lambda: manager.wishes(HOST) is not None, "the claims are known")
    assert own not in manager.wishes(HOST).volumes  # type: ignore[union-attr]
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    containers = [{"name": "db", "image": "postgres", "volumeMounts": [{"name": "data", "mountPath": "/data"}]}]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "db", "namespace": "default"}}
    admin.apply({**pod, "spec": {"containers": containers, "volumes": volumes}})
    spec = until(lambda: manager.wishes(HOST).volumes.get(own), "it is asked for")  # type: ignore[union-attr]
    zone = spec.zone
    assert spec == VolumeSpec(namespace="default", claim="data", zone=zone, gib=10, type="gp3", encrypted=True)
    assert zone in {"eu-west-1a", "eu-west-1b", "eu-west-1c"}

    manager.grant(HOST, Grants(volumes={own: "vol-1"}))
    until(lambda: admin.json("pvc", "data")["status"]["phase"] == "Bound", "it is bound")
    until(lambda: admin.json("pod", "db")["status"].get("phase") == "Running", "the pod runs")
    assert admin.json("pv", f"pvc-{own}")["spec"]["csi"]["volumeHandle"] == "vol-1"

    admin("delete", "pvc", "data", "--wait=false")
    assert not gone(admin, "pvc", "data"), "a pod uses it"
    admin("delete", "pod", "db")
    until(lambda: gone(admin, "pvc", "data"), "the claim is gone")
    until(lambda: own in manager.wishes(HOST).unwanted, "its volume is to go")  # type: ignore[union-attr]
    manager.grant(HOST, Grants())
    until(lambda: gone(admin, "pv", f"pvc-{own}"), "the volume's object is gone")
    admin("delete", "storageclass", "gp3")
