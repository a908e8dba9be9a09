"""Inputs that a program leaves out: those that are Optional and Computed officially stay as AWS has them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sandbox.plugins.aws.provider import RESOURCES
from tests.sandbox.plugins import aws_cloud
from tests.sandbox.plugins.aws_calls import OFFLINE, Calls, Thing
from tests.sandbox.plugins.test_aws_provider import cluster_inputs, trust

pytestmark = pytest.mark.aws

ASG, FLOWS = "aws:autoscaling/group:Group", "aws:ec2/flowLog:FlowLog"
CLOSED = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
GIVEN: dict[str, dict[str, Any]] = {
    ASG: {
        "minSize": 0,
        "maxSize": 9,
        "defaultCooldown": 60,
        "desiredCapacity": 1,
        "healthCheckType": "EC2",
        "launchTemplate": {"id": "lt-1", "name": "t", "version": "1"},
        "serviceLinkedRoleArn": "r",
        "vpcZoneIdentifiers": ["subnet-1"],
        "name": "g",
    },
    "aws:cloudwatch/logGroup:LogGroup": {"name": "g", "logGroupClass": "STANDARD", "deletionProtectionEnabled": True},
    CLOSED: {"vpcId": "vpc-1", "ingress": [], "egress": []},
    "aws:ec2/eip:Eip": {"domain": "vpc"},
    FLOWS: {"vpcId": "vpc-1", "trafficType": "ALL", "logDestination": "a", "logFormat": "f"},
    "aws:ec2/internetGateway:InternetGateway": {"vpcId": "vpc-1"},
    "aws:ec2/launchTemplate:LaunchTemplate": {
        "name": "t-1",
        "defaultVersion": 1,
        "blockDeviceMappings": [
            {
                "deviceName": "/dev/xvda",
                "ebs": {"iops": 3000, "throughput": 125, "volumeSize": 8, "volumeType": "gp3"},
            }
        ],
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpProtocolIpv6": "disabled",
            "httpPutResponseHopLimit": 1,
            "httpTokens": "required",
            "instanceMetadataTags": "disabled",
        },
    },
    "aws:ec2/natGateway:NatGateway": {"allocationId": "a", "subnetId": "s", "privateIp": "10.0.0.4"},
    "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions": {
        "vpcPeeringConnectionId": "pcx-1",
        "accepter": {"allowRemoteVpcDnsResolution": True},
        "requester": {"allowRemoteVpcDnsResolution": True},
    },
    "aws:ec2/route:Route": {
        "routeTableId": "rtb-1",
        "destinationCidrBlock": "10.0.0.0/8",
        "networkInterfaceId": "eni-1",
    },
    "aws:ec2/securityGroup:SecurityGroup": {"name": "g", "vpcId": "vpc-1"},
    "aws:ec2/subnet:Subnet": {
        "vpcId": "vpc-1",
        "cidrBlock": "10.0.0.0/24",
        "availabilityZone": "eu-west-1a",
        "privateDnsHostnameTypeOnLaunch": "ip-name",
    },
    "aws:ec2/vpc:Vpc": {
        "cidrBlock": "10.0.0.0/16",
        "enableDnsHostnames": True,
        "enableNetworkAddressUsageMetrics": True,
    },
    "aws:ec2/vpcEndpoint:VpcEndpoint": {
        "vpcId": "vpc-1",
        "vpcEndpointType": "Interface",
        "serviceName": "com.amazonaws.eu-west-1.sts",
        "policy": "{}",
        "privateDnsEnabled": True,
        "securityGroupIds": ["sg-1"],
        "subnetIds": ["subnet-1"],
    },
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": {
        "vpcId": "vpc-1",
        "peerVpcId": "vpc-2",
        "peerOwnerId": "123456789012",
        "peerRegion": "eu-west-3",
    },
    "aws:eks/accessEntry:AccessEntry": {
        "clusterName": "c",
        "principalArn": "p",
        "kubernetesGroups": ["admins"],
        "userName": "u",
    },
    "aws:eks/addon:Addon": {
        "clusterName": "c",
        "addonName": "a",
        "addonVersion": "v1.0.0",
        "configurationValues": '{"a": 1}',
    },
    "aws:eks/cluster:Cluster": {
        "name": "c",
        "roleArn": "r",
        "version": "1.37",
        "deletionProtection": True,
        "accessConfig": {"authenticationMode": "API"},
        "kubernetesNetworkConfig": {"ipFamily": "ipv4", "serviceIpv4Cidr": "10.100.0.0/16"},
        "upgradePolicy": {"supportType": "STANDARD"},
        "vpcConfig": {"subnetIds": ["subnet-1"], "publicAccessCidrs": ["203.0.113.0/24"]},
    },
    "aws:eks/nodeGroup:NodeGroup": {
        "clusterName": "c",
        "nodeGroupName": "n",
        "nodeRoleArn": "r",
        "subnetIds": ["subnet-1"],
        "scalingConfig": {"desiredSize": 1, "minSize": 1, "maxSize": 1},
        "amiType": "AL2023_x86_64_STANDARD",
        "capacityType": "ON_DEMAND",
        "diskSize": 20,
        "instanceTypes": ["t3.medium"],
        "launchTemplate": {"id": "lt-1", "name": "t", "version": "1"},
        "nodeRepairConfig": {"enabled": True},
        "releaseVersion": "1.37.0-20260101",
        "updateConfig": {"maxUnavailable": 1},
        "version": "1.37",
    },
    "aws:iam/instanceProfile:InstanceProfile": {"name": "p"},
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
        "url": "https://o",
        "clientIdLists": ["c"],
        "thumbprintLists": ["t"],
    },
    "aws:iam/role:Role": {"name": "r", "assumeRolePolicy": "{}"},
    "aws:iam/rolePolicy:RolePolicy": {"name": "p", "role": "r", "policy": "{}"},
    "aws:kms/alias:Alias": {"name": "alias/a", "targetKeyId": "k"},
    "aws:kms/key:Key": {
        "description": "d",
        "enableKeyRotation": True,
        "multiRegion": True,
        "policy": "{}",
        "rotationPeriodInDays": 90,
    },
    "aws:route53/healthCheck:HealthCheck": {
        "type": "HTTPS",
        "fqdn": "a.example.org",
        "enableSni": True,
        "failureThreshold": 5,
    },
    "aws:route53/record:Record": {
        "zoneId": "Z1",
        "name": "a",
        "type": "A",
        "ttl": 60,
        "records": ["192.0.2.1"],
        "allowOverwrite": True,
    },
    "aws:route53/zoneAssociation:ZoneAssociation": {"zoneId": "Z1", "vpcId": "vpc-1", "vpcRegion": "eu-west-3"},
}
"""Inputs of each type that has any which stay, all of them given."""

KEPT: dict[str, set[str]] = {
    ASG: {
        "defaultCooldown",
        "desiredCapacity",
        "healthCheckType",
        "launchTemplate.id",
        "launchTemplate.name",
        "launchTemplate.version",
        "serviceLinkedRoleArn",
    },
    "aws:cloudwatch/logGroup:LogGroup": {"logGroupClass", "deletionProtectionEnabled"},
    CLOSED: {"vpcId", "ingress", "egress"},
    "aws:ec2/eip:Eip": {"domain"},
    FLOWS: {"logFormat"},
    "aws:ec2/internetGateway:InternetGateway": {"vpcId"},
    "aws:ec2/launchTemplate:LaunchTemplate": {
        "defaultVersion",
        "metadataOptions",
        *(
            f"metadataOptions.{name}"
            for name in (
                "httpEndpoint",
                "httpProtocolIpv6",
                "httpPutResponseHopLimit",
                "httpTokens",
                "instanceMetadataTags",
            )
        ),
        *(f"blockDeviceMappings.ebs.{name}" for name in ("iops", "throughput", "volumeSize", "volumeType")),
    },
    "aws:ec2/natGateway:NatGateway": {"privateIp"},
    "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions": {"accepter", "requester"},
    "aws:ec2/securityGroup:SecurityGroup": {"vpcId"},
    "aws:ec2/subnet:Subnet": {"availabilityZone", "privateDnsHostnameTypeOnLaunch"},
    "aws:ec2/vpc:Vpc": {"enableDnsHostnames", "enableNetworkAddressUsageMetrics"},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"policy", "privateDnsEnabled", "securityGroupIds", "subnetIds"},
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": {"peerOwnerId", "peerRegion"},
    "aws:eks/accessEntry:AccessEntry": {"kubernetesGroups", "userName"},
    "aws:eks/addon:Addon": {"addonVersion", "configurationValues"},
    "aws:eks/cluster:Cluster": {
        "accessConfig",
        "accessConfig.authenticationMode",
        "deletionProtection",
        "kubernetesNetworkConfig",
        "kubernetesNetworkConfig.ipFamily",
        "kubernetesNetworkConfig.serviceIpv4Cidr",
        "upgradePolicy",
        "upgradePolicy.supportType",
        "version",
        "vpcConfig.publicAccessCidrs",
    },
    "aws:eks/nodeGroup:NodeGroup": {
        "amiType",
        "capacityType",
        "diskSize",
        "instanceTypes",
        "launchTemplate.id",
        "launchTemplate.name",
        "nodeRepairConfig",
        "releaseVersion",
        "updateConfig",
        "version",
    },
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {"thumbprintLists"},
    "aws:kms/key:Key": {"description", "multiRegion", "policy", "rotationPeriodInDays"},
    "aws:route53/healthCheck:HealthCheck": {"enableSni", "failureThreshold"},
    "aws:route53/record:Record": {"allowOverwrite"},
    "aws:route53/zoneAssociation:ZoneAssociation": {"vpcRegion"},
}
"""What of them can be left out, and is Optional and Computed in terraform-provider-aws (internal/service)."""

CLEARED = [
    (ASG, "capacityRebalance", True),
    (ASG, "defaultInstanceWarmup", 60),
    (ASG, "instanceMaintenancePolicy", {"minHealthyPercentage": 90, "maxHealthyPercentage": 120}),
    (ASG, "maxInstanceLifetime", 86400),
    (ASG, "terminationPolicies", ["OldestInstance"]),
    ("aws:cloudwatch/logGroup:LogGroup", "kmsKeyId", "k"),
    ("aws:ec2/launchTemplate:LaunchTemplate", "description", "d"),
    ("aws:ec2/launchTemplate:LaunchTemplate", "instanceType", "t3.micro"),
    ("aws:ec2/launchTemplate:LaunchTemplate", "userData", "eA=="),
    ("aws:eks/addon:Addon", "podIdentityAssociations", [{"roleArn": "r", "serviceAccount": "s"}]),
    ("aws:eks/addon:Addon", "serviceAccountRoleArn", "r"),
    ("aws:eks/cluster:Cluster", "enabledClusterLogTypes", ["audit"]),
    ("aws:eks/cluster:Cluster", "vpcConfig.securityGroupIds", ["sg-1"]),
    ("aws:eks/nodeGroup:NodeGroup", "labels", {"a": "b"}),
    ("aws:eks/nodeGroup:NodeGroup", "taints", [{"key": "k", "effect": "NO_SCHEDULE"}]),
    ("aws:iam/instanceProfile:InstanceProfile", "role", "r"),
    ("aws:iam/role:Role", "description", "d"),
    ("aws:iam/role:Role", "permissionsBoundary", "p"),
]
"""Inputs that are Optional and not Computed: what is left out is taken away."""


@pytest.fixture
def calls() -> Calls:
    return Calls(**OFFLINE)


def standing(calls: Calls, kind: str, inputs: dict[str, Any]) -> Thing:
    """A resource whose state has all that its inputs say."""
    thing = calls.checked(kind, "it", inputs)
    thing.id, thing.outputs = "id", {**copy.deepcopy(thing.inputs), "region": "eu-west-1", "tagsAll": {"fleet": "one"}}
    return thing


def split(path: str, inputs: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """What holds a path's last name, inside some inputs, and that name."""
    *outer, last = path.split(".")
    holder: Any = inputs
    for name in outer:
        holder = holder[name]
        holder = holder[0] if isinstance(holder, list) else holder
    return holder, last


def without(path: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs without one of them."""
    less = copy.deepcopy(inputs)
    holder, last = split(path, less)
    del holder[last]
    return less


CASES = [(kind, path) for kind, paths in KEPT.items() for path in sorted(paths)]


@pytest.mark.parametrize("kind", GIVEN)
def test_each_type_says_which_of_its_inputs_stay(kind: str) -> None:
    """Beside them, those that cannot be left out, because the stand-in makes or needs them."""
    always = {"name", "nodeGroupName", "availabilityZoneId", "routeTableIds"}
    always |= (
        {"launchTemplate", "vpcZoneIdentifiers"} if kind == ASG else {"logDestination"} if kind == FLOWS else set()
    )
    always |= {"cidrBlock"} if kind == "aws:ec2/vpc:Vpc" else set()
    always |= {"networkInterfaceId"} if kind == "aws:ec2/route:Route" else set()
    assert {*RESOURCES[kind].computed} - always == KEPT.get(kind, set())


def test_no_other_type_has_any() -> None:
    assert {kind for kind, handler in RESOURCES.items() if handler.computed} == KEPT.keys() | {"aws:ec2/route:Route"}


@pytest.mark.parametrize(("kind", "path"), CASES)
def test_an_input_that_is_left_out_stays(calls: Calls, kind: str, path: str) -> None:
    thing = standing(calls, kind, GIVEN[kind])
    assert list(calls.diff(thing, without(path, GIVEN[kind])).detailedDiff) == []


@pytest.mark.parametrize(("kind", "path"), CASES)
def test_what_stays_may_be_said_again_in_so_many_words(calls: Calls, kind: str, path: str) -> None:
    thing = standing(calls, kind, GIVEN[kind])
    thing.inputs = calls.checked(kind, "it", without(path, GIVEN[kind]), thing.inputs).inputs
    assert list(calls.diff(thing, GIVEN[kind]).detailedDiff) == []
    other = copy.deepcopy(GIVEN[kind])
    holder, last = split(path, other)
    if holder[last]:
        holder[last] = another(holder[last])
        assert calls.diff(thing, other).diffs


def another(value: Any) -> Any:
    """A value of the same type."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return '{"b": 2}' if value.startswith("{") else value + "x"
        case list():
            return [f"{value[0]}x"]
        case _:
            return {key: another(held) for key, held in value.items()}


@pytest.mark.parametrize(("kind", "path", "value"), CLEARED)
def test_an_input_that_is_not_computed_is_taken_away(calls: Calls, kind: str, path: str, value: Any) -> None:
    given = copy.deepcopy(GIVEN[kind])
    holder, last = split(path, given)
    holder[last] = value
    thing = standing(calls, kind, given)
    assert list(calls.diff(thing, GIVEN[kind]).detailedDiff) == [path]


def test_a_block_that_is_not_computed_goes_with_what_is_computed_in_it(calls: Calls) -> None:
    kind = "aws:ec2/launchTemplate:LaunchTemplate"
    thing = standing(calls, kind, GIVEN[kind])
    diff = calls.diff(thing, without("blockDeviceMappings", GIVEN[kind]))
    assert list(diff.detailedDiff) == ["blockDeviceMappings"]


def test_groups_that_are_left_out_stay_in_eks_whatever_else_changes(aws: aws_cloud.Aws) -> None:
    cluster, role = a_cluster(aws, "kept-groups")
    entry = {"clusterName": cluster, "principalArn": role}
    live = Calls()
    thing = live.create("aws:eks/accessEntry:AccessEntry", "e", **entry, kubernetesGroups=["admins"], userName="u")
    assert not live.diff(thing, {**entry, "userName": "u"}).diffs
    live.update(thing, {**entry, "userName": "other"})
    told = aws.client("eks").describe_access_entry(**entry)["accessEntry"]
    assert (told["kubernetesGroups"], told["username"]) == (["admins"], "other")
    assert thing.outputs["kubernetesGroups"] == ["admins"]
    live.update(thing, {**entry, "kubernetesGroups": []})
    assert aws.client("eks").describe_access_entry(**entry)["accessEntry"]["kubernetesGroups"] == []


def test_a_configuration_that_is_left_out_stays_in_eks_until_it_is_empty(aws: aws_cloud.Aws) -> None:
    cluster, _ = a_cluster(aws, "kept-addon")
    addon = {"clusterName": cluster, "addonName": "vpc-cni"}
    live = Calls()
    thing = live.create("aws:eks/addon:Addon", "a", **addon, configurationValues='{"env": {"A": "1"}}')
    assert not live.diff(thing, addon).diffs
    live.update(thing, {**addon, "tags": {"a": "b"}})
    assert aws.client("eks").describe_addon(**addon)["addon"]["configurationValues"] == '{"env": {"A": "1"}}'
    live.update(thing, {**addon, "configurationValues": "{}"})
    assert aws.client("eks").describe_addon(**addon)["addon"]["configurationValues"] == "{}"


def test_ranges_that_are_left_out_stay_on_the_endpoint(aws: aws_cloud.Aws) -> None:
    live = Calls()
    ranges = {"publicAccessCidrs": ["203.0.113.0/24"], "endpointPrivateAccess": True}
    inputs = cluster_inputs(live, "kept-ranges")
    vpc = inputs["vpcConfig"]
    thing = live.create("aws:eks/cluster:Cluster", "c", **{**inputs, "vpcConfig": {**vpc, **ranges}})
    less = {**inputs, "vpcConfig": {**vpc, "endpointPrivateAccess": True}}
    assert not live.diff(thing, less).diffs
    live.update(thing, {**less, "vpcConfig": {**less["vpcConfig"], "endpointPrivateAccess": False}})
    told = aws.client("eks").describe_cluster(name="kept-ranges")["cluster"]["resourcesVpcConfig"]
    assert (told["publicAccessCidrs"], told["endpointPrivateAccess"]) == (["203.0.113.0/24"], False)


def test_options_that_are_left_out_stay_in_the_next_version_of_a_template(aws: aws_cloud.Aws) -> None:
    live = Calls()
    kind = "aws:ec2/launchTemplate:LaunchTemplate"
    options = {"httpTokens": "required", "httpPutResponseHopLimit": 1}
    template = live.create(kind, "t", instanceType="t3.micro", metadataOptions=options)
    live.update(template, {"instanceType": "t3.small"})
    versions = aws.client("ec2").describe_launch_template_versions(LaunchTemplateId=template.id, Versions=["2"])
    data = versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    assert data["InstanceType"] == "t3.small"
    assert data["MetadataOptions"]["HttpTokens"] == "required"


def test_a_gateway_stays_where_it_is_attached(aws: aws_cloud.Aws) -> None:
    live = Calls()
    vpc = live.create("aws:ec2/vpc:Vpc", "v", cidrBlock="10.0.0.0/16", enableDnsHostnames=True)
    gateway = live.create("aws:ec2/internetGateway:InternetGateway", "g", vpcId=vpc.id)
    live.update(gateway, {"tags": {"a": "b"}})
    (told,) = aws.client("ec2").describe_internet_gateways(InternetGatewayIds=[gateway.id])["InternetGateways"]
    assert [one["VpcId"] for one in told["Attachments"]] == [vpc.id]
    live.update(vpc, {"cidrBlock": "10.0.0.0/16", "tags": {"a": "b"}})
    assert vpc.outputs["enableDnsHostnames"] is True


def a_cluster(aws: aws_cloud.Aws, name: str) -> tuple[str, str]:
    """A cluster's name, and a role that is no node's."""
    live = Calls()
    live.create("aws:eks/cluster:Cluster", "c", **cluster_inputs(live, name))
    role = live.create("aws:iam/role:Role", f"{name}-viewer", assumeRolePolicy=trust("ec2.amazonaws.com"))
    return name, role.outputs["arn"]
