"""IAM and STS, as AWS has them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.aws.account import NUMBER, Account, refused, trust, unique

pytestmark = pytest.mark.aws

ALLOW: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


def policy(**changed: Any) -> str:
    """A trust policy whose one statement is changed; None takes a field away."""
    statement = {name: value for name, value in {**ALLOW, **changed}.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


MALFORMED = {
    "no JSON": "{",
    "no principal": policy(Principal=None),
    "a resource": policy(Resource="*"),
    "another service's action": policy(Action="s3:GetObject"),
    "a user that isn't there": policy(Principal={"AWS": f"arn:aws:iam::{NUMBER}:user/nobody"}),
    "a kind that isn't there": policy(Principal={"Person": "me"}),
    "a service that isn't one": policy(Principal={"Service": "ec2"}),
    "no version": json.dumps({"Statement": [ALLOW], "Version": "2020-01-01"}),
}


@pytest.mark.parametrize("document", MALFORMED.values(), ids=list(MALFORMED))
def test_a_malformed_trust_policy_is_refused(aws: Account, document: str) -> None:
    with refused("MalformedPolicyDocument"):
        aws.iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=document)
    name = unique("role")
    aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy())
    with refused("MalformedPolicyDocument"):
        aws.iam.update_assume_role_policy(RoleName=name, PolicyDocument=document)


def test_a_role_in_use_stays(aws: Account) -> None:
    role, profile = unique("role"), unique("profile")
    aws.iam.create_role(RoleName=role, AssumeRolePolicyDocument=policy())
    aws.iam.create_instance_profile(InstanceProfileName=profile)
    aws.iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=role)
    with refused("DeleteConflict"):
        aws.iam.delete_role(RoleName=role)
    with refused("DeleteConflict"):
        aws.iam.delete_instance_profile(InstanceProfileName=profile)


@pytest.mark.parametrize(
    "name",
    [
        "AmazonEKSClusterPolicy",
        "AmazonEKSWorkerNodePolicy",
        "AmazonEKS_CNI_Policy",
        "AmazonEC2ContainerRegistryReadOnly",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonSSMManagedInstanceCore",
    ],
)
def test_awss_own_policies_are_there(aws: Account, name: str) -> None:
    role = unique("role")
    aws.iam.create_role(RoleName=role, AssumeRolePolicyDocument=policy())
    aws.iam.attach_role_policy(RoleName=role, PolicyArn=f"arn:aws:iam::aws:policy/{name}")
    with refused("DeleteConflict"):
        aws.iam.delete_role(RoleName=role)


def test_the_operator_is_a_user(aws: Account) -> None:
    assert aws.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{NUMBER}:user/operator"


def test_a_role_is_taken_by_whom_it_trusts(aws: Account) -> None:
    made = aws.iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=trust({"AWS": NUMBER}))["Role"]
    taken = aws.client("sts").assume_role(RoleArn=made["Arn"], RoleSessionName="me")
    assert taken["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{NUMBER}:assumed-role/{made['RoleName']}/me"


@pytest.mark.filterwarnings("ignore:Exception.* does not match an error shape")
def test_a_role_is_not_taken_by_others(aws: Account) -> None:
    for arn in (aws.role("ec2"), f"arn:aws:iam::{NUMBER}:role/nobody"):
        with refused("AccessDenied"):
            aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="me")


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("ec2", "describe_vpcs", "AuthFailure"),
        ("iam", "list_roles", "InvalidClientTokenId"),
        ("eks", "list_clusters", "UnrecognizedClientException"),
        ("ssm", "describe_parameters", "UnrecognizedClientException"),
    ],
)
def test_an_unknown_access_key_is_turned_away(aws: Account, service: str, call: str, code: str) -> None:
    with refused(code):
        getattr(aws.client(service, key="AKIAIOSFODNN7EXAMPLE", secret="anything"), call)()


def test_an_unknown_region_is_turned_away(aws: Account) -> None:
    with refused("InvalidRegion", "eu-nowhere-1"):
        aws.client("ec2", "eu-nowhere-1").describe_vpcs()


def test_what_moto_lacks_is_refused_by_name(aws: Account) -> None:
    with refused("NotImplemented", "GetInstanceMetadataDefaults"):
        aws.ec2.get_instance_metadata_defaults()


def test_names_differ_by_more_than_their_case(aws: Account) -> None:
    name = unique("role")
    policy = trust({"Service": "ec2.amazonaws.com"})
    aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)
    with refused("EntityAlreadyExists", name.upper()):
        aws.iam.create_role(RoleName=name.upper(), AssumeRolePolicyDocument=policy)
    aws.iam.create_instance_profile(InstanceProfileName=name)
    with refused("EntityAlreadyExists", name.upper()):
        aws.iam.create_instance_profile(InstanceProfileName=name.upper())
    aws.iam.create_instance_profile(InstanceProfileName=unique("profile"))


def test_an_update_of_a_role_keeps_the_description_that_it_doesnt_name(aws: Account) -> None:
    name = unique("role")
    aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(), Description="as it was")
    aws.iam.update_role(RoleName=name, MaxSessionDuration=7200)
    assert aws.iam.get_role(RoleName=name)["Role"]["Description"] == "as it was"
    aws.iam.update_role(RoleName=name, Description="")
    role = aws.iam.get_role(RoleName=name)["Role"]
    assert (role.get("Description", ""), role["MaxSessionDuration"]) == ("", 3600)
