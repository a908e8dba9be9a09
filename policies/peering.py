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
    what="Peered networks don't overlap, for AWS fails the peering of two that do.",
    fix="choose another range for one of them",
    sources=("ours", "VPC peering guide, Limitations"),
    severity=Severity.HIGH,
)
def peering_ranges(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Their ranges are compared."""
    for pair in _pairs(stack):
        one, other = (network(vpc.at("cidrBlock")) for vpc in pair[1:])
        if one and other and one.overlaps(other):
            yield pair.connection, f"{one} of {pair.requester.name} overlaps {other} of {pair.accepter.name}"


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
    what="Both sides of a peering have routes to the other, in every table: an answer finds its way back, or is lost.",
    fix="give every route table of both networks a route to the other's range",
    sources=("ours", "VPC peering guide, Update your route tables"),
    severity=Severity.HIGH,
)
def peering_routes(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Every table with subnets, of both VPCs, leads to the other's range by the connection."""
    for pair in _pairs(stack):
        routes = [route for way in _ways(stack, pair.connection) for route in stack.users(way, ec2.Route, _BY)]
        for here, there in ((pair.requester, pair.accepter), (pair.accepter, pair.requester)):
            leading = {
                table.urn
                for route in routes
                if _leads(route, there)
                for table in stack.sources(route, "routeTableId", ec2.RouteTable)
            }
            lost = [table.name for table in _tables(stack, here) if table.urn not in leading]
            if lost:
                yield pair.connection, f"no route leads to {there.name} from {', '.join(sorted(lost))}"


@rule(
    "peering-route-narrow",
    lambda: (ec2.Route,),
    what="A route over a peering leads to one network: a wider one would send there what is meant for others.",
    fix="name the other network's range",
    sources=("CIS AWS v5.0.0 5.6", "CKV2_AWS_44", "Prowler vpc_peering_routing_tables_with_least_privilege"),
    severity=Severity.MEDIUM,
    parameters={"prefix": Parameter.number(16, "The length of its prefix, at the least.", minimum=1, maximum=32)},
)
def peering_route_narrow(route: Resource, context: Context) -> Iterator[str]:
    """Its range's prefix is long enough."""
    range_ = network(route.at("destinationCidrBlock"))
    if route.at(_BY) is not None and range_ and range_.prefixlen < context.parameters["prefix"]:
        yield f"it leads to {range_}, and a /{context.parameters['prefix']} is the widest"


@rule(
    "peering-names",
    lambda: (ec2.VpcPeeringConnection, ec2.VpcPeeringConnectionAccepter, ec2.PeeringConnectionOptions),
    what="Both sides of a peering resolve the other's names to private addresses, or calls would go by the internet.",
    fix="set allow_remote_vpc_dns_resolution by an aws.ec2.PeeringConnectionOptions on each side",
    sources=("ours", "VPC peering guide, Enable DNS resolution"),
    severity=Severity.MEDIUM,
)
def peering_names(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Requester and accepter have the option."""
    options = (ec2.PeeringConnectionOptions, "vpcPeeringConnectionId")
    for connection in stack.of(ec2.VpcPeeringConnection):
        made = [one for way in _ways(stack, connection) for one in stack.users(way, *options)]
        for side in ("requester", "accepter"):
            if not any(one.at(f"{side}.allowRemoteVpcDnsResolution") in (True, UNKNOWN) for one in made):
                yield connection, f"its {side} doesn't"


_BY = "vpcPeeringConnectionId"


def _pairs(stack: Stack) -> Iterator[Pair]:
    for connection in stack.of(ec2.VpcPeeringConnection):
        requesters = stack.sources(connection, "vpcId", ec2.Vpc)
        accepters = stack.sources(connection, "peerVpcId", ec2.Vpc)
        if requesters and accepters:
            yield Pair(connection, requesters[0], accepters[0])


def _ways(stack: Stack, connection: Resource) -> list[Resource]:
    """What routes and options may name a peering by: itself, or its accepter, which has the same id."""
    return [connection, *stack.users(connection, ec2.VpcPeeringConnectionAccepter, _BY)]


def _tables(stack: Stack, vpc: Resource) -> list[Resource]:
    """A VPC's route tables that have subnets."""
    tables = stack.users(vpc, ec2.RouteTable, "vpcId")
    return [table for table in tables if stack.users(table, ec2.RouteTableAssociation, "routeTableId")]


def _leads(route: Resource, vpc: Resource) -> bool:
    there, range_ = network(vpc.at("cidrBlock")), network(route.at("destinationCidrBlock"))
    return there is None or range_ is None or within(there, range_)
