"""VPCs and subnets, as AWS has them."""

from __future__ import annotations

import pytest

from tests.sandbox.aws.account import AWAY, HOME, Account, refused

pytestmark = pytest.mark.aws


def test_host_bits_of_a_vpcs_range_are_dropped(aws: Account) -> None:
    assert aws.ec2.create_vpc(CidrBlock="10.9.1.2/16")["Vpc"]["CidrBlock"] == "10.9.0.0/16"


def test_a_subnets_zone_is_of_its_region(aws: Account) -> None:
    with refused("InvalidParameterValue", "availabilityZone is invalid"):
        aws.ec2.create_subnet(VpcId=aws.vpc(), CidrBlock="10.0.0.0/24", AvailabilityZone=f"{AWAY}a")


def test_a_subnet_without_a_zone_gets_one_of_its_region(aws: Account) -> None:
    made = aws.ec2.create_subnet(VpcId=aws.vpc(), CidrBlock="10.0.0.0/24")["Subnet"]
    assert made["AvailabilityZone"].startswith(HOME)


@pytest.mark.parametrize("size", [15, 29])
def test_a_subnet_has_an_allowed_size(aws: Account, size: int) -> None:
    with refused("InvalidSubnet.Range"):
        aws.ec2.create_subnet(VpcId=aws.vpc(), CidrBlock=f"10.0.0.0/{size}", AvailabilityZone=f"{HOME}a")


def test_subnets_do_not_overlap(aws: Account) -> None:
    vpc = aws.vpc()
    aws.subnet(vpc)
    with refused("InvalidSubnet.Conflict"):
        aws.subnet(vpc, "10.0.0.128/25")


def test_a_subnet_with_a_nat_gateway_stays(aws: Account) -> None:
    vpc = aws.vpc()
    aws.gateway(vpc)
    subnet = aws.subnet(vpc)
    nat, _ = aws.nat(subnet)
    with refused("DependencyViolation"):
        aws.ec2.delete_subnet(SubnetId=subnet)
    aws.ec2.delete_nat_gateway(NatGatewayId=nat)
    aws.ec2.delete_subnet(SubnetId=subnet)


def test_a_subnet_with_an_instance_stays_until_it_has_ended(aws: Account) -> None:
    subnet = aws.subnet(aws.vpc())
    made = aws.ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]
    with refused("DependencyViolation"):
        aws.ec2.delete_subnet(SubnetId=subnet)
    aws.ec2.terminate_instances(InstanceIds=[made["InstanceId"]])
    aws.ec2.delete_subnet(SubnetId=subnet)


def test_a_deleted_subnets_route_table_can_be_deleted(aws: Account) -> None:
    vpc = aws.vpc()
    subnet, table = aws.subnet(vpc), aws.table(vpc)
    aws.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    aws.ec2.delete_subnet(SubnetId=subnet)
    aws.ec2.delete_route_table(RouteTableId=table)


@pytest.mark.parametrize("kind", ["gateway", "group", "table", "subnet"])
def test_a_vpc_with_something_in_it_stays(aws: Account, kind: str) -> None:
    vpc = aws.vpc()
    getattr(aws, kind)(vpc)
    with refused("DependencyViolation"):
        aws.ec2.delete_vpc(VpcId=vpc)


def test_a_vpc_with_a_peering_stays_until_the_peering_is_deleted(aws: Account) -> None:
    vpc, peer = aws.vpc(), aws.vpc("10.1.0.0/16")
    made = aws.ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer)["VpcPeeringConnection"]
    with refused("DependencyViolation"):
        aws.ec2.delete_vpc(VpcId=vpc)
    aws.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=made["VpcPeeringConnectionId"])
    aws.ec2.delete_vpc(VpcId=vpc)


def test_a_vpc_with_a_way_out_for_ipv6_stays_until_that_is_deleted(aws: Account) -> None:
    vpc = aws.vpc()
    made = aws.ec2.create_egress_only_internet_gateway(VpcId=vpc)["EgressOnlyInternetGateway"]
    with refused("DependencyViolation"):
        aws.ec2.delete_vpc(VpcId=vpc)
    aws.ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=made["EgressOnlyInternetGatewayId"])
    aws.ec2.delete_vpc(VpcId=vpc)


def test_what_came_with_a_vpc_goes_with_it(aws: Account) -> None:
    vpc = aws.vpc()
    of_it = [{"Name": "vpc-id", "Values": [vpc]}]
    aws.ec2.delete_vpc(VpcId=vpc)
    assert not aws.ec2.describe_network_acls(Filters=of_it)["NetworkAcls"]
    assert not aws.ec2.describe_route_tables(Filters=of_it)["RouteTables"]
    assert not aws.ec2.describe_security_groups(Filters=of_it)["SecurityGroups"]


def test_the_first_addresses_of_a_subnet_are_not_given_away(aws: Account) -> None:
    subnet = aws.subnet(aws.vpc())
    made = aws.ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]
    assert made["PrivateIpAddress"] == "10.0.0.4"
    assert made["PrivateDnsName"] == f"ip-10-0-0-4.{HOME}.compute.internal"


def test_a_full_subnet_takes_no_more(aws: Account) -> None:
    subnet = aws.subnet(aws.vpc(), "10.0.0.0/28")
    with refused("InsufficientFreeAddressesInSubnet"):
        aws.ec2.run_instances(ImageId="ami-12c6146b", MinCount=12, MaxCount=12, SubnetId=subnet)
