"""What the stand-in for AWS refuses, fills in, foretells and compares, before AWS is asked anything."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from sandbox.plugins.aws import policy
from sandbox.plugins.provider.values import UNKNOWN
from tests.sandbox.plugins.aws_calls import OFFLINE, Aborted, Calls, Thing

pytestmark = pytest.mark.aws

VPC, SUBNET, ROLE = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:iam/role:Role"
GROUP, RULE = "aws:ec2/securityGroup:SecurityGroup", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
PARAMETER = "aws:ssm/parameter:Parameter"
CLUSTER, TEMPLATE = "aws:eks/cluster:Cluster", "aws:ec2/launchTemplate:LaunchTemplate"


@pytest.fixture
def calls() -> Calls:
    return Calls(**OFFLINE)


def trust(*actions: str, sid: str = "") -> str:
    """A trust policy."""
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": list(actions)}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | ({"Sid": sid} if sid else {})]})


def known(thing: Thing, **outputs: Any) -> Thing:
    """A thing as the state has it after its creation."""
    thing.id, thing.outputs = "id", {**thing.inputs, "region": "eu-west-1", "tagsAll": {"fleet": "one"}, **outputs}
    return thing


def test_a_type_that_the_sdk_does_not_have_is_named(calls: Calls) -> None:
    with pytest.raises(Aborted, match="aws:ec2/vpz:Vpz"):
        calls.problems("aws:ec2/vpz:Vpz", {})


def test_a_type_that_is_not_implemented_is_named(calls: Calls) -> None:
    with pytest.raises(Aborted, match="aws:s3/bucket:Bucket"):
        calls.problems("aws:s3/bucket:Bucket", {})


def test_a_function_that_is_not_implemented_is_named(calls: Calls) -> None:
    with pytest.raises(Aborted, match="aws:ec2/getAmi:getAmi"):
        calls.invoke("aws:ec2/getAmi:getAmi")


def test_an_input_that_the_sdk_does_not_have_is_named(calls: Calls) -> None:
    assert "unknown input 'cidrBlok'" in calls.problems(VPC, {"cidrBlock": "10.0.0.0/16", "cidrBlok": "x"})["cidrBlok"]


@pytest.mark.parametrize(
    ("kind", "inputs", "path"),
    [
        (VPC, {"cidrBlock": "10.0.0.0/16", "ipv4IpamPoolId": "pool"}, "ipv4IpamPoolId"),
        ("aws:ec2/routeTable:RouteTable", {"vpcId": "vpc-1", "routes": [{"cidrBlock": "0.0.0.0/0"}]}, "routes"),
        (GROUP, {"ingress": [{"protocol": "tcp", "fromPort": 1, "toPort": 1}]}, "ingress"),
        (ROLE, {"assumeRolePolicy": trust("sts:AssumeRole"), "managedPolicyArns": []}, "managedPolicyArns"),
        (TEMPLATE, {"instanceMarketOptions": {"marketType": "spot"}}, "instanceMarketOptions"),
        (TEMPLATE, {"networkInterfaces": [{"ipv4PrefixCount": 1}]}, "networkInterfaces[0].ipv4PrefixCount"),
        (
            CLUSTER,
            {"roleArn": "r", "vpcConfig": {"subnetIds": ["s"]}, "computeConfig": {"enabled": True}},
            "computeConfig",
        ),
        (CLUSTER, {"roleArn": "r", "vpcConfig": {"subnetIds": ["s"], "vpcId": "vpc-1"}}, "vpcConfig.vpcId"),
    ],
)
def test_an_input_that_is_not_implemented_is_named(calls: Calls, kind: str, inputs: dict[str, Any], path: str) -> None:
    assert f"has not got the input {path!r} of {kind}" in calls.problems(kind, inputs)[path]


@pytest.mark.parametrize(
    ("kind", "inputs", "path", "reason"),
    [
        (VPC, {}, "cidrBlock", "needs its range"),
        (VPC, {"cidrBlock": "10.0.0.1/16"}, "cidrBlock", "host bits set; write 10.0.0.0/16"),
        (VPC, {"cidrBlock": "ten"}, "cidrBlock", "is not a range"),
        (VPC, {"cidrBlock": "10.0.0.0/16", "region": "eu-west-9"}, "region", "invalid AWS Region: eu-west-9"),
        (RULE, {"securityGroupId": "sg-1", "ipProtocol": "tcp"}, "cidrIpv4", "a rule has one of"),
        (
            RULE,
            {"securityGroupId": "sg-1", "ipProtocol": "-1", "cidrIpv4": "10.0.0.0/8", "fromPort": 1},
            "fromPort",
            "leave it out",
        ),
        (
            "aws:ec2/route:Route",
            {"routeTableId": "rtb-1", "gatewayId": "igw-1"},
            "destinationCidrBlock",
            "one destination",
        ),
        (
            "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
            {"vpcId": "vpc-1", "peerVpcId": "vpc-2", "peerRegion": "eu-west-3", "autoAccept": True},
            "autoAccept",
            "VpcPeeringConnectionAccepter",
        ),
        (
            "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
            {"vpcId": "vpc-1", "egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0}]},
            "egress",
            "only an empty list",
        ),
        ("aws:kms/alias:Alias", {"targetKeyId": "k", "name": "mine"}, "name", "write alias/mine"),
        (PARAMETER, {"name": "it", "type": "SecureString", "insecureValue": "x"}, "type", "only parameters of type"),
        (PARAMETER, {"name": "it", "type": "String"}, "insecureValue", "a parameter has a value"),
        (
            "aws:autoscaling/group:Group",
            {
                "minSize": 3,
                "maxSize": 2,
                "launchTemplate": {"id": "lt-1"},
                "vpcZoneIdentifiers": ["s"],
            },
            "maxSize",
            "must not fall",
        ),
        (
            "aws:autoscaling/group:Group",
            {
                "minSize": 1,
                "maxSize": 2,
                "launchTemplate": {"id": "lt-1"},
                "vpcZoneIdentifiers": ["s"],
                "waitForCapacityTimeout": "soon",
            },
            "waitForCapacityTimeout",
            "write one like 10m",
        ),
        (
            CLUSTER,
            {"roleArn": "r", "vpcConfig": {"subnetIds": ["s"]}, "enabledClusterLogTypes": ["aduit"]},
            "enabledClusterLogTypes",
            "none of api, audit",
        ),
    ],
)
def test_a_value_that_aws_would_refuse_is_refused_with_the_fix(
    calls: Calls, kind: str, inputs: dict[str, Any], path: str, reason: str
) -> None:
    assert reason in calls.problems(kind, inputs)[path]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"region": "eu-west-9"}, "invalid AWS Region: eu-west-9"),
        ({"region": "eu-west-1", "regoin": "x"}, "unknown input 'regoin'"),
    ],
)
def test_settings_that_are_wrong_are_named(calls: Calls, settings: dict[str, str], reason: str) -> None:
    assert any(reason in problem for problem in calls.check_config(settings))


def test_the_settings_that_the_sdk_always_sends_are_accepted(calls: Calls) -> None:
    settings = {"region": "eu-west-1", "skipCredentialsValidation": "false", "skipRegionValidation": "true"}
    assert calls.check_config(settings) == []


def test_a_provider_without_a_region_says_how_to_give_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(Aborted, match="no region; set the provider's region"):
        Calls(region="")


def test_without_an_endpoint_nothing_is_asked_of_aws_itself(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with pytest.raises(Aborted, match=r"AWS_ENDPOINT_URL isn't set; run `source \.sandbox/env`"):
        calls.invoke("aws:index/getCallerIdentity:getCallerIdentity")


def test_a_name_is_made_once_and_kept(calls: Calls) -> None:
    first = calls.checked(ROLE, "reader", {"assumeRolePolicy": trust("sts:AssumeRole")})
    assert re.fullmatch(r"reader-[0-9a-f]{7}", first.inputs["name"])
    again = calls.checked(ROLE, "reader", {"assumeRolePolicy": "{}", "description": "d"}, first.inputs)
    assert again.inputs["name"] == first.inputs["name"]


def test_a_name_that_the_program_gives_up_is_made_anew(calls: Calls) -> None:
    given = calls.checked(ROLE, "reader", {"assumeRolePolicy": "{}", "name": "mine"})
    anew = calls.checked(ROLE, "reader", {"assumeRolePolicy": "{}"}, given.inputs)
    assert re.fullmatch(r"reader-[0-9a-f]{7}", anew.inputs["name"])


def test_an_alias_gets_its_prefix_once(calls: Calls) -> None:
    first = calls.checked("aws:kms/alias:Alias", "own", {"targetKeyId": "k"})
    assert re.fullmatch(r"alias/own-[0-9a-f]{7}", first.inputs["name"])
    again = calls.checked("aws:kms/alias:Alias", "own", {"targetKeyId": "other"}, first.inputs)
    assert again.inputs["name"] == first.inputs["name"]


def test_a_preview_knows_the_inputs_the_region_and_all_tags(calls: Calls) -> None:
    foretold = calls.preview(SUBNET, "it", vpcId=UNKNOWN, cidrBlock="10.0.0.0/24", tags={"a": "b"})
    assert foretold["vpcId"] is UNKNOWN
    assert foretold["arn"] is UNKNOWN
    assert foretold["cidrBlock"] == "10.0.0.0/24"
    assert foretold["region"] == "eu-west-1"
    assert foretold["tagsAll"] == {"fleet": "one", "a": "b"}


def test_a_resource_has_its_own_region_or_else_the_providers(calls: Calls) -> None:
    inputs = {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}
    assert calls.preview(SUBNET, "it", **inputs, region="eu-west-3")["region"] == "eu-west-3"
    here = known(calls.checked(SUBNET, "it", inputs))
    assert not calls.diff(here, inputs).diffs
    assert list(calls.diff(here, {**inputs, "region": "eu-west-3"}).replaces) == ["region"]


def test_policies_that_mean_the_same_are_the_same() -> None:
    one = {"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": ["b", "a"], "Sid": ""}}
    other = {"Statement": [{"Resource": ["a", "b"], "Action": ["s3:Get*"], "Effect": "Allow"}]}
    assert policy.canonical(json.dumps(one)) == policy.canonical(json.dumps(other))
    assert policy.canonical(json.dumps(one)) != policy.canonical(json.dumps(other).replace("Get", "Put"))
    assert policy.kept(json.dumps(other), json.dumps(one)) == json.dumps(one)
    assert policy.canonical("no JSON") == "no JSON"


def test_a_policy_changes_as_a_whole_and_by_meaning(calls: Calls) -> None:
    role = known(calls.checked(ROLE, "it", {"assumeRolePolicy": trust("sts:AssumeRole", "sts:TagSession")}))
    assert not calls.diff(role, {"assumeRolePolicy": trust("sts:TagSession", "sts:AssumeRole")}).diffs
    assert list(calls.diff(role, {"assumeRolePolicy": trust("sts:AssumeRole")}).diffs) == ["assumeRolePolicy"]


def test_a_policy_may_be_an_object(calls: Calls) -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:*"}],
    }
    role = calls.checked(ROLE, "it", {"assumeRolePolicy": document})
    assert json.loads(role.inputs["assumeRolePolicy"]) == document


def test_other_default_tags_change_the_resources(calls: Calls) -> None:
    vpc = known(calls.checked(VPC, "it", {"cidrBlock": "10.0.0.0/16"}), tagsAll={"fleet": "another"})
    assert list(calls.diff(vpc, {"cidrBlock": "10.0.0.0/16"}).diffs) == ["tagsAll"]


@pytest.mark.parametrize(("name", "first"), [({}, False), ({"name": "mine"}, True)])
def test_what_has_the_programs_own_name_is_deleted_before_it_is_replaced(
    calls: Calls, name: dict[str, str], first: bool
) -> None:
    group = known(calls.checked(GROUP, "it", {"description": "before", **name}))
    diff = calls.diff(group, {"description": "after", **name})
    assert list(diff.replaces) == ["description"]
    assert diff.deleteBeforeReplace is first


@pytest.mark.parametrize(
    ("before", "after", "replaces"),
    [
        ({}, {"encryptionConfig": {"provider": {"keyArn": "k"}, "resources": ["secrets"]}}, False),
        ({"encryptionConfig": {"provider": {"keyArn": "k"}, "resources": ["secrets"]}}, {}, True),
        ({"version": "1.36"}, {"version": "1.37"}, False),
        (
            {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.100.0.0/16"}},
            {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.101.0.0/16"}},
            True,
        ),
        (
            {"accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"}},
            {"accessConfig": {"authenticationMode": "API"}},
            False,
        ),
    ],
)
def test_a_cluster_is_replaced_only_for_what_eks_cannot_change(
    calls: Calls, before: dict[str, Any], after: dict[str, Any], replaces: bool
) -> None:
    fixed: dict[str, Any] = {"name": "one", "roleArn": "r", "vpcConfig": {"subnetIds": ["a", "b"]}}
    cluster = known(calls.checked(CLUSTER, "it", {**fixed, **before}))
    diff = calls.diff(cluster, {**fixed, **after})
    assert diff.diffs
    assert bool(diff.replaces) is replaces


def test_the_order_of_subnets_means_nothing(calls: Calls) -> None:
    cluster = known(calls.checked(CLUSTER, "it", {"roleArn": "r", "vpcConfig": {"subnetIds": ["a", "b"]}}))
    assert not calls.diff(cluster, {"roleArn": "r", "vpcConfig": {"subnetIds": ["b", "a"]}}).diffs
