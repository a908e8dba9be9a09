"""Instances as nodes, and the pods on them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.contract import NodeSpec
from tests.sandbox.clusters import fleet
from tests.sandbox.clusters.fleet import HOST, MEMBER, Fleet, marked_not_ready, until

pytestmark = pytest.mark.kubernetes


def _pods(planes: Fleet, selector: str) -> list[dict[str, Any]]:
    return planes.kubectl(HOST).json("pods", "-l", selector)["items"]


def test_an_instance_becomes_a_ready_node(planes: Fleet) -> None:
    spec = fleet.node(HOST, "b", 1)
    until(lambda: planes.manager.node_ready(HOST, spec.name), "the node is ready")
    node = planes.kubectl().json("node", spec.name)
    assert node["spec"]["providerID"] == spec.provider_id
    assert node["metadata"]["labels"]["topology.kubernetes.io/zone"] == "eu-west-1b"
    assert node["metadata"]["labels"]["node.kubernetes.io/instance-type"] == "t3.medium"
    assert {"type": "InternalIP", "address": spec.address} in node["status"]["addresses"]
    assert node["status"]["allocatable"]["cpu"] == "2"


def test_a_deployment_spreads_over_the_zones_and_runs(planes: Fleet) -> None:
    admin = planes.kubectl()
    admin("create", "deployment", "web", "--image=nginx", "--replicas=6")
    admin("rollout", "status", "deployment/web", "--timeout=30s")
    pods = _pods(planes, "app=web")
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}
    assert len({pod["status"]["podIP"] for pod in pods}) == 6
    assert sorted(pod["spec"]["nodeName"] for pod in pods) == sorted(
        fleet.node(HOST, zone, number).name for number, zone in enumerate("abc") for _ in range(2)
    )
    assert "acted" in admin("logs", "deployment/web").stdout

    marked_not_ready(admin, pods[0]["metadata"]["name"])
    admin("wait", "--for=condition=Ready", "pods", "-l", "app=web", "--timeout=20s")


def test_a_pod_stays_in_the_zone_that_it_asks_for(planes: Fleet) -> None:
    admin = planes.kubectl()
    zone = {"topology.kubernetes.io/zone": "eu-west-1c"}
    container = {"name": "job", "image": "busybox"}
    template = {"spec": {"nodeSelector": zone, "restartPolicy": "Never", "containers": [container]}}
    admin.apply({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"}, "spec": {"template": template}})
    admin("wait", "--for=condition=complete", "job/once", "--timeout=30s")
    assert [pod["spec"]["nodeName"] for pod in _pods(planes, "job-name=once")] == [fleet.node(HOST, "c", 2).name]


def test_a_taint_keeps_pods_away_and_a_removed_node_takes_its_pods_along(planes: Fleet) -> None:
    tainted = NodeSpec(
        name="ip-172-22-9-10.eu-west-3.compute.internal",
        provider_id="aws:///eu-west-3a/i-9",
        instance_type="t3.medium",
        address="172.22.9.10",
        labels={"special": "yes"},
        taints=[{"key": "special", "value": "yes", "effect": "NoSchedule"}],
    )
    manager, admin = planes.manager, planes.kubectl(MEMBER)
    manager.add_node(MEMBER, tainted)
    until(lambda: manager.node_ready(MEMBER, tainted.name), "the node is ready")
    pod: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "picky"}}
    pod["spec"] = {"nodeSelector": {"special": "yes"}, "containers": [{"name": "it", "image": "nginx"}]}
    admin.apply(pod)
    until(lambda: "untolerated taint" in admin("describe", "pod", "picky").stdout, "it isn't scheduled")
    admin("delete", "pod", "picky")
    admin.apply({**pod, "spec": {**pod["spec"], "tolerations": [{"key": "special", "operator": "Exists"}]}})
    admin("wait", "--for=condition=Ready", "pod/picky", "--timeout=30s")
    manager.remove_node(MEMBER, tainted.name)
    until(lambda: admin("get", "pod", "picky", check=False).returncode == 1, "the pod is gone", 15)
    assert tainted.name not in admin("get", "nodes").stdout
