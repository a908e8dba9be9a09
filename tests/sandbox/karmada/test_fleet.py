"""A fleet with Karmada: up and joined, with its parts and keys."""

from __future__ import annotations

import json
import re

import pytest

from tests.sandbox.fleet.live import Fleet, unchanged
from tests.sandbox.karmada.clusters import HOST, NAMESPACE, OTHER, clusters, clusters_ready

pytestmark = pytest.mark.fleet

PARTS = {
    *("etcd", "karmada-apiserver", "kube-controller-manager", "karmada-controller-manager"),
    *("karmada-scheduler", "karmada-webhook", "karmada-aggregated-apiserver"),
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
