"""Route tables and routes, as AWS has them."""

from __future__ import annotations

import pytest

from sandbox.aws import service_quotas
from tests.sandbox.aws.account import Account, refused

pytestmark = pytest.mark.aws

EVERYWHERE = "0.0.0.0/0"


def state(aws: Account, table: str, destination: str) -> str:
    """A route's state."""
    routes = aws.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    return str(next(route["State"] for route in routes if route["DestinationCidrBlock"] == destination))


def test_host_bits_of_a_destination_are_dropped(aws: Account) -> None:
    vpc = aws.vpc()
    table, gateway = aws.table(vpc), aws.gateway(vpc)
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.9.0.1/16", GatewayId=gateway)
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.8.0.0/16", GatewayId=gateway)
    assert state(aws, table, "10.9.0.0/16") == "active"


def test_a_destination_has_one_route(aws: Account) -> None:
    vpc = aws.vpc()
    table, gateway = aws.table(vpc), aws.gateway(vpc)
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock=EVERYWHERE, GatewayId=gateway)
    with refused("RouteAlreadyExists"):
        aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock=EVERYWHERE, GatewayId=gateway)


@pytest.mark.parametrize("destination", ["10.0.0.0/16", "10.0.7.0/24"])
def test_what_is_in_the_vpc_is_not_routed_out_of_it(aws: Account, destination: str) -> None:
    vpc = aws.vpc()
    with refused("InvalidParameterValue", "more specific than one of this VPC's CIDR blocks"):
        aws.ec2.create_route(RouteTableId=aws.table(vpc), DestinationCidrBlock=destination, GatewayId=aws.gateway(vpc))


def test_a_route_has_a_target(aws: Account) -> None:
    with refused("MissingParameter"):
        aws.ec2.create_route(RouteTableId=aws.table(aws.vpc()), DestinationCidrBlock=EVERYWHERE)


def test_a_route_has_one_target(aws: Account) -> None:
    vpc = aws.vpc()
    gateway = aws.gateway(vpc)
    nat, _ = aws.nat(aws.subnet(vpc))
    with refused("InvalidParameterCombination"):
        aws.ec2.create_route(
            RouteTableId=aws.table(vpc), DestinationCidrBlock=EVERYWHERE, GatewayId=gateway, NatGatewayId=nat
        )


def test_a_route_to_a_transit_gateway_waits_for_its_attachment(aws: Account) -> None:
    vpc = aws.vpc()
    table, subnet = aws.table(vpc), aws.subnet(vpc)
    gateway = aws.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    route = {"RouteTableId": table, "DestinationCidrBlock": "10.9.0.0/16", "TransitGatewayId": gateway}
    with refused("InvalidTransitGatewayID.NotFound"):
        aws.ec2.create_route(**route)
    aws.ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=gateway, VpcId=vpc, SubnetIds=[subnet])
    aws.ec2.create_route(**route)
    assert state(aws, table, "10.9.0.0/16") == "active"


def test_a_route_to_a_private_gateway_waits_for_its_attachment(aws: Account) -> None:
    vpc = aws.vpc()
    gateway = aws.ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    route = {"RouteTableId": aws.table(vpc), "DestinationCidrBlock": "10.9.0.0/16", "GatewayId": gateway}
    with refused("InvalidParameterValue", "belong to different networks"):
        aws.ec2.create_route(**route)
    aws.ec2.attach_vpn_gateway(VpcId=vpc, VpnGatewayId=gateway)
    aws.ec2.create_route(**route)


def test_a_route_to_an_unknown_nat_gateway_is_refused(aws: Account) -> None:
    with refused("InvalidNatGatewayID.NotFound"):
        aws.ec2.create_route(
            RouteTableId=aws.table(aws.vpc()), DestinationCidrBlock=EVERYWHERE, NatGatewayId="nat-0123456789abcdef0"
        )


def test_a_route_to_a_gateway_of_another_vpc_is_refused(aws: Account) -> None:
    with refused("InvalidParameterValue", "different networks"):
        aws.ec2.create_route(
            RouteTableId=aws.table(aws.vpc()), DestinationCidrBlock=EVERYWHERE, GatewayId=aws.gateway(aws.vpc())
        )


def test_a_route_to_a_nat_gateway_of_another_vpc_is_refused(aws: Account) -> None:
    other = aws.vpc()
    aws.gateway(other)
    nat, _ = aws.nat(aws.subnet(other))
    with refused("InvalidParameterValue", "different networks"):
        aws.ec2.create_route(RouteTableId=aws.table(aws.vpc()), DestinationCidrBlock=EVERYWHERE, NatGatewayId=nat)


def test_a_route_over_a_peering_of_other_vpcs_is_refused(aws: Account) -> None:
    one, other = aws.vpc("10.1.0.0/16"), aws.vpc("10.2.0.0/16")
    peering = aws.ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=other)["VpcPeeringConnection"]
    with refused("InvalidParameterValue", "different networks"):
        aws.ec2.create_route(
            RouteTableId=aws.table(aws.vpc()),
            DestinationCidrBlock="10.1.0.0/16",
            VpcPeeringConnectionId=peering["VpcPeeringConnectionId"],
        )


def test_a_route_to_a_deleted_nat_gateway_is_a_blackhole(aws: Account) -> None:
    vpc = aws.vpc()
    aws.gateway(vpc)
    table, (nat, _) = aws.table(vpc), aws.nat(aws.subnet(vpc))
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock=EVERYWHERE, NatGatewayId=nat)
    assert state(aws, table, EVERYWHERE) == "active"
    aws.ec2.delete_nat_gateway(NatGatewayId=nat)
    assert state(aws, table, EVERYWHERE) == "blackhole"


def test_a_route_to_a_detached_gateway_is_a_blackhole(aws: Account) -> None:
    vpc = aws.vpc()
    table, gateway = aws.table(vpc), aws.gateway(vpc)
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock=EVERYWHERE, GatewayId=gateway)
    aws.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    assert state(aws, table, EVERYWHERE) == "blackhole"


def test_the_local_route_stays(aws: Account) -> None:
    with refused("InvalidParameterValue", "cannot remove local route"):
        aws.ec2.delete_route(RouteTableId=aws.table(aws.vpc()), DestinationCidrBlock="10.0.0.0/16")


def test_a_table_has_at_most_500_routes(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(service_quotas.GRANTED, service_quotas.ROUTES, 2)
    vpc = aws.vpc()
    table, gateway = aws.table(vpc), aws.gateway(vpc)
    for place in (1, 2):
        aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock=f"10.{place}.0.0/16", GatewayId=gateway)
    with refused("RouteLimitExceeded"):
        aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.3.0.0/16", GatewayId=gateway)


def test_a_subnet_has_one_route_table(aws: Account) -> None:
    vpc = aws.vpc()
    subnet = aws.subnet(vpc)
    aws.ec2.associate_route_table(RouteTableId=aws.table(vpc), SubnetId=subnet)
    with refused("Resource.AlreadyAssociated"):
        aws.ec2.associate_route_table(RouteTableId=aws.table(vpc), SubnetId=subnet)


def test_a_table_serves_subnets_of_its_own_vpc(aws: Account) -> None:
    with refused("InvalidParameterValue", "different networks"):
        aws.ec2.associate_route_table(RouteTableId=aws.table(aws.vpc()), SubnetId=aws.subnet(aws.vpc()))


def test_a_table_with_a_subnet_stays(aws: Account) -> None:
    vpc = aws.vpc()
    table = aws.table(vpc)
    aws.ec2.associate_route_table(RouteTableId=table, SubnetId=aws.subnet(vpc))
    with refused("DependencyViolation"):
        aws.ec2.delete_route_table(RouteTableId=table)


def test_the_main_table_stays(aws: Account) -> None:
    filters = [{"Name": "vpc-id", "Values": [aws.vpc()]}, {"Name": "association.main", "Values": ["true"]}]
    main = aws.ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"]
    with refused("DependencyViolation"):
        aws.ec2.delete_route_table(RouteTableId=main)
