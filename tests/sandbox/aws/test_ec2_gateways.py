"""Internet gateways, NAT gateways and elastic addresses, as AWS has them."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest

from tests.sandbox.aws.account import Account, refused

pytestmark = pytest.mark.aws


def test_a_vpc_has_one_internet_gateway(aws: Account) -> None:
    vpc = aws.vpc()
    aws.gateway(vpc)
    second = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    with refused("InvalidParameterValue", "already has an internet gateway attached"):
        aws.ec2.attach_internet_gateway(InternetGatewayId=second, VpcId=vpc)


def test_a_gateway_attached_already_is_not_attached_again(aws: Account) -> None:
    gateway = aws.gateway(aws.vpc())
    with refused("Resource.AlreadyAssociated"):
        aws.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=aws.vpc())


def test_an_attached_gateway_is_not_deleted(aws: Account) -> None:
    with refused("DependencyViolation"):
        aws.ec2.delete_internet_gateway(InternetGatewayId=aws.gateway(aws.vpc()))


def test_a_gateway_stays_attached_while_public_addresses_are_mapped(aws: Account) -> None:
    vpc = aws.vpc()
    gateway = aws.gateway(vpc)
    nat, _ = aws.nat(aws.subnet(vpc))
    with refused("DependencyViolation", "mapped public address"):
        aws.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    aws.ec2.delete_nat_gateway(NatGatewayId=nat)
    aws.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)


def test_a_nat_gateway_fails_without_an_internet_gateway(aws: Account) -> None:
    nat, address = aws.nat(aws.subnet(aws.vpc()))
    shown = aws.ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]
    assert (shown["State"], shown["FailureCode"]) == ("failed", "Gateway.NotAttached")
    aws.ec2.release_address(AllocationId=address)


def test_a_nat_gateway_has_an_address_of_its_subnet(aws: Account) -> None:
    vpc = aws.vpc()
    aws.gateway(vpc)
    nat, _ = aws.nat(aws.subnet(vpc))
    shown = aws.ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]
    assert IPv4Address(shown["NatGatewayAddresses"][0]["PrivateIp"]) in IPv4Network("10.0.0.0/24")


def test_a_used_address_is_not_released(aws: Account) -> None:
    vpc = aws.vpc()
    aws.gateway(vpc)
    nat, address = aws.nat(aws.subnet(vpc))
    with refused("InvalidIPAddress.InUse"):
        aws.ec2.release_address(AllocationId=address)
    aws.ec2.delete_nat_gateway(NatGatewayId=nat)
    assert "AssociationId" not in aws.ec2.describe_addresses(AllocationIds=[address])["Addresses"][0]
    aws.ec2.release_address(AllocationId=address)


def test_an_address_serves_one_nat_gateway(aws: Account) -> None:
    vpc = aws.vpc()
    aws.gateway(vpc)
    subnet = aws.subnet(vpc)
    _, address = aws.nat(subnet)
    with refused("Resource.AlreadyAssociated"):
        aws.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)


def test_addresses_are_public(aws: Account) -> None:
    assert IPv4Address(aws.ec2.allocate_address(Domain="vpc")["PublicIp"]).is_global


def test_a_deleted_nat_gateways_interface_is_gone(aws: Account) -> None:
    vpc = aws.vpc()
    aws.gateway(vpc)
    nat, _ = aws.nat(aws.subnet(vpc))
    aws.ec2.delete_nat_gateway(NatGatewayId=nat)
    of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
    assert not aws.ec2.describe_network_interfaces(Filters=of_vpc)["NetworkInterfaces"]
    assert aws.ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]["State"] == "deleted"


def test_an_unknown_nat_gateway_is_not_found(aws: Account) -> None:
    with refused("NatGatewayNotFound"):
        aws.ec2.describe_nat_gateways(NatGatewayIds=["nat-0123456789abcdef0"])
    with refused("NatGatewayNotFound"):
        aws.ec2.delete_nat_gateway(NatGatewayId="nat-0123456789abcdef0")


def test_a_nat_gateway_is_deleted_once(aws: Account) -> None:
    vpc = aws.vpc()
    aws.gateway(vpc)
    nat, _ = aws.nat(aws.subnet(vpc))
    aws.ec2.delete_nat_gateway(NatGatewayId=nat)
    with refused("NatGatewayNotFound"):
        aws.ec2.delete_nat_gateway(NatGatewayId=nat)


def test_a_nat_gateways_interface_is_its_own(aws: Account) -> None:
    vpc = aws.vpc()
    aws.gateway(vpc)
    nat, _ = aws.nat(aws.subnet(vpc))
    shown = aws.ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]
    with refused("OperationNotPermitted"):
        aws.ec2.delete_network_interface(NetworkInterfaceId=shown["NatGatewayAddresses"][0]["NetworkInterfaceId"])
