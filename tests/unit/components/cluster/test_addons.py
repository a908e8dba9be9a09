"""Add-ons as the program registers them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.cluster.addons import AddonArgs, configuration
from tests.unit.engine import Engine, run_program

pytestmark = pytest.mark.unit

ONE: dict[str, Any] = {"clusters": [{"region": "eu-west-1"}]}
NAME = "federated-eks-1"
GROUP, ADDON, ROLE = "aws:eks/nodeGroup:NodeGroup", "aws:eks/addon:Addon", "aws:iam/role:Role"


@pytest.fixture(scope="module")
def program() -> Engine:
    return run_program(ONE)


def test_the_network_s_add_ons_come_before_nodes_and_the_others_after(program: Engine) -> None:
    first = {f"{NAME}-vpc-cni", f"{NAME}-kube-proxy", f"{NAME}-eks-pod-identity-agent"}
    assert first <= program[GROUP][f"{NAME}-nodes"].depends_on
    for name in ("coredns", "metrics-server", "aws-ebs-csi-driver"):
        assert f"{NAME}-nodes" in program[ADDON][f"{NAME}-{name}"].depends_on, name
    assert program[ADDON].keys() == first | {
        f"{NAME}-{name}" for name in ("coredns", "metrics-server", "aws-ebs-csi-driver")
    }


def test_add_ons_take_over_what_is_there_and_respect_it_later(program: Engine) -> None:
    for name, addon in program[ADDON].items():
        assert addon.inputs["resolveConflictsOnCreate"] == "OVERWRITE", name
        assert addon.inputs["resolveConflictsOnUpdate"] == "PRESERVE", name
        assert addon.deleted_with == NAME, "they go with the cluster"
    kept = {name for name, addon in program[ADDON].items() if addon.inputs["preserve"]}
    assert kept == {f"{NAME}-{name}" for name in ("vpc-cni", "kube-proxy", "coredns")}


def test_an_add_on_has_the_version_that_is_asked_for() -> None:
    wanted = [{"name": "vpc-cni", "version": "v1.2.3-eksbuild.4"}, {"name": "kube-proxy", "version": "latest"}]
    program = run_program({**ONE, "addons": [*wanted, {"name": "coredns"}]})
    assert {name: addon.inputs["addonVersion"] for name, addon in program[ADDON].items()} == {
        f"{NAME}-vpc-cni": "v1.2.3-eksbuild.4",
        f"{NAME}-kube-proxy": "latest-of-kube-proxy-for-1.35",
        f"{NAME}-coredns": "default-of-coredns-for-1.35",
    }


def test_the_ebs_driver_takes_a_role_that_only_its_account_in_this_cluster_may_take(program: Engine) -> None:
    driver = program[ADDON][f"{NAME}-aws-ebs-csi-driver"]
    assert driver.inputs["podIdentityAssociations"] == [
        {"roleArn": f"arn:aws:iam::123456789012:role/{NAME}-ebs", "serviceAccount": "ebs-csi-controller-sa"}
    ]
    assert f"{NAME}-ebs-AmazonEBSCSIDriverPolicyV2" in driver.depends_on
    (statement,) = json.loads(program[ROLE][f"{NAME}-ebs"].inputs["assumeRolePolicy"])["Statement"]
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {
            "aws:RequestTag/eks-cluster-arn": f"arn:aws:eks:xx:123456789012:cluster/{NAME}",
            "aws:RequestTag/kubernetes-namespace": "kube-system",
            "aws:RequestTag/kubernetes-service-account": "ebs-csi-controller-sa",
        }
    }


def test_network_policies_are_enforced_unless_somebody_says_otherwise() -> None:
    def of(name: str, values: dict[str, Any]) -> Any:
        return json.loads(configuration(AddonArgs(name=name, version="default", configuration=values)))

    assert of("vpc-cni", {}) == {"enableNetworkPolicy": "true"}
    assert of("vpc-cni", {"env": {"A": "1"}}) == {"enableNetworkPolicy": "true", "env": {"A": "1"}}
    assert of("vpc-cni", {"enableNetworkPolicy": "false"}) == {"enableNetworkPolicy": "false"}


def test_a_configuration_that_is_taken_out_is_reset() -> None:
    program = run_program({**ONE, "addons": [{"name": "coredns"}, {"name": "vpc-cni"}]})
    assert program[ADDON][f"{NAME}-coredns"].inputs["configurationValues"] == "{}"
