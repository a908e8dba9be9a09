"""Peerings: ranges, routes and names between networks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pulumi_aws as aws

from policies.inputs import UNKNOWN, Resource
from policies.ranges import network, within
from policies.rule import Context, Parameter, Severity, rule
from policies.stack import Stack

ec2 = aws.ec2


class Pair(NamedTuple):
    """A peering's connection and its two VPCs."""

    connection: Resource
    requester: Resource
    accepter: Resource


@rule(
    "peering-ranges",
    lambda: (ec2.VpcPeeringConnection, ec2.Vpc),
    what="Peered networks don't overlap, because AWS fails the peering of overlapping ones.",
    fix="choose another range for one of them",
    sources=("ours", "VPC peering guide, Limitations"),
    severity=Severity.HIGH,
)
def peering_ranges(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Yield peerings of overlapping ranges."""
    for pair in _pairs(stack):
        first, second = (network(vpc.at("cidrBlock")) for vpc in pair[1:])
        if first and second and first.overlaps(second):
            yield pair.connection, f"{first} of {pair.requester.name} overlaps {second} of {pair.accepter.name}"


@rule(
    "peering-routes",
    lambda: (
        ec2.VpcPeeringConnection,
        ec2.VpcPeeringConnectionAccepter,
        ec2.Vpc,
        ec2.Route,
        ec2.RouteTable,
        ec2.RouteTableAssociation,
    ),
    what="Both sides of a peering have routes to the other in every table, because responses need a route back.",
    fix="give every route table of both networks a route to the other's range",
    sources=("ours", "VPC peering guide, Update your route tables"),
    severity=Severity.HIGH,
)
def peering_routes(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Yield peerings of a VPC with a table that has subnets, but no route to the other's range."""
    for pair in _pairs(stack):
        routes = [
            route
            for reference in _references(stack, pair.connection)
            for route in stack.users(reference, ec2.Route, _BY)
        ]
        for vpc, peer in ((pair.requester, pair.accepter), (pair.accepter, pair.requester)):
            leading = {
                table.urn
                for route in routes
                if _leads(route, peer)
                for table in stack.sources(route, "routeTableId", ec2.RouteTable)
            }
            missing = [table.name for table in _tables(stack, vpc) if table.urn not in leading]
            if missing:
                yield pair.connection, f"no route leads to {peer.name} from {', '.join(sorted(missing))}"


@rule(
    "peering-route-narrow",
    lambda: (ec2.Route,),
    what="A route over a peering leads to a single network: a wider one would also send it others' traffic.",
    fix="name the other network's range",
    sources=("CIS AWS v5.0.0 5.6", "CKV2_AWS_44", "Prowler vpc_peering_routing_tables_with_least_privilege"),
    severity=Severity.MEDIUM,
    parameters={"prefix": Parameter.number(16, "The shortest prefix of a route.", minimum=1, maximum=32)},
)
def peering_route_narrow(route: Resource, context: Context) -> Iterator[str]:
    """Yield routes over a peering whose range is too wide."""
    range_ = network(route.at("destinationCidrBlock"))
    if route.at(_BY) is not None and range_ and range_.prefixlen < context.parameters["prefix"]:
        yield f"it leads to {range_}, which is wider than /{context.parameters['prefix']}"


@rule(
    "peering-names",
    lambda: (ec2.VpcPeeringConnection, ec2.VpcPeeringConnectionAccepter, ec2.PeeringConnectionOptions),
    what="Both sides of a peering resolve the other's names to private addresses, to keep calls off the internet.",
    fix="set allow_remote_vpc_dns_resolution by an aws.ec2.PeeringConnectionOptions on each side",
    sources=("ours", "VPC peering guide, Enable DNS resolution"),
    severity=Severity.MEDIUM,
)
def peering_names(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Yield peerings whose requester or accepter lacks the option."""
    options = (ec2.PeeringConnectionOptions, "vpcPeeringConnectionId")
    for connection in stack.of(ec2.VpcPeeringConnection):
        found = [option for reference in _references(stack, connection) for option in stack.users(reference, *options)]
        for side in ("requester", "accepter"):
            if not any(option.at(f"{side}.allowRemoteVpcDnsResolution") in (True, UNKNOWN) for option in found):
                yield connection, f"its {side} doesn't resolve them"


_BY = "vpcPeeringConnectionId"


def _pairs(stack: Stack) -> Iterator[Pair]:
    for connection in stack.of(ec2.VpcPeeringConnection):
        requesters = stack.sources(connection, "vpcId", ec2.Vpc)
        accepters = stack.sources(connection, "peerVpcId", ec2.Vpc)
        if requesters and accepters:
            yield Pair(connection, requesters[0], accepters[0])


def _references(stack: Stack, connection: Resource) -> list[Resource]:
    """Return the resources by which routes and options refer to a peering: itself, or its accepter of the same id."""
    return [connection, *stack.users(connection, ec2.VpcPeeringConnectionAccepter, _BY)]


def _tables(stack: Stack, vpc: Resource) -> list[Resource]:
    """Return a VPC's route tables that have subnets."""
    tables = stack.users(vpc, ec2.RouteTable, "vpcId")
    return [table for table in tables if stack.users(table, ec2.RouteTableAssociation, "routeTableId")]


def _leads(route: Resource, vpc: Resource) -> bool:
    vpc_range, range_ = network(vpc.at("cidrBlock")), network(route.at("destinationCidrBlock"))
    return vpc_range is None or range_ is None or within(vpc_range, range_)
