"""Workloads on a fleet with Karmada: the same as over kubefed, and what only Karmada does."""

from __future__ import annotations

import pytest

from tests.sandbox.fleet.app import App, eventually, objects, stopped
from tests.sandbox.fleet.live import Fleet
from tests.sandbox.fleet.workloads import Workloads, with_namespace
from tests.sandbox.karmada.clusters import HOST, OTHER, clusters_ready

pytestmark = pytest.mark.fleet


@pytest.fixture(scope="module")
def fleet(karmada: Fleet) -> Fleet:
    """The fleet, for the tests that are the same over either engine."""
    return karmada


@pytest.fixture(scope="module")
def late() -> float:
    """Karmada lets a deleted object go once it has begun to take it out of the clusters."""
    return 60


class TestOverKarmada(Workloads):
    """What runs on a fleet with Karmada."""


def test_a_namespace_is_where_it_is_placed_and_takes_over_what_is_there(karmada: Fleet, shop: App) -> None:
    # karmada-io/karmada#6827, #6362, #2512, #5032.
    karmada.kubectl(OTHER, "create", "namespace", "own")
    karmada.kubectl(OTHER, "-n", "own", "create", "configmap", "note", "--from-literal=text=old")
    shop.up(
        """
        there = Placement(clusters=["federated-eks-2"])
        own = namespace("own", placement=there)
        federated("ConfigMap", "note", own, {"data": {"text": "new"}}, placement=there)
        """
    )
    assert objects(karmada, OTHER, "configmaps", "own")["note"]["data"] == {"text": "new"}
    assert with_namespace(karmada, "own") == [OTHER]


def test_a_custom_type_s_object_is_placed_once_its_own_condition_holds(karmada: Fleet, shop: App) -> None:
    """The Prometheus operator sets the condition Available, and nobody the other one."""
    health = """
        health = TypeHealth("prometheus", TypeHealthArgs(
            host=host, api_version="monitoring.coreos.com/v1", kind="Prometheus", condition="{}"))
        federated("Prometheus", "judged", namespace("judged"), {{"spec": {{"replicas": 1}}}}, after=[health],
                  placement=Placement(clusters=["federated-eks-2"]), timeout_minutes=1)
        """
    refused = shop.up(health.format("Perfect"), check=False)
    assert refused.returncode != 0
    assert f"Prometheus judged: {OTHER}: applied, and its health is Unhealthy" in refused.stdout
    shop.up(health.format("Available"))
    (found,) = objects(karmada, OTHER, "prometheuses", "judged").values()
    assert {each["type"]: each["status"] for each in found["status"]["conditions"]}["Available"] == "True"


MOVING = """
    shop = namespace("shop")
    for name, failover in {"moving": ClusterFailover(after_seconds=5), "staying": None}.items():
        workload = federated("Deployment", name, shop, deployment(name, 1), failover=failover)
        ReplicaScheduling(name, ReplicaSchedulingArgs(host=host, workload=workload, total=10))
    """

BACK = """
apiVersion: apps.karmada.io/v1alpha1
kind: WorkloadRebalancer
metadata: {name: back}
spec:
  workloads: [{apiVersion: apps/v1, kind: Deployment, namespace: shop, name: moving}]
  ttlSecondsAfterFinished: 60
"""


def replicas(fleet: Fleet, cluster: str) -> dict[str, int]:
    """The replicas of each of the shop's Deployments in a cluster."""
    found = objects(fleet, cluster, "deployments", "shop")
    return {name: each["spec"]["replicas"] for name, each in found.items()}


def test_replicas_leave_a_cluster_that_does_not_answer_if_they_are_to(karmada: Fleet, shop: App) -> None:
    shop.up(MOVING)
    assert replicas(karmada, HOST) == replicas(karmada, OTHER) == {"moving": 5, "staying": 5}
    with stopped(karmada, OTHER):
        # As docs/karmada.md states: until the taint, then the workload's own time, and some seconds to schedule.
        eventually(lambda: replicas(karmada, HOST), {"moving": 10, "staying": 5}, seconds=100 + 5 + 10)
    eventually(lambda: clusters_ready(karmada), {HOST: ["True"], OTHER: ["True"]})
    # What has moved stays, and what its old cluster still had goes.
    eventually(lambda: replicas(karmada, OTHER), {"staying": 5})
    assert replicas(karmada, HOST) == {"moving": 10, "staying": 5}
    karmada.checkout.run("bash", "-c", f"kubectl --context karmada create -f - <<'END'{BACK}END")
    eventually(lambda: replicas(karmada, OTHER), {"moving": 5, "staying": 5})
    assert replicas(karmada, HOST) == {"moving": 5, "staying": 5}
