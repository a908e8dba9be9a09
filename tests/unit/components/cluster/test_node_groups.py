"""Node groups as the program registers them, and the image for their instance types."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.cluster.node_groups import ami_type, architectures
from tests.unit.engine import Engine, run_program

pytestmark = pytest.mark.unit

ONE: dict[str, Any] = {"clusters": [{"region": "eu-west-1"}]}
NAME = "federated-eks-1"
GROUP, TEMPLATE = "aws:eks/nodeGroup:NodeGroup", "aws:ec2/launchTemplate:LaunchTemplate"


@pytest.fixture(scope="module")
def program() -> Engine:
    return run_program(ONE)


def with_groups(*groups: dict[str, Any]) -> Engine:
    """One cluster with a group for pods of every kind, and these."""
    return run_program({**ONE, "nodeGroups": [{"name": "any"}, *groups]})


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


def test_burstable_nodes_never_bill_surplus_credits_and_others_have_none_to_set() -> None:
    program = with_groups(
        {"name": "burst", "instanceTypes": ["t3.large", "t3a.large"]},
        {"name": "arm", "instanceTypes": ["t4g.small"]},
        {"name": "mixed", "instanceTypes": ["t3.large", "m5.large"]},
        {"name": "steady", "instanceTypes": ["m7g.large"]},
        {"name": "trained", "instanceTypes": ["trn1.2xlarge"]},
    )
    told = {name: one.inputs.get("creditSpecification") for name, one in program[TEMPLATE].items()}
    standard = {"cpuCredits": "standard"}
    assert {name.removeprefix(f"{NAME}-"): credits for name, credits in told.items() if NAME in name} == {
        "any": standard,
        "burst": standard,
        "arm": standard,
        "mixed": None,
        "steady": None,
        "trained": None,
    }


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
