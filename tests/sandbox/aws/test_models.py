"""Requests that AWS's models and its documented limits refuse, from a client to the answer."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.aws.account import HOME, NUMBER, Account, refused, trust, unique

pytestmark = pytest.mark.aws

APOSTROPHE = "Session Manager, AWS and the clusters' APIs"
FINE = "a-z A-Z 0-9 ._-:/()#,@[]+=&;{}!$*"


def ingress(aws: Account, permission: dict[str, Any]) -> Any:
    """A rule of a new group."""
    group = aws.group(aws.vpc())
    given = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **permission}]
    return aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=given)


def egress(aws: Account, description: str) -> Any:
    """The bastion's kind of rule."""
    group = aws.group(aws.vpc())
    ranges = [{"CidrIp": "10.9.0.0/16", "Description": description}]
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": ranges}
    return aws.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[permission])


def pairs(aws: Account, description: str) -> Any:
    """A rule that names a group."""
    vpc = aws.vpc()
    one, other = aws.group(vpc), aws.group(vpc)
    permission = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": other, "Description": description}]}
    return aws.ec2.authorize_security_group_ingress(GroupId=one, IpPermissions=[permission])


def group(aws: Account, **changed: str) -> Any:
    """A security group."""
    settings = {"GroupName": unique("group"), "Description": "of a test", "VpcId": aws.vpc(), **changed}
    return aws.ec2.create_security_group(**settings)


def tagged(aws: Account, tags: list[dict[str, str]]) -> Any:
    """A VPC with tags."""
    return aws.ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])


def tags(count: int) -> list[dict[str, str]]:
    """So many tags."""
    return [{"Key": f"key-{number}", "Value": "value"} for number in range(count)]


def template(aws: Account, name: str = "", **data: Any) -> Any:
    """A launch template."""
    return aws.ec2.create_launch_template(LaunchTemplateName=name or unique("template"), LaunchTemplateData=data)


def role(aws: Account, name: str = "", **settings: Any) -> Any:
    """A role."""
    policy = trust({"Service": "ec2.amazonaws.com"})
    return aws.iam.create_role(RoleName=name or unique("role"), AssumeRolePolicyDocument=policy, **settings)


def document(aws: Account, name: str) -> Any:
    """A document for sessions."""
    content = '{"schemaVersion": "1.0", "description": "x", "sessionType": "Standard_Stream"}'
    return aws.client("ssm").create_document(Name=name, Content=content, DocumentType="Session")


def asg(aws: Account, name: str, **settings: Any) -> Any:
    """An Auto Scaling group."""
    given = {"LaunchTemplate": {"LaunchTemplateId": aws.template(InstanceType="t3.micro")}, **settings}
    return aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name, MinSize=0, MaxSize=0, AvailabilityZones=[f"{HOME}a"], **given
    )


def user_data(size: int) -> str:
    """So many bytes, encoded."""
    return base64.b64encode(b"x" * size).decode()


REFUSED: dict[str, tuple[Callable[[Account], Any], str, str]] = {
    "an apostrophe in the description of an egress rule": (
        lambda aws: egress(aws, APOSTROPHE),
        "InvalidParameterValue",
        "Invalid rule description. Valid descriptions are strings less than 256 characters",
    ),
    "a rule's description of 256 characters": (
        lambda aws: egress(aws, "d" * 256),
        "InvalidParameterValue",
        "Invalid rule description",
    ),
    "an umlaut in the description of a range": (
        lambda aws: ingress(aws, {"IpRanges": [{"CidrIp": "10.9.0.0/16", "Description": "für"}]}),
        "InvalidParameterValue",
        "Invalid rule description",
    ),
    "an apostrophe in the description of a pair": (
        lambda aws: pairs(aws, APOSTROPHE),
        "InvalidParameterValue",
        "Invalid rule description",
    ),
    "an apostrophe in a group's description": (
        lambda aws: group(aws, Description=APOSTROPHE),
        "InvalidParameterValue",
        "Invalid security group description",
    ),
    "a group's name with sg-": (lambda aws: group(aws, GroupName="sg-mine"), "InvalidParameterValue", "sg-mine.*sg-"),
    "a group's name of 256 characters": (
        lambda aws: group(aws, GroupName="g" * 256),
        "InvalidParameterValue",
        "GroupName",
    ),
    "a reserved tag of EC2": (
        lambda aws: tagged(aws, [{"Key": "AWS:mine", "Value": "x"}]),
        "InvalidParameterValue",
        "reserved for internal use",
    ),
    "51 tags at creation": (lambda aws: tagged(aws, tags(51)), "TagLimitExceeded", "maximum number of Tags"),
    "a tag twice": (lambda aws: tagged(aws, tags(1) * 2), "InvalidParameterValue", "Duplicate tag keys"),
    "a tag key of 129 characters": (
        lambda aws: tagged(aws, [{"Key": "k" * 129, "Value": "x"}]),
        "InvalidParameterValue",
        "length of 128",
    ),
    "a tag value of 257 characters": (
        lambda aws: tagged(aws, [{"Key": "k", "Value": "v" * 257}]),
        "InvalidParameterValue",
        "length of 256",
    ),
    "a launch template's name of two characters": (
        lambda aws: template(aws, "ab"),
        "InvalidLaunchTemplateName.MalformedException",
        "between 3 and 128",
    ),
    "a launch template's name with a space": (
        lambda aws: template(aws, "a b c"),
        "InvalidLaunchTemplateName.MalformedException",
        "between 3 and 128",
    ),
    "17 KiB of user data": (
        lambda aws: template(aws, UserData=user_data(16385)),
        "InvalidUserData.Malformed",
        "16384",
    ),
    "a hop limit of 65": (
        lambda aws: template(aws, MetadataOptions={"HttpPutResponseHopLimit": 65}),
        "InvalidParameterValue",
        "HopLimit",
    ),
    "an unknown value of an enum": (
        lambda aws: template(aws, MetadataOptions={"HttpTokens": "perhaps"}),
        "InvalidParameterValue",
        "httpTokens",
    ),
    "an instance type that AWS doesn't have": (
        lambda aws: template(aws, InstanceType="t9.enormous"),
        "InvalidParameterValue",
        "Invalid value 't9.enormous' for InstanceType",
    ),
    "a role's name of 65 characters": (
        lambda aws: role(aws, "r" * 65),
        "ValidationError",
        "'roleName' failed to satisfy constraint: Member must have length less than or equal to 64",
    ),
    "a role's name with a slash": (lambda aws: role(aws, "a/b"), "ValidationError", "roleName.*regular expression"),
    "a role's path without slashes": (lambda aws: role(aws, Path="fleet"), "ValidationError", "path"),
    "a session of 100 hours": (
        lambda aws: role(aws, MaxSessionDuration=360000),
        "ValidationError",
        "maxSessionDuration.*less than or equal to 43200",
    ),
    "an apostrophe in a tag of IAM": (
        lambda aws: role(aws, Tags=[{"Key": "owner", "Value": "the fleet's"}]),
        "ValidationError",
        "tags.1.member.value",
    ),
    "a tag of IAM twice in another case": (
        lambda aws: role(aws, Tags=[{"Key": "Owner", "Value": "a"}, {"Key": "owner", "Value": "b"}]),
        "InvalidInput",
        "case insensitive",
    ),
    "a reserved tag of IAM": (lambda aws: role(aws, Tags=[{"Key": "aws:a", "Value": "b"}]), "InvalidInput", "aws:a"),
    "a document's name of Amazon's": (
        lambda aws: document(aws, "amazon-fleet-bastion"),
        "ValidationException",
        "amazon-fleet-bastion.*must not begin with",
    ),
    "a document's name of AWS's, in capitals": (lambda aws: document(aws, "AWSEC2-x"), "ValidationException", "AWSEC2"),
    "a document's name with a space": (lambda aws: document(aws, "a b"), "ValidationException", "regular expression"),
    "a log group's name with a colon": (
        lambda aws: aws.client("logs").create_log_group(logGroupName="a:b"),
        "InvalidParameterException",
        "logGroupName",
    ),
    "an apostrophe in a tag of a log group": (
        lambda aws: aws.client("logs").create_log_group(logGroupName=unique("group"), tags={"owner": "fleet's"}),
        "InvalidParameterException",
        "tags.owner",
    ),
    "a key's alias with a dot": (
        lambda aws: aws.client("kms").create_alias(AliasName="alias/a.b", TargetKeyId="key"),
        "ValidationException",
        "aliasName",
    ),
    "a reserved tag of KMS": (
        lambda aws: aws.client("kms").create_key(Tags=[{"TagKey": "aws:a", "TagValue": "b"}]),
        "TagException",
        "aws:a",
    ),
    "a window of 400 days": (
        lambda aws: aws.client("kms").schedule_key_deletion(KeyId="key", PendingWindowInDays=400),
        "ValidationException",
        "pendingWindowInDays.*less than or equal to 365",
    ),
    "a group of Auto Scaling with a colon": (lambda aws: asg(aws, "a:b"), "ValidationError", "autoScalingGroupName"),
    "a group of Auto Scaling with 256 characters": (lambda aws: asg(aws, "g" * 256), "ValidationError", "255"),
    "a reserved tag of Auto Scaling": (
        lambda aws: asg(aws, unique("asg"), Tags=[{"Key": "aws:a", "Value": "b"}]),
        "ValidationError",
        "aws:a",
    ),
    "a session's name with a space": (
        lambda aws: aws.client("sts").assume_role(RoleArn=f"arn:aws:iam::{NUMBER}:role/a", RoleSessionName="a b"),
        "ValidationError",
        "roleSessionName",
    ),
    "a quota's code with a dot": (
        lambda aws: aws.client("service-quotas").get_service_quota(ServiceCode="vpc", QuotaCode="L.1"),
        "ValidationException",
        "quotaCode",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_aws_refuses_is_refused(aws: Account, what: str) -> None:
    call, code, match = REFUSED[what]
    with refused(code, f"(?s){match}"):
        call(aws)


ACCEPTED: dict[str, Callable[[Account], Any]] = {
    "all allowed characters in a rule": lambda aws: egress(aws, FINE),
    "a description of 255 characters": lambda aws: group(aws, Description="d" * 255),
    "50 tags": lambda aws: tagged(aws, tags(50)),
    "any character in a tag of EC2": lambda aws: tagged(aws, [{"Key": "owner's", "Value": "a, b; (c)"}]),
    "letters of any script in a tag of IAM": lambda aws: role(aws, Tags=[{"Key": "besitzer", "Value": "größe 名前"}]),
    "an empty tag value": lambda aws: role(aws, Tags=[{"Key": "empty", "Value": ""}]),
    "16 KiB of user data": lambda aws: template(aws, UserData=user_data(16384)),
    "the longest role's name": lambda aws: role(aws, "r" * 64),
}


@pytest.mark.parametrize("what", ACCEPTED)
def test_what_aws_accepts_is_accepted(aws: Account, what: str) -> None:
    ACCEPTED[what](aws)
