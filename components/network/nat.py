"""NAT gateways, the egress of a network's private subnets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from .. import creation

Nat = Literal["none", "one", "zone"]
"""The NAT gateways of a network: none, one for all of its zones, or one in each zone."""


def nat_addresses(name: str, nat: Nat, zones: int, *, parent: pulumi.Resource) -> list[aws.ec2.Eip]:
    """Create the public addresses of the NAT gateways, the first zone's first.

    The first zone's address is the same with `one` and with `zone`, so that allow-lists stay valid. Allow-lists use
    these addresses, because a NAT gateway takes minutes to start.
    """
    # An address needs no internet gateway. The engine destroys in waves, by the depth of dependencies: without this
    # dependency, NAT gateways and control planes are in the same wave.
    return [
        aws.ec2.Eip(gateway, domain="vpc", tags={"Name": gateway}, opts=ResourceOptions(parent=parent))
        for gateway in _names(name, gateway_count(nat, zones))
    ]


def nat_gateways(
    name: str,
    addresses: Sequence[aws.ec2.Eip],
    subnets: Sequence[aws.ec2.Subnet],
    internet: aws.ec2.Route,
    *,
    parent: pulumi.Resource,
) -> list[aws.ec2.NatGateway]:
    """Create the NAT gateways, one for each address, in the subnets of the first zones."""
    # A NAT gateway only starts if the VPC has its internet gateway. EC2 doesn't detach that one while the NAT gateway
    # uses an address.
    return [
        aws.ec2.NatGateway(
            gateway,
            allocation_id=address.id,
            subnet_id=subnet.id,
            tags={"Name": gateway},
            opts=ResourceOptions(parent=parent, depends_on=[internet], hooks=creation.binding(parent)),
        )
        for gateway, address, subnet in zip(_names(name, len(addresses)), addresses, subnets, strict=False)
    ]


def _names(name: str, count: int) -> list[str]:
    return [f"{name}-nat" if number == 1 else f"{name}-nat-{number}" for number in range(1, count + 1)]


def nat_routes(
    name: str,
    tables: Sequence[aws.ec2.RouteTable],
    nats: Sequence[aws.ec2.NatGateway],
    *,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Create each zone's route to its own NAT gateway, or to the only one; none without a NAT gateway."""
    return [
        aws.ec2.Route(
            f"{name}-private-{number}-default",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            nat_gateway_id=nats[min(number, len(nats)) - 1].id,
            opts=ResourceOptions(parent=parent),
        )
        for number, table in enumerate(tables if nats else [], 1)
    ]


def gateway_count(nat: Nat, zones: int) -> int:
    """Return the number of NAT gateways, and of Elastic IPs, for a number of zones."""
    return {"none": 0, "one": 1, "zone": zones}[nat]
