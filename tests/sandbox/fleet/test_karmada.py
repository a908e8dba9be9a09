"""A fleet with Karmada as its engine: up, joined, left alone by what changes nothing, and destroyed."""

from __future__ import annotations

import json
import socket
from collections.abc import Generator, Mapping
from typing import Any

import pytest

from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.live import Fleet, unchanged

pytestmark = pytest.mark.fleet

HOST, OTHER = "federated-eks-1", "federated-eks-2"
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
        fleet.configure(
            engine="karmada",
            karmada={"chart": ".sandbox/charts/karmada", "port": free_port()},
            types=[],
            manifests=[],
        )
        checkout.sandbox("up", timeout=3000)
        yield fleet


def clusters(fleet: Fleet) -> Mapping[str, Any]:
    """The clusters that have joined Karmada, by name."""
    listed = json.loads(fleet.kubectl("karmada", "get", "clusters.cluster.karmada.io", "-o", "json").stdout)
    return {item["metadata"]["name"]: item for item in listed["items"]}


def test_karmada_reports_both_clusters_ready(karmada: Fleet) -> None:
    found = clusters(karmada)
    assert {
        name: [one["status"] for one in item["status"]["conditions"] if one["type"] == "Ready"]
        for name, item in found.items()
    } == {HOST: ["True"], OTHER: ["True"]}
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


def test_another_engine_is_refused_before_anything_changes(karmada: Fleet) -> None:
    with karmada.settings_put_back(engine="kubefed"):
        refused = karmada.pulumi("preview", check=False)
    assert refused.returncode
    assert "engine: kubefed would replace karmada" in refused.stdout


def test_a_fleet_with_karmada_is_destroyed_with_nothing_left(karmada: Fleet) -> None:
    done = karmada.checkout.sandbox("down", check=False, timeout=1200)
    assert done.returncode == 0, done.stdout
    assert "Nothing is left." in done.stdout
    assert karmada.checkout.processes() == {}
