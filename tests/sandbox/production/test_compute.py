"""Node groups, Fargate profiles and add-ons of a fleet that is up: as set, changed, replaced, and gone."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import pytest

from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.live import Fleet, listed

pytestmark = pytest.mark.fleet

REGION, CLUSTER = "eu-west-1", "federated-eks-1"
NODES: dict[str, Any] = {"min": 1, "desired": 1, "max": 2}
BATCH: dict[str, Any] = {
    "name": "batch",
    "instanceTypes": ["t4g.medium", "m7g.medium"],
    "capacity": "spot",
    "min": 0,
    "desired": 1,
    "max": 3,
    "autoscaled": True,
    "diskGib": 40,
    "os": "bottlerocket",
    "labels": {"tier": "batch"},
    "taints": [{"key": "batch", "value": "only", "effect": "NO_SCHEDULE"}],
    "maxUnavailable": "50%",
}
PROFILES: list[dict[str, Any]] = [
    {"name": "jobs", "selectors": [{"namespace": "jobs", "labels": {"on": "fargate"}}]},
    {"name": "more", "selectors": [{"namespace": "more"}]},
]
ADDONS: list[dict[str, Any]] = [
    {"name": "vpc-cni", "version": "v1.21.1-eksbuild.3"},
    {"name": "kube-proxy"},
    {"name": "coredns", "version": "latest"},
    {"name": "eks-pod-identity-agent"},
    {"name": "aws-ebs-csi-driver"},
]


@pytest.fixture(scope="module")
def live_fleet() -> Generator[Fleet, None, None]:
    """One region, with all that can be set of compute."""
    with fresh(state_once=True) as checkout:
        checkout.sandbox("start")
        fleet = Fleet(checkout)
        settings = {"nodeGroups": [NODES, BATCH], "fargateProfiles": PROFILES, "addons": ADDONS}
        fleet.configure(clusters=listed([REGION]), types=[], manifests=[], **settings)
        checkout.sandbox("up")
        yield fleet


def profiles(fleet: Fleet) -> dict[str, Any]:
    """The Fargate profiles by their settings' names."""
    eks = fleet.boto("eks", REGION)
    told = [
        eks.describe_fargate_profile(clusterName=CLUSTER, fargateProfileName=name)["fargateProfile"]
        for name in eks.list_fargate_profiles(clusterName=CLUSTER)["fargateProfileNames"]
    ]
    return {one["fargateProfileName"].removeprefix(f"{CLUSTER}-").rpartition("-")[0]: one for one in told}


def addons(fleet: Fleet) -> dict[str, Any]:
    """The add-ons by name."""
    eks = fleet.boto("eks", REGION)
    return {
        name: eks.describe_addon(clusterName=CLUSTER, addonName=name)["addon"]
        for name in eks.list_addons(clusterName=CLUSTER)["addons"]
    }


def disks(fleet: Fleet, group: Any) -> dict[str, Any]:
    """What the group's launch template says of its disks, by device."""
    of = {"LaunchTemplateId": group["launchTemplate"]["id"], "Versions": [group["launchTemplate"]["version"]]}
    (version,) = fleet.boto("ec2", REGION).describe_launch_template_versions(**of)["LaunchTemplateVersions"]
    data = version["LaunchTemplateData"]
    assert data["MetadataOptions"]["HttpTokens"] == "required"
    assert data["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    return {mapping["DeviceName"]: mapping["Ebs"] for mapping in data["BlockDeviceMappings"]}


def test_a_node_group_is_made_as_it_is_set(live_fleet: Fleet) -> None:
    made = live_fleet.node_groups(CLUSTER, REGION)
    assert made.keys() == {"nodes", "batch"}
    batch = made["batch"]
    assert (batch["amiType"], batch["capacityType"], batch["instanceTypes"]) == (
        "BOTTLEROCKET_ARM_64",
        "SPOT",
        ["t4g.medium", "m7g.medium"],
    )
    assert batch["scalingConfig"] == {"minSize": 0, "desiredSize": 1, "maxSize": 3}
    assert batch["updateConfig"] == {"maxUnavailablePercentage": 50}
    assert (batch["labels"], batch["taints"]) == ({"tier": "batch"}, BATCH["taints"])
    system, data = disks(live_fleet, batch)["/dev/xvda"], disks(live_fleet, batch)["/dev/xvdb"]
    assert (system["Encrypted"], system["VolumeType"]) == (True, "gp3")
    assert (data["Encrypted"], data["VolumeType"], data["VolumeSize"]) == (True, "gp3", 40)
    nodes = made["nodes"]
    assert (nodes["amiType"], nodes["capacityType"], nodes["version"]) == (
        "AL2023_x86_64_STANDARD",
        "ON_DEMAND",
        "1.37",
    )
    assert disks(live_fleet, nodes)["/dev/xvda"]["VolumeSize"] == 20


def test_its_nodes_have_its_labels_and_taints(live_fleet: Fleet) -> None:
    (node,) = json.loads(live_fleet.kubectl(CLUSTER, "get", "nodes", "-l", "tier=batch", "-o", "json").stdout)["items"]
    assert {"key": "batch", "value": "only", "effect": "NoSchedule"} in node["spec"]["taints"]
    assert node["metadata"]["labels"]["kubernetes.io/arch"] == "arm64"


def test_fargate_profiles_stand_in_private_subnets_with_a_role_for_this_cluster_alone(live_fleet: Fleet) -> None:
    made = profiles(live_fleet)
    assert {name: one["selectors"] for name, one in made.items()} == {one["name"]: one["selectors"] for one in PROFILES}
    subnets = live_fleet.boto("ec2", REGION).describe_subnets(SubnetIds=made["jobs"]["subnets"])["Subnets"]
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 3
    assert all(tag["Value"] == "1" for one in subnets for tag in one["Tags"] if "internal-elb" in tag["Key"])
    role = made["jobs"]["podExecutionRoleArn"].rpartition("/")[2]
    trust = live_fleet.boto("iam", REGION).get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    (statement,) = trust["Statement"]
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"].endswith(f":fargateprofile/{CLUSTER}/*")


def test_add_ons_have_their_versions_their_configuration_and_the_ebs_driver_its_role(live_fleet: Fleet) -> None:
    made = addons(live_fleet)
    assert made.keys() == {addon["name"] for addon in ADDONS}
    assert {addon["status"] for addon in made.values()} == {"ACTIVE"}
    assert made["vpc-cni"]["addonVersion"] == "v1.21.1-eksbuild.3"
    assert json.loads(made["vpc-cni"]["configurationValues"]) == {"enableNetworkPolicy": "true"}
    (association,) = live_fleet.boto("eks", REGION).list_pod_identity_associations(
        clusterName=CLUSTER, serviceAccount="ebs-csi-controller-sa"
    )["associations"]
    of = {"clusterName": CLUSTER, "associationId": association["associationId"]}
    arn = live_fleet.boto("eks", REGION).describe_pod_identity_association(**of)["association"]["roleArn"]
    iam = live_fleet.boto("iam", REGION)
    role = arn.rpartition("/")[2]
    (policy,) = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert policy["PolicyName"] == "AmazonEBSCSIDriverPolicyV2"
    (statement,) = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert statement["Condition"]["StringEquals"]["aws:RequestTag/eks-cluster-arn"].endswith(f":cluster/{CLUSTER}")


def test_what_eks_changes_in_place_is_changed_in_place(live_fleet: Fleet) -> None:
    before, standing = live_fleet.resources(), live_fleet.node_groups(CLUSTER, REGION)
    batch = BATCH | {
        "labels": {"tier": "night"},
        "taints": [{"key": "batch", "value": "only", "effect": "NO_EXECUTE"}],
        "maxUnavailable": 1,
        "desired": 2,
        "diskGib": 50,
    }
    changed = [
        {"name": "vpc-cni", "configuration": {"env": {"WARM_IP_TARGET": "2"}}},
        *ADDONS[1:],
        {"name": "metrics-server"},
    ]
    live_fleet.configure(nodeGroups=[NODES | {"desired": 2, "max": 3}, batch], addons=changed)
    live_fleet.pulumi("up", "--yes", "--skip-preview")
    now = live_fleet.node_groups(CLUSTER, REGION)
    assert {name: group["nodegroupArn"] for name, group in now.items()} == {
        name: group["nodegroupArn"] for name, group in standing.items()
    }
    assert now["nodes"]["scalingConfig"] == {"minSize": 1, "desiredSize": 2, "maxSize": 3}
    assert (now["batch"]["labels"], now["batch"]["taints"]) == (batch["labels"], batch["taints"])
    assert now["batch"]["updateConfig"] == {"maxUnavailable": 1}
    assert now["batch"]["scalingConfig"]["desiredSize"] == 1, "an autoscaler's matter"
    assert disks(live_fleet, now["batch"])["/dev/xvdb"]["VolumeSize"] == 50
    network = addons(live_fleet)["vpc-cni"]
    assert network["addonVersion"] == "v1.22.0-eksbuild.1"
    assert json.loads(network["configurationValues"]) == {
        "enableNetworkPolicy": "true",
        "env": {"WARM_IP_TARGET": "2"},
    }
    after = live_fleet.resources()
    assert before.items() <= after.items(), "nothing is replaced"
    assert {urn.rpartition("::")[2] for urn in after.keys() - before.keys()} == {f"{CLUSTER}-metrics-server"}
    assert live_fleet.preview() == []


def test_what_eks_cannot_change_is_made_anew_before_the_old_goes_and_the_cluster_stays(live_fleet: Fleet) -> None:
    before, standing = live_fleet.resources(), live_fleet.node_groups(CLUSTER, REGION)
    live_fleet.configure(
        nodeGroups=[NODES, {"name": "batch", "instanceTypes": ["m7g.large"], "desired": 1}],
        fargateProfiles=[PROFILES[0], {"name": "more", "selectors": [{"namespace": "more"}, {"namespace": "most"}]}],
    )
    replaced = {step.name for step in live_fleet.preview() if "replace" in step.op}
    assert replaced == {f"{CLUSTER}-batch", f"{CLUSTER}-more"}
    said = live_fleet.pulumi("up", "--yes", "--skip-preview").stdout
    for what in (f"aws:eks:NodeGroup {CLUSTER}-batch", f"aws:eks:FargateProfile {CLUSTER}-more"):
        assert 0 < said.find(f"++ {what} created") < said.find(f"-- {what} deleting"), said
    now = live_fleet.node_groups(CLUSTER, REGION)
    assert now.keys() == {"nodes", "batch"}
    assert now["batch"]["nodegroupName"] != standing["batch"]["nodegroupName"]
    assert (now["batch"]["amiType"], now["batch"]["capacityType"]) == ("AL2023_ARM_64_STANDARD", "ON_DEMAND")
    assert [one["namespace"] for one in profiles(live_fleet)["more"]["selectors"]] == ["more", "most"]
    kept = {urn: id_ for urn, id_ in before.items() if not urn.endswith((f"{CLUSTER}-batch", f"{CLUSTER}-more"))}
    assert kept.items() <= live_fleet.resources().items(), "the cluster and all else stay"


def test_nothing_is_left(live_fleet: Fleet) -> None:
    assert "Nothing is left." in live_fleet.checkout.sandbox("down").stdout
