"""Node groups, Fargate profiles and add-ons as they are registered, and what an instance type says of its image."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.cluster.addons import AddonArgs, configuration
from components.cluster.node_groups import ami_type, architectures
from settings.addons import DEFAULT, fitting
from tests.unit.engine import Engine, run_program

pytestmark = pytest.mark.unit

ONE: dict[str, Any] = {"clusters": [{"region": "eu-west-1"}]}
NAME = "federated-eks-1"
GROUP, TEMPLATE = "aws:eks/nodeGroup:NodeGroup", "aws:ec2/launchTemplate:LaunchTemplate"
PROFILE, ADDON, ROLE = "aws:eks/fargateProfile:FargateProfile", "aws:eks/addon:Addon", "aws:iam/role:Role"
FARGATE: dict[str, Any] = {
    "nodeGroups": [],
    "fargateProfiles": [
        {"name": "system", "selectors": [{"namespace": "kube-system"}, {"namespace": "kube-federation-system"}]},
        {"name": "jobs", "selectors": [{"namespace": "jobs", "labels": {"on": "fargate"}}]},
    ],
}


@pytest.fixture(scope="module")
def program() -> Engine:
    return run_program(ONE)


def with_groups(*groups: dict[str, Any]) -> Engine:
    """One cluster with a group for pods of every kind, and these."""
    return run_program({**ONE, "nodeGroups": [{"name": "any"}, *groups]})


def trust(engine: Engine, role: str) -> dict[str, Any]:
    """The one statement of a role's trust policy."""
    (statement,) = json.loads(engine[ROLE][role].inputs["assumeRolePolicy"])["Statement"]
    return statement


def test_by_default_there_is_one_group_as_it_always_was(program: Engine) -> None:
    (name,) = program[GROUP]
    assert name == f"{NAME}-nodes"
    group = program[GROUP][name].inputs
    assert "nodeGroupName" not in group, "a name of EKS's own choice lets a new group stand beside the old"
    assert (group["instanceTypes"], group["amiType"], group["capacityType"]) == (
        ["t3.medium"],
        "AL2023_x86_64_STANDARD",
        "ON_DEMAND",
    )
    assert group["scalingConfig"] == {"minSize": 1, "desiredSize": 2, "maxSize": 4}
    assert group["updateConfig"] == {"maxUnavailable": 1}
    assert not {"labels", "taints"} & group.keys()
    (disk,) = program[TEMPLATE][f"{NAME}-nodes"].inputs["blockDeviceMappings"]
    assert disk == {"deviceName": "/dev/xvda", "ebs": {"volumeSize": 20, "volumeType": "gp3", "encrypted": "true"}}


def test_a_group_s_version_is_the_control_plane_s_as_it_stands(program: Engine) -> None:
    group = program[GROUP][f"{NAME}-nodes"]
    assert group.inputs["version"] == "1.35"
    assert f"{NAME}-eksCluster" in group.depends_on


def test_groups_share_a_role_and_have_a_template_each() -> None:
    program = with_groups({"name": "arm", "instanceTypes": ["t4g.small"]})
    assert program[GROUP].keys() == {f"{NAME}-any", f"{NAME}-arm"}
    assert {group.inputs["nodeRoleArn"] for group in program[GROUP].values()} == {
        f"arn:aws:iam::123456789012:role/{NAME}-nodes"
    }
    assert {group.inputs["launchTemplate"]["id"] for group in program[GROUP].values()} == {
        f"{NAME}-any-id",
        f"{NAME}-arm-id",
    }
    for template in (f"{NAME}-any", f"{NAME}-arm"):
        options = program[TEMPLATE][template].inputs["metadataOptions"]
        assert (options["httpTokens"], options["httpPutResponseHopLimit"]) == ("required", 1)


def test_bottlerocket_s_second_disk_is_the_one_that_is_sized() -> None:
    program = with_groups({"name": "tight", "os": "bottlerocket", "diskGib": 80})
    assert program[GROUP][f"{NAME}-tight"].inputs["amiType"] == "BOTTLEROCKET_x86_64"
    assert program[TEMPLATE][f"{NAME}-tight"].inputs["blockDeviceMappings"] == [
        {"deviceName": "/dev/xvda", "ebs": {"volumeType": "gp3", "encrypted": "true"}},
        {"deviceName": "/dev/xvdb", "ebs": {"volumeSize": 80, "volumeType": "gp3", "encrypted": "true"}},
    ]


def test_spot_labels_taints_and_a_share_out_of_service_are_told() -> None:
    taints = [{"key": "batch", "effect": "NO_SCHEDULE"}, {"key": "a", "value": "b", "effect": "NO_EXECUTE"}]
    batch = {"name": "batch", "capacity": "spot", "labels": {"tier": "b"}, "taints": taints, "maxUnavailable": "33%"}
    group = with_groups(batch)[GROUP][f"{NAME}-batch"].inputs
    assert (group["capacityType"], group["labels"], group["taints"]) == ("SPOT", {"tier": "b"}, taints)
    assert group["updateConfig"] == {"maxUnavailablePercentage": 33}


@pytest.mark.parametrize(("autoscaled", "ignored"), [(False, ()), (True, ("scalingConfig.desiredSize",))])
def test_an_autoscaler_s_group_is_left_at_the_size_it_has(autoscaled: bool, ignored: tuple[str, ...]) -> None:
    program = run_program({**ONE, "nodeGroups": [{"autoscaled": autoscaled}]})
    assert program[GROUP][f"{NAME}-nodes"].ignored == ignored


def test_a_cluster_has_its_own_groups_where_it_says_so() -> None:
    clusters = [{"region": "eu-west-1"}, {"region": "eu-west-3", "nodeGroups": [{"name": "big", "desired": 4}]}]
    program = run_program({"clusters": clusters})
    assert program[GROUP].keys() == {f"{NAME}-nodes", "federated-eks-2-big"}


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
    statement = trust(program, f"{NAME}-ebs")
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
        told = configuration(AddonArgs(name=name, version="default", configuration=values))
        return json.loads(told) if told else None

    assert of("vpc-cni", {}) == {"enableNetworkPolicy": "true"}
    assert of("vpc-cni", {"env": {"A": "1"}}) == {"enableNetworkPolicy": "true", "env": {"A": "1"}}
    assert of("vpc-cni", {"enableNetworkPolicy": "false"}) == {"enableNetworkPolicy": "false"}
    assert of("coredns", {}) is None


def test_a_fleet_on_fargate_alone_has_profiles_one_after_the_other() -> None:
    program = run_program({**ONE, **FARGATE})
    assert not program[GROUP]
    first, second = (program[PROFILE][f"{NAME}-{name}"] for name in ("system", "jobs"))
    assert f"{NAME}-system" in second.depends_on
    assert f"{NAME}-fargate-AmazonEKSFargatePodExecutionRolePolicy" in first.depends_on
    assert second.inputs["selectors"] == FARGATE["fargateProfiles"][1]["selectors"]
    assert "labels" not in first.inputs["selectors"][0]
    assert set(first.inputs["subnetIds"]) == {f"{NAME}-private-{number}-id" for number in (1, 2, 3)}
    release = program["kubernetes:helm.sh/v3:Release"]["federated-eks-kubefed-release"]
    assert {f"{NAME}-system", f"{NAME}-jobs"} <= release.depends_on
    assert f"{NAME}-nodes" not in program[ROLE]


def test_fargate_takes_its_role_for_profiles_of_this_cluster_alone() -> None:
    statement = trust(run_program({**ONE, **FARGATE}), f"{NAME}-fargate")
    assert statement["Principal"] == {"Service": "eks-fargate-pods.amazonaws.com"}
    assert statement["Condition"] == {
        "ArnLike": {"aws:SourceArn": f"arn:aws:eks:xx:123456789012:fargateprofile/{NAME}/*"},
        "StringEquals": {"aws:SourceAccount": "123456789012"},
    }


def test_without_nodes_the_default_add_ons_are_those_that_work_without() -> None:
    assert fitting(DEFAULT, nodes=True) == DEFAULT
    assert {addon.name: addon.configuration for addon in fitting(DEFAULT, nodes=False)} == {
        "vpc-cni": {},
        "kube-proxy": {},
        "coredns": {"computeType": "Fargate"},
        "metrics-server": {},
    }


@pytest.mark.parametrize("name", ["a1.large", "t4g.small", "m7gd.metal", "c6gn.large", "is4gen.medium", "x2gd.large"])
def test_graviton_s_families_run_arm64(name: str) -> None:
    assert architectures([name]) == {"arm64"}
    assert (ami_type("al2023", [name]), ami_type("bottlerocket", [name])) == (
        "AL2023_ARM_64_STANDARD",
        "BOTTLEROCKET_ARM_64",
    )


@given(st.sampled_from(["t3", "t3a", "m7i", "m7i-flex", "g5", "g4dn", "g6e", "c5n", "p4d", "u-6tb1", "trn1", "inf2"]))
def test_others_run_x86_64(family: str) -> None:
    assert architectures([f"{family}.large"]) == {"x86_64"}
