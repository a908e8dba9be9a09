"""What is said to be left in the account."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.aws.account import AWAY, HOME, Account, unique, until

pytestmark = pytest.mark.aws


def leftovers(aws: Account) -> list[str]:
    """What the sandbox's page says."""
    with urllib.request.urlopen(f"{aws.cloud.server.url}/sandbox/leftovers") as answer:  # noqa: S310
        return list(json.load(answer))


def test_nothing_is_left_in_an_account_that_was_only_looked_at(aws: Account) -> None:
    for region in (HOME, AWAY, "us-east-1"):
        for service, call in (
            ("ec2", "describe_vpcs"),
            ("iam", "list_roles"),
            ("autoscaling", "describe_auto_scaling_groups"),
            ("kms", "list_keys"),
            ("logs", "describe_log_groups"),
            ("ssm", "describe_parameters"),
            ("route53", "list_hosted_zones"),
            ("eks", "list_clusters"),
        ):
            getattr(aws.client(service, region), call)()
    aws.client("ssm").get_parameter(Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")
    assert leftovers(aws) == []


MAKE: dict[str, Callable[[Account], Any]] = {
    f"{HOME} ec2 VPC": lambda aws: aws.vpc(),
    f"{AWAY} ec2 VPC": lambda aws: aws.vpc(ec2=aws.away),
    f"{HOME} ec2 elastic address": lambda aws: aws.ec2.allocate_address(Domain="vpc"),
    f"{HOME} ec2 launch template": lambda aws: aws.template(ImageId="ami-12c6146b"),
    f"{HOME} ec2 internet gateway": lambda aws: aws.ec2.create_internet_gateway(),
    "global iam role": lambda aws: aws.role("ec2"),
    "global iam instance profile": lambda aws: aws.iam.create_instance_profile(InstanceProfileName=unique("profile")),
    "global iam user": lambda aws: aws.iam.create_user(UserName=unique("user")),
    f"{HOME} logs log group": lambda aws: aws.client("logs").create_log_group(logGroupName=unique("log")),
    f"{HOME} kms key": lambda aws: aws.client("kms").create_key(),
    f"{HOME} ssm parameter": lambda aws: aws.client("ssm").put_parameter(Name="mine", Value="1", Type="String"),
    f"{HOME} eks cluster": lambda aws: aws.cluster(),
    f"{HOME} ec2 instance": lambda aws: aws.ec2.run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=aws.subnet(aws.vpc())
    ),
}


@pytest.mark.parametrize("line", MAKE)
def test_what_is_made_is_counted(aws: Account, line: str) -> None:
    before = set(leftovers(aws))
    MAKE[line](aws)
    assert [found for found in set(leftovers(aws)) - before if found.startswith(line)]


def test_a_vpc_is_one_thing_and_shown_with_its_name(aws: Account) -> None:
    before = set(leftovers(aws))
    vpc = aws.vpc()
    aws.ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "bastion"}])
    assert set(leftovers(aws)) - before == {f"{HOME} ec2 VPC {vpc} (bastion)"}


def test_nothing_is_left_after_all_is_deleted(aws: Account) -> None:
    before = leftovers(aws)
    vpc = aws.vpc()
    gateway, group, table, peer = aws.gateway(vpc), aws.group(vpc), aws.table(vpc), aws.vpc("10.1.0.0/16", aws.away)
    subnet = aws.subnet(vpc)
    nat, address = aws.nat(subnet)
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    association = aws.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    peering = aws.ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer, PeerRegion=AWAY)["VpcPeeringConnection"]
    template = aws.template(ImageId="ami-12c6146b", InstanceType="t3.micro", SecurityGroupIds=[group])
    aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="all",
        MinSize=0,
        MaxSize=1,
        DesiredCapacity=1,
        LaunchTemplate={"LaunchTemplateId": template},
        VPCZoneIdentifier=subnet,
    )
    assert len(leftovers(aws)) > len(before)

    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="all", ForceDelete=True)
    aws.ec2.delete_launch_template(LaunchTemplateId=template)
    aws.away.delete_vpc_peering_connection(VpcPeeringConnectionId=peering["VpcPeeringConnectionId"])
    aws.ec2.delete_nat_gateway(NatGatewayId=nat)
    aws.ec2.release_address(AllocationId=address)
    aws.ec2.disassociate_route_table(AssociationId=association)
    aws.ec2.delete_route_table(RouteTableId=table)
    aws.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    aws.ec2.delete_internet_gateway(InternetGatewayId=gateway)
    aws.ec2.delete_security_group(GroupId=group)
    aws.ec2.delete_subnet(SubnetId=subnet)
    aws.ec2.delete_vpc(VpcId=vpc)
    aws.away.delete_vpc(VpcId=peer)
    assert leftovers(aws) == before


def test_nothing_of_a_cluster_is_left_but_its_log_group(aws: Account) -> None:
    vpc, role = aws.vpc(), aws.role("ec2")
    subnets, cluster_role = aws.subnets(vpc), aws.role("eks")
    before = leftovers(aws)
    logging = {"clusterLogging": [{"types": ["api"], "enabled": True}]}
    cluster = aws.cluster(roleArn=cluster_role, resourcesVpcConfig={"subnetIds": subnets}, logging=logging)
    aws.eks.create_nodegroup(clusterName=cluster, nodegroupName="nodes", subnets=subnets, nodeRole=role)
    aws.eks.delete_nodegroup(clusterName=cluster, nodegroupName="nodes")
    until(lambda: not aws.eks.list_nodegroups(clusterName=cluster)["nodegroups"])
    aws.eks.delete_cluster(name=cluster)
    aws.until_status(cluster, "GONE")
    assert [line for line in leftovers(aws) if line not in before] == [
        f"{HOME} logs log group /aws/eks/{cluster}/cluster"
    ]


def test_a_key_that_aws_makes_for_encrypted_volumes_is_aws_s_own_and_not_left(aws: Account) -> None:
    ec2, kms = aws.client("ec2", AWAY), aws.client("kms", AWAY)
    volume = ec2.create_volume(AvailabilityZone=f"{AWAY}a", Size=8, Encrypted=True)
    key = kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]
    assert key["KeyManager"] == "AWS"
    ec2.delete_volume(VolumeId=volume["VolumeId"])
    assert not [line for line in leftovers(aws) if line.startswith(f"{AWAY} kms")]
