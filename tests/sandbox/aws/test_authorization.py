"""IAM: permissions, denials, boundaries, resources, conditions, and the rights that a call depends on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.aws import gate
from tests.sandbox.aws.account import AWAY, HOME, NUMBER, Account, refused, trust, unique

pytestmark = pytest.mark.aws

FLEET = {"StringEquals": {"aws:RequestTag/fleet": "one"}}
OWN = {"StringEquals": {"aws:ResourceTag/fleet": "one"}}
TAGS = [{"Key": "fleet", "Value": "one"}]


def allow(actions: str | list[str], resource: str = "*", condition: Any = None) -> dict[str, Any]:
    """A statement."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


class Role:
    """A role with statements of its own, as somebody calls AWS with it."""

    def __init__(self, aws: Account, *statements: dict[str, Any], boundary: str | None = None) -> None:
        self.aws, self.name = aws, unique("held")
        more = {"PermissionsBoundary": boundary} if boundary else {}
        self.arn = aws.iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=trust({"AWS": NUMBER}), **more)[
            "Role"
        ]["Arn"]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        aws.iam.put_role_policy(RoleName=self.name, PolicyName="own", PolicyDocument=document)
        self.session = aws.client("sts").assume_role(RoleArn=self.arn, RoleSessionName="one")["Credentials"]

    def client(self, service: str, region: str = HOME) -> Any:
        """A client with the role's credentials."""
        keys = self.session["AccessKeyId"], self.session["SecretAccessKey"], self.session["SessionToken"]
        return self.aws.client(service, region, *keys)


def spec(kind: str) -> list[dict[str, Any]]:
    """The tags of something that is created."""
    return [{"ResourceType": kind, "Tags": TAGS}]


def test_what_no_policy_allows_is_refused_with_the_action_the_resource_and_the_caller(aws: Account) -> None:
    role = Role(aws, allow("ec2:DescribeVpcs"))
    assert role.client("ec2").describe_vpcs()["Vpcs"]
    said = rf"assumed-role/{role.name}/one is not authorized to perform: ec2:CreateVpc on resource: arn:aws:ec2:{HOME}"
    with refused("UnauthorizedOperation", said):
        role.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    with refused("AccessDenied", "no identity-based policy allows the iam:ListRoles action"):
        role.client("iam").list_roles()
    for service, method in (
        ("kms", "list_aliases"),
        ("eks", "describe_cluster_versions"),
        ("logs", "describe_log_groups"),
    ):
        with refused("AccessDeniedException", f"not authorized to perform: {service}:"):
            getattr(role.client(service), method)()


def test_a_service_whose_actions_have_another_prefix_is_judged_by_that(aws: Account) -> None:
    with refused("AccessDeniedException", "not authorized to perform: tag:GetResources"):
        Role(aws, allow("tagging:*")).client("resourcegroupstaggingapi").get_resources()
    allowed = Role(aws, allow("tag:GetResources")).client("resourcegroupstaggingapi")
    assert "ResourceTagMappingList" in allowed.get_resources()


def test_a_managed_policy_counts_like_an_inline_one(aws: Account) -> None:
    role = Role(aws, allow("ec2:DescribeVpcs"))
    document = json.dumps({"Version": "2012-10-17", "Statement": allow("iam:ListRoles")})
    policy = aws.iam.create_policy(PolicyName=unique("policy"), PolicyDocument=document)["Policy"]["Arn"]
    aws.iam.attach_role_policy(RoleName=role.name, PolicyArn=policy)
    assert role.client("iam").list_roles()


def test_a_denial_wins_over_a_permission(aws: Account) -> None:
    deny = {"Effect": "Deny", "Action": "ec2:DescribeVpcs", "Resource": "*"}
    with refused("UnauthorizedOperation", "explicit deny in an identity-based policy"):
        Role(aws, allow("ec2:*"), deny).client("ec2").describe_vpcs()


def test_a_boundary_limits_what_policies_allow(aws: Account) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": allow("ec2:*")})
    boundary = aws.iam.create_policy(PolicyName=unique("policy"), PolicyDocument=document)["Policy"]["Arn"]
    role = Role(aws, allow("*"), boundary=boundary)
    assert role.client("ec2").describe_vpcs()["Vpcs"]
    with refused("AccessDenied", "no permissions boundary allows the iam:ListRoles action"):
        role.client("iam").list_roles()


def test_a_region_can_be_a_condition(aws: Account) -> None:
    role = Role(aws, allow("ec2:DescribeVpcs", condition={"StringEquals": {"aws:RequestedRegion": HOME}}))
    assert role.client("ec2").describe_vpcs()["Vpcs"]
    with refused("UnauthorizedOperation"):
        role.client("ec2", AWAY).describe_vpcs()


def test_what_is_created_has_to_have_the_tags_and_the_right_to_tag_comes_on_top(aws: Account) -> None:
    with refused("UnauthorizedOperation", "ec2:CreateTags"):
        Role(aws, allow("ec2:CreateVpc", condition=FLEET)).client("ec2").create_vpc(
            CidrBlock="10.0.0.0/16", TagSpecifications=spec("vpc")
        )
    as_made = {"StringEquals": {"ec2:CreateAction": "CreateVpc"}}
    role = Role(aws, allow("ec2:CreateVpc", condition=FLEET), allow("ec2:CreateTags", condition=as_made))
    vpc = role.client("ec2").create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=spec("vpc"))["Vpc"]["VpcId"]
    with refused("UnauthorizedOperation", "ec2:CreateVpc"):
        role.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    with refused("UnauthorizedOperation", "ec2:CreateTags"):
        role.client("ec2").create_tags(Resources=[vpc], Tags=TAGS)


def test_a_resource_s_own_tags_decide_and_those_of_all_that_a_call_names(aws: Account) -> None:
    role = Role(aws, allow("ec2:DeleteVpc", condition=OWN), allow("ec2:CreateSubnet", "arn:aws:ec2:*:*:subnet/*"))
    other = aws.vpc()
    own = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=spec("vpc"))["Vpc"]["VpcId"]
    with refused("UnauthorizedOperation", f"vpc/{other}"):
        role.client("ec2").delete_vpc(VpcId=other)
    with refused("UnauthorizedOperation", f"ec2:CreateSubnet on resource: arn:aws:ec2:{HOME}:{NUMBER}:vpc/{own}"):
        role.client("ec2").create_subnet(VpcId=own, CidrBlock="10.0.0.0/24")
    role.client("ec2").delete_vpc(VpcId=own)


def test_a_role_is_passed_to_the_service_that_is_allowed(aws: Account) -> None:
    roles, profile = aws.role("ec2"), unique("profile")
    own = allow("iam:*InstanceProfile")
    with refused("AccessDenied", "iam:PassRole"):
        mine = Role(
            aws, own, allow("iam:PassRole", condition={"StringEquals": {"iam:PassedToService": "eks.amazonaws.com"}})
        )
        mine.client("iam").create_instance_profile(InstanceProfileName=profile)
        mine.client("iam").add_role_to_instance_profile(InstanceProfileName=profile, RoleName=roles.rpartition("/")[2])
    to_ec2 = Role(
        aws, own, allow("iam:PassRole", condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}})
    )
    to_ec2.client("iam").add_role_to_instance_profile(InstanceProfileName=profile, RoleName=roles.rpartition("/")[2])


def test_a_role_is_made_with_the_boundary_that_is_asked_for(aws: Account) -> None:
    boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    within = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    role = Role(aws, allow(["iam:CreateRole", "iam:PutRolePolicy"], "arn:aws:iam::*:role/fleet-*", within))
    ask = {"RoleName": unique("fleet-role"), "AssumeRolePolicyDocument": trust({"Service": "ec2.amazonaws.com"})}
    with refused("AccessDenied", "iam:CreateRole"):
        role.client("iam").create_role(**ask)
    role.client("iam").create_role(**ask, PermissionsBoundary=boundary)
    policy = json.dumps({"Version": "2012-10-17", "Statement": allow("ec2:DescribeVpcs")})
    role.client("iam").put_role_policy(RoleName=ask["RoleName"], PolicyName="own", PolicyDocument=policy)
    aws.iam.delete_role_permissions_boundary(RoleName=ask["RoleName"])
    with refused("AccessDenied", "iam:PutRolePolicy"):
        role.client("iam").put_role_policy(RoleName=ask["RoleName"], PolicyName="own", PolicyDocument=policy)


def test_a_policy_is_attached_by_its_arn(aws: Account) -> None:
    known = {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"}}
    role, target = (
        Role(aws, allow("iam:AttachRolePolicy", condition=known)).client("iam"),
        aws.role("eks").rpartition("/")[2],
    )
    role.attach_role_policy(RoleName=target, PolicyArn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy")
    with refused("AccessDenied"):
        role.attach_role_policy(RoleName=target, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")


def test_a_policy_is_looked_at_by_its_arn(aws: Account) -> None:
    known, other = (f"arn:aws:iam::aws:policy/{name}" for name in ("PowerUserAccess", "ReadOnlyAccess"))
    iam = Role(aws, allow("iam:GetPolicy", known)).client("iam")
    assert iam.get_policy(PolicyArn=known)
    with refused("AccessDenied", f"iam:GetPolicy on resource: {other}"):
        iam.get_policy(PolicyArn=other)


def test_a_key_is_its_maker_s_by_its_tags(aws: Account) -> None:
    tags = [{"TagKey": "fleet", "TagValue": "one"}]
    with refused("AccessDeniedException", "kms:TagResource"):
        Role(aws, allow("kms:CreateKey", condition=FLEET)).client("kms").create_key(Tags=tags)
    kms = Role(aws, allow(["kms:CreateKey", "kms:TagResource"], condition=FLEET), allow("kms:*", condition=OWN)).client(
        "kms"
    )
    own, other = (
        kms.create_key(Tags=tags)["KeyMetadata"]["KeyId"],
        aws.client("kms").create_key()["KeyMetadata"]["KeyId"],
    )
    kms.enable_key_rotation(KeyId=own)
    with refused(
        "AccessDeniedException", f"kms:EnableKeyRotation on resource: arn:aws:kms:{HOME}:{NUMBER}:key/{other}"
    ):
        kms.enable_key_rotation(KeyId=other)


def test_an_alias_is_judged_by_its_name_and_by_its_key(aws: Account) -> None:
    alias, own = unique("alias/one"), "arn:aws:kms:*:*:alias/one-*"
    tags = [{"TagKey": "fleet", "TagValue": "one"}]
    key, other = (aws.client("kms").create_key(Tags=each)["KeyMetadata"]["KeyId"] for each in (tags, []))
    kms = Role(aws, allow(["kms:*Alias"], own), allow("kms:*Alias", "arn:aws:kms:*:*:key/*", OWN)).client("kms")
    with refused("AccessDeniedException", f"kms:CreateAlias on resource: arn:aws:kms:{HOME}:{NUMBER}:key/{other}"):
        kms.create_alias(AliasName=alias, TargetKeyId=other)
    with refused("AccessDeniedException", "kms:CreateAlias on resource: .*:alias/two"):
        kms.create_alias(AliasName="alias/two", TargetKeyId=key)
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    kms.delete_alias(AliasName=alias)
    aws.client("kms").create_alias(AliasName=alias, TargetKeyId=other)
    with refused("AccessDeniedException", f"kms:DeleteAlias on resource: arn:aws:kms:{HOME}:{NUMBER}:key/{other}"):
        kms.delete_alias(AliasName=alias)


def cluster_rights(*without: str) -> Iterator[dict[str, Any]]:
    """What creating a cluster takes, but for some actions."""
    every = ["eks:CreateCluster", "eks:TagResource", "iam:PassRole", "iam:GetRole", "iam:CreateServiceLinkedRole"]
    yield allow([action for action in every if action not in without])


@pytest.mark.parametrize("action", ["eks:CreateCluster", "eks:TagResource", "iam:PassRole", "iam:GetRole"])
def test_a_cluster_takes_every_right_that_it_depends_on(aws: Account, action: str) -> None:
    ask = aws.cluster_settings(tags={"fleet": "one"})
    with refused("AccessDeniedException", f"not authorized to perform: {action} on resource: arn:aws:"):
        Role(aws, *cluster_rights(action)).client("eks").create_cluster(**ask)
    assert Role(aws, *cluster_rights()).client("eks").create_cluster(**ask)


def test_a_group_takes_the_right_to_launch_from_its_template(aws: Account) -> None:
    image: dict[str, Any] = {"InstanceType": "t3.micro", "ImageId": "ami-12c6146b"}
    template, subnet = aws.template(**image, TagSpecifications=spec("volume")), aws.subnet(aws.vpc())
    ask: dict[str, Any] = {
        "AutoScalingGroupName": unique("group"),
        "MinSize": 0,
        "MaxSize": 0,
        "VPCZoneIdentifier": subnet,
        "LaunchTemplate": {"LaunchTemplateId": template},
    }
    rights = ["autoscaling:*", "iam:CreateServiceLinkedRole"]
    with refused("AccessDenied", "ec2:RunInstances"):
        Role(aws, allow(rights)).client("autoscaling").create_auto_scaling_group(**ask)
    by_template = {"ArnLike": {"ec2:LaunchTemplate": f"arn:aws:ec2:*:{NUMBER}:launch-template/{template}"}}
    run = allow("ec2:RunInstances", condition=by_template)
    with refused("AccessDenied", "ec2:CreateTags on resource: arn:aws:ec2:[^ ]*:volume"):
        Role(aws, allow(rights), run).client("autoscaling").create_auto_scaling_group(**ask)
    as_launched = {"StringEquals": {"ec2:CreateAction": "RunInstances"}}
    role = Role(aws, allow(rights), run, allow("ec2:CreateTags", condition=as_launched))
    role.client("autoscaling").create_auto_scaling_group(**ask)


def test_a_load_balancer_is_deleted_by_its_tags(aws: Account) -> None:
    subnets = aws.subnets(aws.vpc())
    elb = aws.client("elbv2")
    own, other = (
        elb.create_load_balancer(
            Name=unique("nlb"), Type="network", Subnets=subnets, Tags=tags or [{"Key": "a", "Value": "b"}]
        )["LoadBalancers"][0]["LoadBalancerArn"]
        for tags in (TAGS, [])
    )
    mine = Role(aws, allow("elasticloadbalancing:DeleteLoadBalancer", condition=OWN)).client("elbv2")
    with refused("AccessDenied", f"elasticloadbalancing:DeleteLoadBalancer on resource: {other}"):
        mine.delete_load_balancer(LoadBalancerArn=other)
    mine.delete_load_balancer(LoadBalancerArn=own)


def test_every_call_is_recorded_with_its_principal_and_region(aws: Account) -> None:
    role = Role(aws, allow("ec2:DescribeVpcs"))
    role.client("ec2").describe_vpcs()
    with refused("AccessDeniedException"):
        role.client("eks", AWAY).list_clusters()
    mine = {call[1:] for call in gate.calls if call[0] == role.arn}
    assert mine == {("ec2:DescribeVpcs", HOME), ("eks:ListClusters", AWAY)}


def test_the_operator_may_do_everything(aws: Account) -> None:
    assert aws.iam.list_roles()
    assert aws.ec2.describe_vpcs(), "an administrator's policy is attached"
