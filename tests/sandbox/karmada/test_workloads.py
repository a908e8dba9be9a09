"""Workloads on a fleet with Karmada: the same as over kubefed, and what only Karmada does."""

from __future__ import annotations

import json

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


HEALTH = """
    health = TypeHealth("services", TypeHealthArgs(host=host, api_version="v1", kind="Service", condition="Judged"))
    federated("Service", "judged", namespace("judged"), {"spec": {"ports": [{"port": 80}]}}, after=[health],
              placement=Placement(clusters=["federated-eks-2"]), timeout_minutes=1)
    """
JUDGED = {
    "type": "Judged",
    "status": "True",
    "lastTransitionTime": "2026-01-01T00:00:00Z",
    "reason": "Tested",
    "message": "",
}


def test_an_object_is_placed_once_the_condition_of_its_type_s_health_holds(karmada: Fleet, shop: App) -> None:
    """An update that has failed in the wait waits again."""
    refused = shop.up(HEALTH, check=False)
    assert refused.returncode != 0
    assert f"Service judged: {OTHER}: applied, and its health is Unhealthy" in refused.stdout
    status = json.dumps({"status": {"conditions": [JUDGED]}})
    patch = ("patch", "service", "judged", "--subresource=status", "--type=merge", "-p", status)
    karmada.kubectl(OTHER, "-n", "judged", *patch)
    shop.up()


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
