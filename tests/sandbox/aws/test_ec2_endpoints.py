"""VPC endpoints, as AWS has them."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from tests.sandbox.aws.account import HOME, Account, refused

pytestmark = pytest.mark.aws

STS, S3 = f"com.amazonaws.{HOME}.sts", f"com.amazonaws.{HOME}.s3"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})


def named(aws: Account) -> str:
    """A VPC with names of its own."""
    vpc = aws.vpc()
    aws.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    return vpc


def interface(aws: Account, vpc: str, **more: Any) -> dict[str, Any]:
    """An interface endpoint to STS."""
    given = {"VpcId": vpc, "ServiceName": STS, "VpcEndpointType": "Interface", **more}
    return aws.ec2.create_vpc_endpoint(**given)["VpcEndpoint"]


def gateway(aws: Account, vpc: str, *tables: str) -> str:
    """A gateway endpoint to S3."""
    made = aws.ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=S3, RouteTableIds=[*tables])
    return made["VpcEndpoint"]["VpcEndpointId"]


def table(aws: Account, vpc: str) -> str:
    return aws.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]


def leads(aws: Account, table_id: str) -> list[str]:
    """The endpoints that a table has routes to."""
    routes = aws.ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"][0]["Routes"]
    return [route["GatewayId"] for route in routes if route.get("DestinationPrefixListId")]


def found(aws: Account, id: str) -> list[str]:
    """What is found by an endpoint's id."""
    filters = [{"Name": "vpc-endpoint-id", "Values": [id]}]
    return [one["VpcEndpointId"] for one in aws.ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]]


def security_group(aws: Account, vpc: str) -> str:
    return aws.ec2.create_security_group(GroupName="endpoints", Description="endpoints", VpcId=vpc)["GroupId"]


@pytest.mark.parametrize("service", ["com.amazonaws.eu-west-1.nothing", "com.amazonaws.eu-west-3.sts", "sts"])
def test_a_service_is_there_in_the_region(aws: Account, service: str) -> None:
    with refused("InvalidServiceName", service):
        interface(aws, named(aws), ServiceName=service)


@pytest.mark.parametrize(("service", "kind"), [(STS, "Gateway"), (f"com.amazonaws.{HOME}.dynamodb", "Interface")])
def test_a_service_has_endpoints_of_the_type(aws: Account, service: str, kind: str) -> None:
    with refused("InvalidParameter", "does not match available service types"):
        interface(aws, named(aws), ServiceName=service, VpcEndpointType=kind)


def test_a_gateway_has_no_subnets_and_an_interface_endpoint_no_route_tables(aws: Account) -> None:
    vpc = named(aws)
    with refused("InvalidParameter", "not supported for Gateway"):
        aws.ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=S3, SubnetIds=[aws.subnet(vpc)])
    with refused("InvalidParameter", "not supported for Interface"):
        interface(aws, vpc, RouteTableIds=[table(aws, vpc)])


def test_private_names_need_a_vpc_with_names(aws: Account) -> None:
    with refused("InvalidParameter", "enableDnsHostnames"):
        interface(aws, aws.vpc(), PrivateDnsEnabled=True)


def test_a_vpc_has_private_names_of_a_service_once(aws: Account) -> None:
    vpc = named(aws)
    interface(aws, vpc, PrivateDnsEnabled=True)
    with refused("InvalidParameter", "conflicting DNS domain for sts.eu-west-1.amazonaws.com"):
        interface(aws, vpc, PrivateDnsEnabled=True)
    interface(aws, vpc, PrivateDnsEnabled=False)


def test_subnets_are_of_the_vpc_and_one_in_a_zone(aws: Account) -> None:
    vpc = named(aws)
    both = [aws.subnet(vpc, "10.0.0.0/24"), aws.subnet(vpc, "10.0.1.0/24")]
    with refused("DuplicateSubnetsInSameZone"):
        interface(aws, vpc, SubnetIds=both)
    with refused("InvalidParameter", "does not belong to VPC"):
        interface(aws, vpc, SubnetIds=[aws.subnet(aws.vpc())])


def test_groups_are_of_the_vpc(aws: Account) -> None:
    with refused("InvalidParameter", "does not belong to VPC"):
        interface(aws, named(aws), SecurityGroupIds=[security_group(aws, aws.vpc())])
    with refused("InvalidGroup.NotFound"):
        interface(aws, named(aws), SecurityGroupIds=["sg-0123456789abcdef0"])


def test_a_policy_is_json(aws: Account) -> None:
    vpc = named(aws)
    with refused("InvalidPolicyDocument"):
        interface(aws, vpc, PolicyDocument="{")
    made = interface(aws, vpc, PolicyDocument=POLICY)["VpcEndpointId"]
    with refused("InvalidPolicyDocument"):
        aws.ec2.modify_vpc_endpoint(VpcEndpointId=made, PolicyDocument="[]")


def test_an_endpoint_s_interfaces_have_its_groups_and_an_address_of_their_subnet(aws: Account) -> None:
    vpc = named(aws)
    group = security_group(aws, vpc)
    made = interface(aws, vpc, SubnetIds=[aws.subnet(vpc)], SecurityGroupIds=[group])
    (told,) = aws.ec2.describe_network_interfaces(NetworkInterfaceIds=made["NetworkInterfaceIds"])["NetworkInterfaces"]
    assert IPv4Address(told["PrivateIpAddress"]) in IPv4Network("10.0.0.0/24")
    assert ([one["GroupId"] for one in told["Groups"]], told["InterfaceType"]) == ([group], "vpc_endpoint")
    with refused("DependencyViolation"):
        aws.ec2.delete_security_group(GroupId=group)
    with refused("OperationNotPermitted"):
        aws.ec2.delete_network_interface(NetworkInterfaceId=told["NetworkInterfaceId"])


def test_an_endpoint_changes_with_its_interfaces_routes_and_names(aws: Account) -> None:
    vpc = named(aws)
    subnets = [aws.subnet(vpc, "10.0.0.0/24"), aws.subnet(vpc, "10.0.1.0/24")]
    made = interface(aws, vpc, SubnetIds=subnets[:1], PrivateDnsEnabled=True)["VpcEndpointId"]
    group = security_group(aws, vpc)
    aws.ec2.modify_vpc_endpoint(
        VpcEndpointId=made,
        AddSubnetIds=subnets[1:],
        RemoveSubnetIds=subnets[:1],
        AddSecurityGroupIds=[group],
        PrivateDnsEnabled=False,
    )
    told = aws.ec2.describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"][0]
    assert (told["SubnetIds"], told["PrivateDnsEnabled"]) == (subnets[1:], False)
    (lies,) = aws.ec2.describe_network_interfaces(NetworkInterfaceIds=told["NetworkInterfaceIds"])["NetworkInterfaces"]
    assert lies["SubnetId"] == subnets[1]
    assert group in [one["GroupId"] for one in lies["Groups"]]

    first, second = table(aws, vpc), table(aws, vpc)
    leading = gateway(aws, vpc, first)
    aws.ec2.modify_vpc_endpoint(VpcEndpointId=leading, AddRouteTableIds=[second], RemoveRouteTableIds=[first])
    assert (leads(aws, first), leads(aws, second)) == ([], [leading])


def test_a_table_leads_to_a_service_by_one_endpoint(aws: Account) -> None:
    vpc = named(aws)
    tables = table(aws, vpc)
    gateway(aws, vpc, tables)
    with refused("RouteAlreadyExists"):
        gateway(aws, vpc, tables)


def test_an_endpoint_is_found_by_its_id_and_gone_once_deleted(aws: Account) -> None:
    vpc = named(aws)
    tables = table(aws, vpc)
    subnet = aws.subnet(vpc)
    both = [interface(aws, vpc, SubnetIds=[subnet])["VpcEndpointId"], gateway(aws, vpc, tables)]
    for one in both:
        assert found(aws, one) == [one]
    with refused("DependencyViolation"):
        aws.ec2.delete_subnet(SubnetId=subnet)
    aws.ec2.delete_vpc_endpoints(VpcEndpointIds=both)
    for one in both:
        assert not aws.ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-endpoint-id", "Values": [one]}])[
            "VpcEndpoints"
        ]
        with refused("InvalidVpcEndpointId.NotFound"):
            aws.ec2.describe_vpc_endpoints(VpcEndpointIds=[one])
    assert leads(aws, tables) == []
    aws.ec2.delete_subnet(SubnetId=subnet)
