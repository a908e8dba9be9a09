"""A fleet with Karmada: up, joined, with workloads that run and move, and destroyed."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Generator, Mapping
from typing import Any

import pytest

from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.app import App, eventually, made, objects, stopped
from tests.sandbox.fleet.live import Fleet, unchanged
from tests.sandbox.fleet.workloads import FIRST as HOST
from tests.sandbox.fleet.workloads import SECOND as OTHER
from tests.sandbox.fleet.workloads import Workloads, with_namespace

pytestmark = pytest.mark.fleet

NAMESPACE = "karmada-system"
PARTS = {
    *("etcd", "karmada-apiserver", "kube-controller-manager", "karmada-controller-manager"),
    *("karmada-scheduler", "karmada-webhook", "karmada-aggregated-apiserver"),
}


def free_port() -> int:
    """A port on which Karmada's load balancer can listen."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def karmada() -> Generator[Fleet, None, None]:
    """Two clusters that Karmada federates. The last test takes them down."""
    with fresh() as checkout:
        fleet = Fleet(checkout)
        fleet.configure(karmada={"chart": ".sandbox/charts/karmada", "port": free_port(), "failover": True})
        checkout.sandbox("up", "--engine", "karmada", timeout=800)
        yield fleet


@pytest.fixture(scope="module")
def fleet(karmada: Fleet) -> Fleet:
    """The fleet, for the tests that are the same over either engine."""
    return karmada


@pytest.fixture(scope="module")
def late() -> float:
    """Karmada lets a deleted object go once it has begun to take it out of the clusters."""
    return 60


@pytest.fixture(scope="module")
def shop(karmada: Fleet) -> App:
    """A program on the fleet, whose namespace is `shop`. It goes with the fleet."""
    return made(karmada, "shop")


def clusters(fleet: Fleet) -> Mapping[str, Any]:
    """The clusters that have joined Karmada, by name."""
    listed = json.loads(fleet.kubectl("karmada", "get", "clusters.cluster.karmada.io", "-o", "json").stdout)
    return {item["metadata"]["name"]: item for item in listed["items"]}


def clusters_ready(fleet: Fleet) -> dict[str, list[str]]:
    """The condition Ready of each cluster that has joined Karmada."""
    return {
        name: [one["status"] for one in item["status"]["conditions"] if one["type"] == "Ready"]
        for name, item in clusters(fleet).items()
    }


def test_karmada_reports_both_clusters_ready(karmada: Fleet) -> None:
    assert clusters_ready(karmada) == {HOST: ["True"], OTHER: ["True"]}
    found = clusters(karmada)
    assert {name: item["spec"]["region"] for name, item in found.items()} == {HOST: "eu-west-1", OTHER: "eu-west-3"}
    assert found[OTHER]["spec"]["syncMode"] == "Push"
    assert found[OTHER]["spec"]["provider"] == "aws"
    assert {zone[:-1] for zone in found[OTHER]["spec"]["zones"]} == {"eu-west-3"}


def test_the_fleet_s_kubeconfig_has_karmada_s_context_and_one_for_each_cluster(karmada: Fleet) -> None:
    config = json.loads(karmada.checkout.run("pulumi", "stack", "output", "kubeconfig", "--show-secrets").stdout)
    assert config["current-context"] == "karmada"
    assert [context["name"] for context in config["contexts"]] == ["karmada", HOST, OTHER]
    allowed = karmada.kubectl("karmada", "auth", "can-i", "list", "works.work.karmada.io", "-A")
    assert allowed.stdout.strip() == "yes"


def test_the_host_runs_every_part_of_karmada_s_chart(karmada: Fleet) -> None:
    listed = json.loads(karmada.kubectl(HOST, "-n", NAMESPACE, "get", "pods", "-o", "json").stdout)["items"]
    ready = {
        pod["metadata"]["labels"]["app"]
        for pod in listed
        if any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"]["conditions"])
    }
    assert ready >= PARTS


def test_no_part_of_karmada_s_has_a_moving_tag_or_keeps_data_on_a_node_s_disk(karmada: Fleet) -> None:
    listed = json.loads(karmada.kubectl(HOST, "-n", NAMESPACE, "get", "pods", "-o", "json").stdout)["items"]
    specs = [pod["spec"] for pod in listed]
    images = {each["image"] for spec in specs for each in (*spec["containers"], *spec.get("initContainers", ()))}
    assert not [image for image in images if not re.search(r":v?\d[\w.-]*$", image)]
    assert not [volume for spec in specs for volume in spec["volumes"] if "hostPath" in volume]


def test_no_hook_of_the_chart_runs_once_karmada_is_uninstalled(karmada: Fleet) -> None:
    # It would delete namespaces of the host, of a host that is a member too (karmada-io/karmada#7618).
    where = ("--kube-context", HOST, "-n", NAMESPACE)
    hooks = karmada.checkout.run("helm", *where, "get", "hooks", "karmada").stdout
    moments = {moment for found in re.findall(r'"helm.sh/hook": "?([\w,-]+)', hooks) for moment in found.split(",")}
    assert moments == {"pre-install", "pre-upgrade"}


def test_etcd_s_data_is_on_an_encrypted_volume(karmada: Fleet) -> None:
    (volume,) = karmada.boto("ec2", "eu-west-1").describe_volumes(
        Filters=[{"Name": "tag:kubernetes.io/created-for/pvc/namespace", "Values": [NAMESPACE]}]
    )["Volumes"]
    assert (volume["Encrypted"], volume["VolumeType"], volume["Size"]) == (True, "gp3", 10)


def test_the_load_balancer_of_karmada_s_api_is_internal_and_lets_the_fleet_s_networks_in(karmada: Fleet) -> None:
    elb, ec2 = karmada.boto("elb", "eu-west-1"), karmada.boto("ec2", "eu-west-1")
    (balancer,) = elb.describe_load_balancers()["LoadBalancerDescriptions"]
    assert balancer["Scheme"] == "internal"
    (group,) = ec2.describe_security_groups(GroupIds=balancer["SecurityGroups"])["SecurityGroups"]
    allowed = {one["CidrIp"] for rule in group["IpPermissions"] for one in rule["IpRanges"]}
    assert allowed == {"172.20.0.0/16", "172.21.0.0/16"}


def test_a_second_up_changes_nothing_and_a_refresh_finds_nothing_changed(karmada: Fleet) -> None:
    unchanged(karmada.pulumi("up", "--yes", "--skip-preview").stdout)
    unchanged(karmada.pulumi("refresh", "--yes").stdout)


def test_karmada_s_account_in_a_member_has_the_rights_that_karmada_needs(karmada: Fleet) -> None:
    account = f"system:serviceaccount:karmada-cluster:karmada-{OTHER}"
    allowed = karmada.kubectl(OTHER, "auth", "can-i", "create", "deployments.apps", "-A", "--as", account)
    assert allowed.stdout.strip() == "yes"


def test_the_state_holds_no_key_of_karmada_s_in_plain_text(karmada: Fleet) -> None:
    state = "".join(path.read_text() for path in karmada.checkout.paths.pulumi_state.rglob("*.json"))
    secret = karmada.kubectl(HOST, "-n", NAMESPACE, "get", "secret", "karmada-keys", "-o", "json").stdout
    for key in json.loads(secret)["data"].values():
        assert key not in state
    assert "PRIVATE KEY" not in state


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
    eventually(lambda: clusters_ready(karmada), {HOST: ["True"], OTHER: ["True"]}, seconds=90)
    # What has moved stays, and what its old cluster still had goes.
    eventually(lambda: replicas(karmada, OTHER), {"staying": 5})
    assert replicas(karmada, HOST) == {"moving": 10, "staying": 5}
    karmada.checkout.run("bash", "-c", f"kubectl --context karmada create -f - <<'END'{BACK}END")
    eventually(lambda: replicas(karmada, OTHER), {"moving": 5, "staying": 5})
    assert replicas(karmada, HOST) == {"moving": 5, "staying": 5}


def test_another_engine_is_refused_before_anything_changes(karmada: Fleet) -> None:
    with karmada.settings_put_back(engine="kubefed"):
        refused = karmada.pulumi("preview", check=False)
    assert refused.returncode
    assert "engine: kubefed would replace karmada" in refused.stdout
    refused = karmada.checkout.sandbox("up", "--engine", "kubefed", check=False)
    assert refused.returncode
    assert "error: ENGINE: kubefed can't replace karmada" in refused.stdout


def test_a_fleet_with_karmada_is_destroyed_with_nothing_left(karmada: Fleet) -> None:
    done = karmada.checkout.sandbox("down", check=False, timeout=1200)
    assert done.returncode == 0, done.stdout
    assert "Nothing is left." in done.stdout
    assert karmada.checkout.processes() == {}
