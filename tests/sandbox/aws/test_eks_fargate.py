"""EKS Fargate profiles, as AWS has them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.aws.account import Account, refused, unique, until

pytestmark = pytest.mark.aws

ROLE = "eks-fargate-pods"


class Profile:
    """A Fargate profile on a cluster."""

    def __init__(self, aws: Account, cluster: str, **changed: Any) -> None:
        self.aws = aws
        subnets = aws.eks.describe_cluster(name=cluster)["cluster"]["resourcesVpcConfig"]["subnetIds"]
        self.of = {"clusterName": cluster, "fargateProfileName": changed.pop("fargateProfileName", unique("pods"))}
        settings: dict[str, Any] = {"selectors": [{"namespace": "jobs"}], "subnets": subnets, **changed}
        if "podExecutionRoleArn" not in settings:
            settings["podExecutionRoleArn"] = aws.role(ROLE)
        self.made = aws.eks.create_fargate_profile(**self.of, **settings)["fargateProfile"]

    @property
    def status(self) -> str:
        return self.aws.eks.describe_fargate_profile(**self.of)["fargateProfile"]["status"]

    def active(self) -> Profile:
        until(lambda: self.status == "ACTIVE")
        return self

    def gone(self) -> None:
        self.aws.eks.delete_fargate_profile(**self.of)
        name = self.of["fargateProfileName"]
        cluster = self.of["clusterName"]
        until(lambda: name not in self.aws.eks.list_fargate_profiles(clusterName=cluster)["fargateProfileNames"])


@pytest.fixture(scope="module")
def cluster(aws: Account) -> str:
    return aws.cluster()


def test_a_profile_becomes_active_and_goes(aws: Account, cluster: str) -> None:
    selectors = [{"namespace": "jobs", "labels": {"on": "fargate"}}]
    profile = Profile(aws, cluster, selectors=selectors, tags={"a": "1"})
    assert (profile.made["status"], profile.made["selectors"]) == ("CREATING", selectors)
    profile.active()
    arn = profile.made["fargateProfileArn"]
    assert f":fargateprofile/{cluster}/" in arn
    assert aws.eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "1"}
    with refused("ResourceInUseException", "already exists"):
        Profile(aws, cluster, fargateProfileName=profile.of["fargateProfileName"])
    profile.gone()
    with refused("ResourceNotFoundException", "No Fargate Profile found"):
        _ = profile.status


def test_one_profile_of_a_cluster_is_made_or_deleted_at_a_time(aws: Account, cluster: str) -> None:
    first = Profile(aws, cluster)
    with refused("ResourceInUseException", "currently has Fargate profile .* in status CREATING"):
        Profile(aws, cluster)
    first.active()
    second = Profile(aws, cluster).active()
    aws.eks.delete_fargate_profile(**first.of)
    with refused("ResourceInUseException", "currently has Fargate profile .* in status DELETING"):
        aws.eks.delete_fargate_profile(**second.of)
    cluster_profiles = {"clusterName": cluster}
    until(lambda: len(aws.eks.list_fargate_profiles(**cluster_profiles)["fargateProfileNames"]) == 1)
    second.gone()


def test_its_role_has_an_access_entry_while_it_stands(aws: Account, cluster: str) -> None:
    profile = Profile(aws, cluster).active()
    of = {"clusterName": cluster, "principalArn": profile.made["podExecutionRoleArn"]}
    assert aws.eks.describe_access_entry(**of)["accessEntry"]["type"] == "FARGATE_LINUX"
    profile.gone()
    with refused("ResourceNotFoundException"):
        aws.eks.describe_access_entry(**of)


def test_a_cluster_with_a_profile_is_in_use(aws: Account, cluster: str) -> None:
    profile = Profile(aws, cluster).active()
    with refused("ResourceInUseException", "Fargate profiles attached"):
        aws.eks.delete_cluster(name=cluster)
    profile.gone()


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"selectors": []}, "at least one selector"),
        ({"selectors": [{"labels": {"a": "b"}}]}, "at least one selector with namespace"),
        ({"selectors": [{"namespace": "a"}] * 6}, "at most 5 selectors"),
        ({"selectors": [{"namespace": "a", "labels": dict.fromkeys("abcdef", "x")}]}, "at most 5 labels"),
        ({"fargateProfileName": "eks-mine"}, "reserved prefix"),
        ({"subnets": []}, "at least one subnet"),
    ],
)
def test_a_bad_profile_is_refused(aws: Account, cluster: str, changes: dict[str, Any], match: str) -> None:
    with refused("InvalidParameterException", match):
        Profile(aws, cluster, **changes)


def test_a_pod_execution_role_trusts_fargate(aws: Account, cluster: str) -> None:
    with refused("InvalidParameterException", "add the eks-fargate-pods.amazonaws.com Service Principal"):
        Profile(aws, cluster, podExecutionRoleArn=aws.role("ec2"))


def test_a_public_subnet_is_refused(aws: Account) -> None:
    cluster = aws.cluster()
    config = aws.eks.describe_cluster(name=cluster)["cluster"]["resourcesVpcConfig"]
    gateway = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    aws.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=config["vpcId"])
    table = aws.ec2.create_route_table(VpcId=config["vpcId"])["RouteTable"]["RouteTableId"]
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    aws.ec2.associate_route_table(RouteTableId=table, SubnetId=config["subnetIds"][0])
    with refused("InvalidParameterException", f"{config['subnetIds'][0]} provided in Fargate .* not a private subnet"):
        Profile(aws, cluster)


def test_a_cluster_has_ten_profiles(aws: Account) -> None:
    cluster, role = aws.cluster(), aws.role(ROLE)
    for _ in range(10):
        Profile(aws, cluster, podExecutionRoleArn=role).active()
    with refused("ResourceLimitExceededException", "10"):
        Profile(aws, cluster, podExecutionRoleArn=role)
