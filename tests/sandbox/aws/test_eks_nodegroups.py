"""EKS node groups, as AWS has them."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from sandbox.contract import NodeSpec
from tests.sandbox.aws.account import HOME, NUMBER, Account, refused, unique, until

pytestmark = pytest.mark.aws

IMAGE = "ami-12c6146b"


class Group:
    """A cluster with a node group."""

    def __init__(self, aws: Account, cluster: str | None = None, **changed: Any) -> None:
        self.aws = aws
        self.cluster = cluster or aws.cluster()
        self.name = unique("nodes")
        subnets = aws.eks.describe_cluster(name=self.cluster)["cluster"]["resourcesVpcConfig"]["subnetIds"]
        settings: dict[str, Any] = {
            "clusterName": self.cluster,
            "nodegroupName": self.name,
            "subnets": subnets,
            "scalingConfig": {"minSize": 1, "maxSize": 4, "desiredSize": 3},
            **changed,
        }
        if "nodeRole" not in settings:
            settings["nodeRole"] = aws.role("ec2")
        self.role = settings["nodeRole"]
        self.made = aws.eks.create_nodegroup(**settings)["nodegroup"]

    @property
    def shown(self) -> Any:
        return self.aws.eks.describe_nodegroup(clusterName=self.cluster, nodegroupName=self.name)["nodegroup"]

    @property
    def nodes(self) -> list[NodeSpec]:
        """Its nodes as the control plane knows them."""
        nodes = self.aws.planes.planes[self.aws.key(self.cluster)].nodes.values()
        return [node for node in nodes if node.labels["eks.amazonaws.com/nodegroup"] == self.name]

    @property
    def instances(self) -> list[Any]:
        """Its instances that run."""
        filters = [
            {"Name": "tag:eks:nodegroup-name", "Values": [self.name]},
            {"Name": "instance-state-name", "Values": ["running"]},
        ]
        found = self.aws.ec2.describe_instances(Filters=filters)["Reservations"]
        return list(itertools.chain.from_iterable(reservation["Instances"] for reservation in found))

    def until(self, status: str) -> Group:
        until(lambda: self.shown["status"] == status)
        return self

    def delete(self) -> None:
        self.aws.eks.delete_nodegroup(clusterName=self.cluster, nodegroupName=self.name)

    def until_gone(self) -> None:
        until(lambda: self.name not in self.aws.eks.list_nodegroups(clusterName=self.cluster)["nodegroups"])


def test_a_disk_whose_size_the_template_leaves_out_is_as_large_as_the_image_s(aws: Account) -> None:
    mappings = [
        {"DeviceName": "/dev/xvda", "Ebs": {"VolumeType": "gp3", "Encrypted": True}},
        {"DeviceName": "/dev/xvdb", "Ebs": {"VolumeSize": 40, "VolumeType": "gp3", "Encrypted": True}},
    ]
    made = aws.ec2.create_launch_template(
        LaunchTemplateName=unique("disks"), LaunchTemplateData={"BlockDeviceMappings": mappings}
    )["LaunchTemplate"]
    group = Group(aws, launchTemplate={"id": made["LaunchTemplateId"]}, amiType="BOTTLEROCKET_x86_64").until("ACTIVE")
    disks = {one["DeviceName"]: one["Ebs"]["VolumeId"] for one in group.instances[0]["BlockDeviceMappings"]}
    volumes = aws.ec2.describe_volumes(VolumeIds=list(disks.values()))["Volumes"]
    assert {volume["VolumeId"]: volume["Size"] for volume in volumes} == {
        disks["/dev/xvda"]: 2,
        disks["/dev/xvdb"]: 40,
    }


@pytest.fixture(scope="module")
def cluster(aws: Account) -> str:
    """A cluster for groups that leave it as it is."""
    return aws.cluster()


def test_a_group_is_active_once_its_nodes_are_ready(aws: Account) -> None:
    cluster = aws.cluster()
    aws.planes.held = True
    group = Group(aws, cluster)
    assert group.shown["status"] == "CREATING"
    aws.planes.held = False
    group.until("ACTIVE")


def test_a_node_stands_for_an_instance_of_its_subnets_zone(aws: Account, cluster: str) -> None:
    group = Group(aws, cluster).until("ACTIVE")
    instances = {one["PrivateDnsName"]: one for one in group.instances}
    assert {node.name for node in group.nodes} == set(instances)
    for node in group.nodes:
        instance = instances[node.name]
        zone = instance["Placement"]["AvailabilityZone"]
        assert node.provider_id == f"aws:///{zone}/{instance['InstanceId']}"
        assert node.address == instance["PrivateIpAddress"]
        assert node.labels["topology.kubernetes.io/zone"] == zone
        assert node.labels["topology.kubernetes.io/region"] == HOME
        assert node.labels["node.kubernetes.io/instance-type"] == "t3.medium"
    assert {node.labels["topology.kubernetes.io/zone"] for node in group.nodes} == {f"{HOME}{zone}" for zone in "abc"}


@pytest.mark.parametrize(("kind", "size"), [("t3.medium", (2, 4096, 17)), ("m5.large", (2, 8192, 29))])
def test_a_node_is_as_large_as_its_instance(aws: Account, cluster: str, kind: str, size: tuple[int, ...]) -> None:
    node = Group(aws, cluster, instanceTypes=[kind]).until("ACTIVE").nodes[0]
    assert (node.cpus, node.memory_mib, node.pods) == size


def test_labels_and_taints_are_the_nodes(aws: Account, cluster: str) -> None:
    taints = [{"key": "only", "value": "me", "effect": "NO_SCHEDULE"}]
    group = Group(aws, cluster, labels={"team": "a"}, taints=taints).until("ACTIVE")
    assert group.nodes[0].labels["team"] == "a"
    assert group.nodes[0].taints == [{"key": "only", "value": "me", "effect": "NoSchedule"}]


def test_a_groups_defaults_are_awss(aws: Account, cluster: str) -> None:
    shown = Group(aws, cluster).shown
    assert (shown["amiType"], shown["capacityType"], shown["diskSize"]) == ("AL2023_x86_64_STANDARD", "ON_DEMAND", 20)
    assert shown["instanceTypes"] == ["t3.medium"]
    assert shown["updateConfig"] == {"maxUnavailable": 1}
    assert not {"remoteAccess", "launchTemplate", "taints"} & set(shown)


def test_a_group_has_an_auto_scaling_group_with_instances_in_the_clusters_security_group(
    aws: Account, cluster: str
) -> None:
    group = Group(aws, cluster)
    name = group.shown["resources"]["autoScalingGroups"][0]["name"]
    assert name.startswith(f"eks-{group.name}-")
    shown = aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
    assert (shown["MinSize"], shown["MaxSize"], len(shown["Instances"])) == (1, 4, 3)
    own = aws.eks.describe_cluster(name=cluster)["cluster"]["resourcesVpcConfig"]["clusterSecurityGroupId"]
    for instance in group.instances:
        assert [one["GroupId"] for one in instance["SecurityGroups"]] == [own]
        assert instance["IamInstanceProfile"]


def test_a_node_that_is_lost_is_replaced(aws: Account, cluster: str) -> None:
    group = Group(aws, cluster).until("ACTIVE")
    lost = group.instances[0]["InstanceId"]
    aws.ec2.terminate_instances(InstanceIds=[lost])
    assert lost not in "".join(node.provider_id for node in group.nodes)
    assert len(group.nodes) == 3


def test_a_node_role_may_join(aws: Account, cluster: str) -> None:
    group = Group(aws, cluster)
    entry = aws.eks.describe_access_entry(clusterName=cluster, principalArn=group.role)["accessEntry"]
    assert entry["type"] == "EC2_LINUX"
    assert entry["username"] == "system:node:{{EC2PrivateDNSName}}"


def test_a_cluster_with_a_group_stays(aws: Account) -> None:
    group = Group(aws)
    with refused("ResourceInUseException", "nodegroups attached"):
        aws.eks.delete_cluster(name=group.cluster)
    group.delete()
    group.until_gone()
    aws.eks.delete_cluster(name=group.cluster)


def test_what_a_group_had_is_gone_with_it(aws: Account) -> None:
    cluster = aws.cluster()
    before = aws.cloud.world.leftovers()
    role = aws.role("ec2")
    group = Group(aws, cluster, nodeRole=role).until("ACTIVE")
    assert len(aws.cloud.world.leftovers()) > len(before) + 1
    group.delete()
    assert group.shown["status"] == "DELETING"
    group.until_gone()
    assert not group.nodes
    assert role not in aws.eks.list_access_entries(clusterName=cluster)["accessEntries"]
    aws.iam.delete_role(RoleName=role.rsplit("/", 1)[-1])
    assert aws.cloud.world.leftovers() == before


def test_a_node_role_in_use_stays(aws: Account, cluster: str) -> None:
    group = Group(aws, cluster)
    with refused("DeleteConflict"):
        aws.iam.delete_role(RoleName=group.role.rsplit("/", 1)[-1])


def test_a_name_is_taken_once_in_a_cluster(aws: Account, cluster: str) -> None:
    group = Group(aws, cluster)
    with refused("ResourceInUseException", "already exists"):
        Group(aws, cluster, nodegroupName=group.name)


def test_a_cluster_that_is_not_active_takes_no_group(aws: Account) -> None:
    aws.planes.held = True
    made = aws.eks.create_cluster(**aws.cluster_settings())["cluster"]["name"]
    with refused("InvalidRequestException", "not in ACTIVE status"):
        Group(aws, made)
    aws.planes.held = False
    aws.until_status(made, "ACTIVE")


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "least above most": (
        {"scalingConfig": {"minSize": 3, "maxSize": 2, "desiredSize": 2}},
        "greater than maximum size",
    ),
    "fewer than least": (
        {"scalingConfig": {"minSize": 2, "maxSize": 3, "desiredSize": 1}},
        "greater than desired size",
    ),
    "more than most": ({"scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 3}}, "greater than max size"),
    "an unknown subnet": ({"subnets": ["subnet-0123456789abcdef0"]}, "does not exist"),
    "no subnets": ({"subnets": []}, "Subnets are not specified"),
    "a role that isn't there": ({"nodeRole": f"arn:aws:iam::{NUMBER}:role/nobody"}, "cannot be found"),
    "an unknown type": ({"instanceTypes": ["t9.tiny"]}, "do not exist"),
    "a type that the region doesn't have": ({"instanceTypes": ["c8ib.large"]}, "do not exist"),
    "a name of 64 characters": ({"nodegroupName": "n" * 64}, "1 to 63 letters"),
    "a name with a dot": ({"nodegroupName": "a.b"}, "1 to 63 letters"),
    "a taint's key of 64 characters": ({"taints": [{"key": "k" * 64, "effect": "NO_SCHEDULE"}]}, "taints.1.member.key"),
    "EKS's own label": ({"labels": {"eks.amazonaws.com/mine": "1"}}, "reserved prefixes"),
    "another version": ({"version": "1.36"}, "does not match"),
    "two ways of updating": ({"updateConfig": {"maxUnavailable": 1, "maxUnavailablePercentage": 10}}, "both"),
    "an unknown image type": ({"amiType": "DEBIAN"}, "DEBIAN"),
    "a taint without an effect that is one": ({"taints": [{"key": "a", "effect": "NEVER"}]}, "NEVER"),
    "an unknown template": ({"launchTemplate": {"id": "lt-0123456789abcdef0"}}, "could not be found"),
    "a template by name and id": ({"launchTemplate": {"id": "lt-0123456789abcdef0", "name": "a"}}, "not both"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_setting_is_refused(aws: Account, cluster: str, what: str) -> None:
    changes, match = BAD[what]
    before = aws.eks.list_nodegroups(clusterName=cluster)["nodegroups"]
    with refused("InvalidParameterException", match):
        Group(aws, cluster, **changes)
    assert aws.eks.list_nodegroups(clusterName=cluster)["nodegroups"] == before


def test_nodes_lie_in_the_clusters_vpc(aws: Account, cluster: str) -> None:
    with refused("InvalidParameterException", "not in the cluster's VPC"):
        Group(aws, cluster, subnets=aws.subnets(aws.vpc()))


def test_a_node_role_trusts_ec2(aws: Account, cluster: str) -> None:
    with refused("InvalidParameterException", "ec2.amazonaws.com"):
        Group(aws, cluster, nodeRole=aws.role("eks"))


def test_an_instance_type_runs_the_image(aws: Account, cluster: str) -> None:
    with refused("InvalidRequestException", "t4g.medium"):
        Group(aws, cluster, instanceTypes=["t4g.medium"])
    Group(aws, cluster, instanceTypes=["t4g.medium"], amiType="AL2023_ARM_64_STANDARD")


@pytest.mark.parametrize(
    "changes",
    [
        {"remoteAccess": {"ec2SshKey": "mine"}},
        {"warmPoolConfig": {"enabled": True}},
        {"amiType": "WINDOWS_CORE_2022_x86_64"},
    ],
)
def test_what_the_sandbox_cannot_do_is_refused_by_name(aws: Account, cluster: str, changes: dict[str, Any]) -> None:
    with refused("InvalidRequestException", f"{next(iter(changes))}.*not supported by the sandbox"):
        Group(aws, cluster, **changes)


def test_a_launch_template_says_what_the_instances_are(aws: Account, cluster: str) -> None:
    template = aws.template(
        InstanceType="t3.large",
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 33, "Encrypted": True}}],
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "node"}]}],
    )
    group = Group(aws, cluster, launchTemplate={"id": template}).until("ACTIVE")
    assert group.shown["launchTemplate"]["version"] == "1"
    assert not {"instanceTypes", "diskSize"} & set(group.shown)
    instance = group.instances[0]
    assert instance["InstanceType"] == "t3.large"
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    assert {"Key": "Name", "Value": "node"} in instance["Tags"]
    volume = instance["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    assert aws.ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Size"] == 33


def test_a_launch_templates_version_is_the_one_that_is_named(aws: Account, cluster: str) -> None:
    template = aws.template(InstanceType="t3.large")
    aws.ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"InstanceType": "t3.xlarge"})
    assert Group(aws, cluster, launchTemplate={"id": template}).instances[0]["InstanceType"] == "t3.large"
    named = Group(aws, cluster, launchTemplate={"id": template, "version": "2"})
    assert named.instances[0]["InstanceType"] == "t3.xlarge"


def test_a_launch_template_with_an_image_makes_it_custom(aws: Account, cluster: str) -> None:
    shown = Group(aws, cluster, launchTemplate={"id": aws.template(ImageId=IMAGE)}).shown
    assert (shown["amiType"], shown["releaseVersion"]) == ("CUSTOM", IMAGE)


BESIDE: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a disk": ({}, {"diskSize": 30}, "Disk size must be specified within the launch template"),
    "types in both": ({"InstanceType": "t3.large"}, {"instanceTypes": ["t3.large"]}, "not in both"),
    "a profile": ({"IamInstanceProfile": {"Name": "mine"}}, {}, "instance profile"),
    "a subnet": ({"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-0123456789abcdef0"}]}, {}, "subnets"),
    "an image and its type": ({"ImageId": IMAGE}, {"amiType": "AL2023_x86_64_STANDARD"}, "amiType"),
    "an image and a release": ({"ImageId": IMAGE}, {"releaseVersion": "1.37.2-20261105"}, "releaseVersion"),
    "a spot market": ({"InstanceMarketOptions": {"MarketType": "spot"}}, {}, "market options"),
}


@pytest.mark.parametrize("what", BESIDE)
def test_what_does_not_go_with_a_launch_template_is_refused(aws: Account, cluster: str, what: str) -> None:
    data, changes, match = BESIDE[what]
    with refused("InvalidParameterException", match):
        Group(aws, cluster, launchTemplate={"id": aws.template(**(data or {"InstanceType": "t3.large"}))}, **changes)


def test_a_group_is_resized(aws: Account, cluster: str) -> None:
    group = Group(aws, cluster).until("ACTIVE")
    first = {node.name for node in group.nodes}
    for size in (4, 1):
        update = aws.eks.update_nodegroup_config(
            clusterName=cluster, nodegroupName=group.name, scalingConfig={"desiredSize": size}
        )["update"]
        assert update["type"] == "ConfigUpdate"
        group.until("ACTIVE")
        assert len(group.nodes) == len(group.instances) == size
        shown = aws.eks.describe_update(name=cluster, nodegroupName=group.name, updateId=update["id"])["update"]
        assert shown["status"] == "Successful"
    assert {node.name for node in group.nodes} - first != first


def test_a_groups_labels_and_taints_are_changed(aws: Account, cluster: str) -> None:
    group = Group(aws, cluster, labels={"a": "1", "b": "2"}).until("ACTIVE")
    aws.eks.update_nodegroup_config(
        clusterName=cluster,
        nodegroupName=group.name,
        labels={"addOrUpdateLabels": {"c": "3"}, "removeLabels": ["a"]},
        taints={"addOrUpdateTaints": [{"key": "k", "value": "v", "effect": "NO_EXECUTE"}]},
    )
    assert group.until("ACTIVE").shown["labels"] == {"b": "2", "c": "3"}
    assert group.shown["taints"] == [{"key": "k", "value": "v", "effect": "NO_EXECUTE"}]
    assert group.nodes[0].labels["c"] == "3"


def test_a_group_is_changed_one_at_a_time(aws: Account, cluster: str) -> None:
    group = Group(aws, cluster).until("ACTIVE")
    aws.planes.held = True
    change: dict[str, Any] = {"clusterName": cluster, "nodegroupName": group.name}
    aws.eks.update_nodegroup_config(**change, scalingConfig={"desiredSize": 2})
    with refused("ResourceInUseException"):
        aws.eks.update_nodegroup_config(**change, scalingConfig={"desiredSize": 1})
    aws.planes.held = False
    group.until("ACTIVE")


def test_a_new_template_version_replaces_the_instances(aws: Account, cluster: str) -> None:
    template = aws.template(InstanceType="t3.large")
    group = Group(aws, cluster, launchTemplate={"id": template, "version": "1"}).until("ACTIVE")
    before = {one["InstanceId"] for one in group.instances}
    aws.ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"InstanceType": "t3.xlarge"})
    aws.eks.update_nodegroup_version(
        clusterName=cluster, nodegroupName=group.name, launchTemplate={"id": template, "version": "2"}
    )
    group.until("ACTIVE")
    assert {one["InstanceType"] for one in group.instances} == {"t3.xlarge"}
    assert len(group.instances) == len(group.nodes) == 3
    assert not before & {one["InstanceId"] for one in group.instances}


def test_old_nodes_stay_until_the_new_ones_are_ready(aws: Account, cluster: str) -> None:
    template = aws.template(InstanceType="t3.large")
    group = Group(aws, cluster, launchTemplate={"id": template, "version": "1"}).until("ACTIVE")
    old = {node.name for node in group.nodes}
    aws.planes.held = True
    aws.ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"InstanceType": "t3.xlarge"})
    aws.eks.update_nodegroup_version(
        clusterName=cluster, nodegroupName=group.name, launchTemplate={"id": template, "version": "2"}
    )
    assert old <= {node.name for node in group.nodes}
    assert len(group.nodes) == 6
    aws.planes.held = False
    group.until("ACTIVE")
    assert not old & {node.name for node in group.nodes}


def test_a_group_keeps_to_its_launch_template(aws: Account, cluster: str) -> None:
    template = aws.template(InstanceType="t3.large")
    change: dict[str, Any] = {"clusterName": cluster, "launchTemplate": {"id": aws.template(InstanceType="t3.large")}}
    group = Group(aws, cluster, launchTemplate={"id": template}).until("ACTIVE")
    with refused("InvalidParameterException", "created with"):
        aws.eks.update_nodegroup_version(nodegroupName=group.name, **change)
    group = Group(aws, cluster).until("ACTIVE")
    with refused("InvalidParameterException", "not created with a launch template"):
        aws.eks.update_nodegroup_version(nodegroupName=group.name, **change)


def test_an_unknown_group_is_not_found(aws: Account, cluster: str) -> None:
    with refused("ResourceNotFoundException", "No node group found for name: nothing."):
        aws.eks.describe_nodegroup(clusterName=cluster, nodegroupName="nothing")
    with refused("ResourceNotFoundException", "No cluster found"):
        aws.eks.list_nodegroups(clusterName="nothing")
