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


def nat_gateways(
    name: str, nat: Nat, subnets: Sequence[aws.ec2.Subnet], internet: aws.ec2.Route, *, parent: pulumi.Resource
) -> list[aws.ec2.NatGateway]:
    """The NAT gateways, the first zone's first, each with an address of its own.

    The first zone's is the same one with `one` and with `zone`: who admits its address can go on doing so.
    """
    # A NAT gateway starts, and its address is let go, only while the VPC has its internet gateway.
    child = ResourceOptions(parent=parent, depends_on=[internet])
    made: list[aws.ec2.NatGateway] = []
    for number, subnet in enumerate(subnets[: gateway_count(nat, len(subnets))], 1):
        of = f"{name}-nat" if number == 1 else f"{name}-nat-{number}"
        address = aws.ec2.Eip(of, domain="vpc", tags={"Name": of}, opts=child)
        made.append(
            aws.ec2.NatGateway(
                of,
                allocation_id=address.id,
                subnet_id=subnet.id,
                tags={"Name": of},
                opts=ResourceOptions.merge(child, ResourceOptions(hooks=creation.binding(parent))),
            )
        )
    return made


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
