"""The ways out of a network's private subnets, by NAT gateways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from .. import creation

Nat = Literal["none", "one", "zone"]
"""How many NAT gateways a network has: none, one for all of its zones, or one in each zone."""


def nat_addresses(name: str, nat: Nat, zones: int, *, parent: pulumi.Resource) -> list[aws.ec2.Eip]:
    """The public addresses of the NAT gateways, the first zone's first.

    The first zone's is the same one with `one` and with `zone`: who admits it can go on doing so. Whoever admits them
    takes them from here, because a NAT gateway takes minutes to start.
    """
    # An address needs no internet gateway. The engine destroys in waves, one for each depth of what depends on what:
    # with the addresses beside the internet gateway, NAT gateways go in one wave with control planes.
    return [
        aws.ec2.Eip(named, domain="vpc", tags={"Name": named}, opts=ResourceOptions(parent=parent))
        for named in _names(name, gateway_count(nat, zones))
    ]


def nat_gateways(
    name: str,
    addresses: Sequence[aws.ec2.Eip],
    subnets: Sequence[aws.ec2.Subnet],
    internet: aws.ec2.Route,
    *,
    parent: pulumi.Resource,
) -> list[aws.ec2.NatGateway]:
    """The NAT gateways, one for each address, in the subnets of the first zones."""
    # A NAT gateway starts only if the VPC has its internet gateway, which EC2 doesn't detach while the NAT gateway uses
    # an address.
    return [
        aws.ec2.NatGateway(
            named,
            allocation_id=address.id,
            subnet_id=subnet.id,
            tags={"Name": named},
            opts=ResourceOptions(parent=parent, depends_on=[internet], hooks=creation.binding(parent)),
        )
        for named, address, subnet in zip(_names(name, len(addresses)), addresses, subnets, strict=False)
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
    """Each zone's route to its own NAT gateway, or to the only one; none where there is none."""
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
    """How many NAT gateways, and Elastic IPs, a network over so many zones has."""
    return {"none": 0, "one": 1, "zone": zones}[nat]
