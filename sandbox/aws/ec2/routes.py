"""Routes' rules: a target exists and belongs to the table's VPC, and a route without its target is a blackhole."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.route_tables import Route

from sandbox.aws import service_quotas
from sandbox.aws.ec2.errors import invalid, refusal
from sandbox.aws.ec2.vpcs import LIVING
from sandbox.aws.rules import Given, attribute, before

_TARGETS = (
    "gateway_id",
    "instance_id",
    "nat_gateway_id",
    "egress_only_igw_id",
    "transit_gateway_id",
    "interface_id",
    "vpc_peering_connection_id",
    "carrier_gateway_id",
    "vpc_endpoint_id",
)


def _canonical(cidr: str | None) -> str | None:
    try:
        return str(IPv4Network(cidr, strict=False)) if cidr else cidr
    except ValueError:
        return cidr  # moto raises the error.


@before(EC2Backend, "create_route")
@before(EC2Backend, "replace_route")
@before(EC2Backend, "delete_route")
def a_route_s_destination_is_a_network(_: Any, given: Given) -> None:
    """Drop host bits, as AWS does. With them moto fails at every later route of the table."""
    given["destination_cidr_block"] = _canonical(given["destination_cidr_block"])


@before(EC2Backend, "create_route")
def a_route_has_one_target(_: Any, given: Given) -> None:
    """Raise InvalidParameterCombination for several targets, MissingParameter for none."""
    targets = [name for name in _TARGETS if given[name]]
    if given["local"] or len(targets) == 1:
        return
    if targets:
        raise refusal("InvalidParameterCombination", f"More than one route target was given: {', '.join(targets)}")
    raise refusal("MissingParameter", "The request must contain exactly one route target")


@before(EC2Backend, "create_route")
def limit_routes_per_table(ec2: Any, given: Given) -> None:
    """Raise RouteLimitExceeded."""
    table = ec2.get_route_table(given["route_table_id"])
    most = service_quotas.value(ec2, service_quotas.ROUTES)
    if not given["local"] and len([route for route in table.routes if not route.local]) >= most:
        raise refusal("RouteLimitExceeded", f"The maximum number of routes ({most}) has been reached for {table.id}")


@before(EC2Backend, "create_route")
def a_route_does_not_override_the_vpc_s_own(ec2: Any, given: Given) -> None:
    """Raise InvalidParameterValue for a destination within the VPC's own ranges, except to an interface."""
    if given["local"] or given["interface_id"] or given["instance_id"] or not given["destination_cidr_block"]:
        return
    try:
        destination = IPv4Network(given["destination_cidr_block"])
    except ValueError:
        return  # moto raises the error.
    vpc = ec2.get_vpc(ec2.get_route_table(given["route_table_id"]).vpc_id)
    for association in vpc.get_cidr_block_association_set():
        if destination.subnet_of(IPv4Network(association["cidr_block"], strict=False)):
            raise invalid(
                f"The destination CIDR block {destination} is equal to or more specific than one of this VPC's CIDR "
                "blocks. This route can target only an interface or an instance."
            )


@before(EC2Backend, "create_route")
@before(EC2Backend, "replace_route")
def a_route_s_target_is_in_the_table_s_vpc(ec2: Any, given: Given) -> None:
    """Raise the id's NotFound, or InvalidParameterValue for a target of another VPC."""
    table = ec2.get_route_table(given["route_table_id"])
    if given["nat_gateway_id"]:
        _check_nat_gateway(ec2, table, given["nat_gateway_id"])
    if (given["gateway_id"] or "").startswith("igw-"):
        gateway = ec2.get_internet_gateway(given["gateway_id"])
        if not gateway.vpc or gateway.vpc.id != table.vpc_id:
            raise invalid(f"route table {table.id} and network gateway {gateway.id} belong to different networks")
    if (given["gateway_id"] or "").startswith("vgw-"):
        gateway = ec2.get_vpn_gateway(given["gateway_id"])
        if table.vpc_id not in gateway.attachments:
            raise invalid(f"route table {table.id} and network gateway {gateway.id} belong to different networks")
    if given["transit_gateway_id"]:
        _check_transit_gateway(ec2, table, given["transit_gateway_id"])
    if given["vpc_peering_connection_id"]:
        _check_peering(ec2, table, given["vpc_peering_connection_id"])


def _check_nat_gateway(ec2: Any, table: Any, gateway_id: str) -> None:
    gateway = ec2.nat_gateways.get(gateway_id)
    if gateway is None or gateway.state in ("deleted", "failed"):
        raise refusal("InvalidNatGatewayID.NotFound", f"The natGateway ID '{gateway_id}' does not exist")
    if gateway.vpc_id != table.vpc_id:
        raise invalid(f"route table {table.id} and NAT gateway {gateway_id} belong to different networks")


def _check_transit_gateway(ec2: Any, table: Any, gateway_id: str) -> None:
    """Raise NotFound unless the transit gateway is attached to the VPC (Transit gateways guide, VPC attachments)."""
    attached = [
        attachment
        for attachment in ec2.transit_gateway_attachments.values()
        if (attachment.transit_gateway_id, attachment.resource_id, attachment.state)
        == (gateway_id, table.vpc_id, "available")
    ]
    if not attached:
        raise refusal("InvalidTransitGatewayID.NotFound", f"The transitGateway ID '{gateway_id}' does not exist")


def _check_peering(ec2: Any, table: Any, peering_id: str) -> None:
    """Raise an error for a dead or foreign peering. A pending one is valid (VPC peering guide, routing)."""
    peering = ec2.get_vpc_peering_connection(peering_id)
    if peering._status.code not in LIVING:
        raise refusal(
            "InvalidVpcPeeringConnectionID.NotFound", f"The vpcPeeringConnection ID '{peering_id}' does not exist"
        )
    if table.vpc_id not in (peering.vpc.id, peering.peer_vpc.id):
        raise invalid(f"route table {table.id} and vpc peering connection {peering_id} belong to different networks")


@before(EC2Backend, "delete_route")
def the_local_route_is_not_deleted(ec2: Any, given: Given) -> None:
    """Raise InvalidParameterValue."""
    for route in ec2.get_route_table(given["route_table_id"]).routes:
        if route.local and route.destination_cidr_block == given["destination_cidr_block"]:
            raise invalid(
                f"cannot remove local route {given['destination_cidr_block']} in route table {route.route_table.id}"
            )


def _state(route: Any) -> str:
    """The state of a route, which follows from its target's."""
    if route.vpc_pcx:
        ended = route.vpc_pcx._status.code != "active"
    elif route.nat_gateway:
        ended = route.nat_gateway.state in ("deleted", "failed")
    elif route.gateway is not None and route.gateway.id.startswith("igw-"):
        ended = route.gateway.vpc is None
    elif route.interface:
        ended = route.interface.id not in route.interface.ec2_backend.enis
    else:
        ended = bool(route.instance and route.instance.state == "terminated")
    return "blackhole" if ended else "active"


attribute(Route, "state", property(_state))
