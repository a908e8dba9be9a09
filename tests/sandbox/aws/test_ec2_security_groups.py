"""Security groups, as AWS has them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.aws.account import Account, refused

pytestmark = pytest.mark.aws


def default(aws: Account, vpc: str) -> Any:
    """A VPC's default group."""
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    return aws.ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]


def test_the_members_of_the_default_group_may_talk_to_each_other(aws: Account) -> None:
    group = default(aws, aws.vpc())
    rule = group["IpPermissions"][0]
    assert (rule["IpProtocol"], rule["UserIdGroupPairs"][0]["GroupId"]) == ("-1", group["GroupId"])


def test_the_default_groups_rules_can_be_taken_away(aws: Account) -> None:
    vpc = aws.vpc()
    group = default(aws, vpc)
    aws.ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    aws.ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
    assert not default(aws, vpc)["IpPermissions"]


def test_the_default_group_stays(aws: Account) -> None:
    with refused("CannotDelete"):
        aws.ec2.delete_security_group(GroupId=default(aws, aws.vpc())["GroupId"])


def test_a_group_that_another_one_names_stays(aws: Account) -> None:
    vpc = aws.vpc()
    one, other = aws.group(vpc), aws.group(vpc)
    pairs = [{"GroupId": other}]
    permissions = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": pairs}]
    aws.ec2.authorize_security_group_ingress(GroupId=one, IpPermissions=permissions)
    with refused("DependencyViolation"):
        aws.ec2.delete_security_group(GroupId=other)
    aws.ec2.delete_security_group(GroupId=one)
    aws.ec2.delete_security_group(GroupId=other)


def test_a_group_that_names_itself_can_go(aws: Account) -> None:
    group = aws.group(aws.vpc())
    permissions = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}]
    aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permissions)
    aws.ec2.delete_security_group(GroupId=group)


def test_a_group_of_an_interface_stays(aws: Account) -> None:
    vpc = aws.vpc()
    group, subnet = aws.group(vpc), aws.subnet(vpc)
    made = aws.ec2.create_network_interface(SubnetId=subnet, Groups=[group])["NetworkInterface"]
    with refused("DependencyViolation"):
        aws.ec2.delete_security_group(GroupId=group)
    aws.ec2.delete_network_interface(NetworkInterfaceId=made["NetworkInterfaceId"])
    aws.ec2.delete_security_group(GroupId=group)


def test_an_interface_needs_a_group_that_exists(aws: Account) -> None:
    with refused("InvalidGroup.NotFound"):
        aws.ec2.create_network_interface(SubnetId=aws.subnet(aws.vpc()), Groups=["sg-0123456789abcdef0"])


def test_a_group_needs_a_vpc_that_exists(aws: Account) -> None:
    with refused("InvalidVpcID.NotFound"):
        aws.group("vpc-0123456789abcdef0")


def test_a_rule_is_made_once(aws: Account) -> None:
    group = aws.group(aws.vpc())
    rule = {"GroupId": group, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.1.0.0/16"}
    aws.ec2.authorize_security_group_ingress(**rule)
    with refused("InvalidPermission.Duplicate"):
        aws.ec2.authorize_security_group_ingress(**rule)


def test_a_description_does_not_make_another_rule(aws: Account) -> None:
    vpc = aws.vpc()
    group, other = aws.group(vpc), aws.group(vpc)
    rule: Any = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    aws.ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[{**rule, "UserIdGroupPairs": [{"GroupId": other, "Description": "one"}]}]
    )
    again = [{**rule, "UserIdGroupPairs": [{"GroupId": other, "Description": "another"}]}]
    with refused("InvalidPermission.Duplicate"):
        aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=again)
    aws.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=again)
