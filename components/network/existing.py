"""A VPC that is there already, for a cluster to stand in: looked at before anything is made, and left as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any, TypeVar

import pulumi
import pulumi_aws as aws
from pulumi import Input, InvokeOptions, Output, ResourceOptions

from ..account import identity
from ..ask import ask_output
from . import existing_rules
from .existing_rules import Subnet, Table, Vpc, Wanted
from .zones import zones_of_eks

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class ExistingNetworkArgs:
    """What is known of an existing network."""

    name: str
    """The network's name in peerings' routes."""
    wanted: Wanted
    nat_addresses: Sequence[IPv4Address]
    """The public addresses that calls from the private subnets come from."""
    stands: Input[bool]
    """Whether the cluster is in it already."""


class ExistingNetwork(pulumi.ComponentResource):
    """A network like Network's, of which nothing is the fleet's: it makes nothing, and looks whether a cluster fits in.

    The subnets get no tags. One would be taken from whoever has set it too when the fleet goes; and the load balancer
    controller looks at subnets without tags only as long as none in the VPC has any, so that a first tag would lead
    other clusters' balancers away from where they are.
    """

    name: str
    region: str
    cidr: IPv4Network
    """The range that the other networks get a route to."""
    ranges: Output[Sequence[str]]
    """All that the VPC has, once it is known to be fit: an update ends here with what is wrong where it isn't."""
    vpc_id: Output[str]
    private_subnet_ids: Output[Sequence[str]]
    nat_addresses: list[Output[str]]
    route_table_ids: Mapping[str, Output[str]]
    """The route tables that lead to the other networks, by their ids."""
    egress: list[pulumi.Resource]
    """Its ways out are not the fleet's to wait for."""
    client_routes: list[pulumi.Resource]
    """Nor are the routes to its cluster's clients."""

    def __init__(self, name: str, args: ExistingNetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:ExistingNetwork", name, None, opts)
        self.name, self.region, self.cidr = args.name, args.wanted.region, args.wanted.cidr
        self._wanted = args.wanted
        self._within = InvokeOptions(parent=self)
        self.ranges = self._checked(args.stands)
        self.vpc_id = Output.from_input(args.wanted.vpc_id)
        self.private_subnet_ids = Output.from_input(list(args.wanted.private_subnet_ids))
        self.nat_addresses = [Output.from_input(str(address)) for address in args.nat_addresses]
        self.route_table_ids = {id_: Output.from_input(id_) for id_ in args.wanted.route_table_ids}
        self.egress = []
        self.client_routes = []
        self.register_outputs(
            {
                "ranges": self.ranges,
                "vpc_id": self.vpc_id,
                "private_subnet_ids": self.private_subnet_ids,
                "nat_addresses": self.nat_addresses,
                "route_table_ids": self.route_table_ids,
            }
        )

    def _checked(self, stands: Input[bool]) -> Output[Sequence[str]]:
        wanted, within = self._wanted, self._within
        there = self._there()
        subnets = [
            self._ask("getSubnet", aws.ec2.GetSubnetResult, id=there.apply(lambda _, id_=id_: id_)).apply(_subnet)
            for id_ in wanted.private_subnet_ids
        ]
        tables = [
            self._ask(
                "getRouteTable", aws.ec2.GetRouteTableResult, routeTableId=there.apply(lambda _, id_=id_: id_)
            ).apply(_table)
            for id_ in wanted.route_table_ids
        ]
        of_subnets = [{"name": "association.subnet-id", "values": list(wanted.private_subnet_ids)}]
        used = self._ask("getRouteTables", aws.ec2.GetRouteTablesResult, filters=of_subnets, vpcId=there)
        return Output.all(
            vpc=self._ask("getVpc", aws.ec2.GetVpcResult, id=there).apply(_vpc),
            account=identity(self).account_id,
            subnets=Output.all(*subnets),
            zones=zones_of_eks(within),
            stands=stands,
            tables=Output.all(*tables),
            used=used.ids,
        ).apply(lambda known: self._fits(**known))

    def _there(self) -> Output[str]:
        """The VPC's id once it, its subnets and route tables are found: asked for alone, what is not there fails."""
        wanted = self._wanted
        of_vpc = [{"name": "vpc-id", "values": [wanted.vpc_id]}]
        return Output.all(
            vpcs=self._ask("getVpcs", aws.ec2.GetVpcsResult, filters=of_vpc).ids,
            subnets=self._ask("getSubnets", aws.ec2.GetSubnetsResult, filters=of_vpc).ids,
            tables=self._ask("getRouteTables", aws.ec2.GetRouteTablesResult, vpcId=wanted.vpc_id).ids,
        ).apply(lambda found: existing_rules.check_there(wanted, **found))

    def _ask(self, name: str, result: type[T], **arguments: Input[Any]) -> Output[T]:
        """The answer of a function about VPCs, `getVpc` say."""
        return ask_output(f"aws:ec2/{name}:{name}", arguments, self._within, result)

    def _fits(
        self,
        vpc: Vpc,
        account: str,
        subnets: Sequence[Subnet],
        zones: Collection[str],
        stands: bool,
        tables: Sequence[Table],
        used: Collection[str],
    ) -> Sequence[str]:
        existing_rules.check_vpc(self._wanted, vpc, account)
        existing_rules.check_subnets(self._wanted, subnets, zones, stands=stands)
        existing_rules.check_tables(self._wanted, vpc.main_table, tables, used)
        return [str(one) for one in vpc.ranges]


def _vpc(found: aws.ec2.GetVpcResult) -> Vpc:
    held = ("associating", "associated")
    return Vpc(
        owner=found.owner_id,
        ranges=[IPv4Network(one.cidr_block) for one in found.cidr_block_associations if one.state in held],
        attributes={"enableDnsSupport": found.enable_dns_support, "enableDnsHostnames": found.enable_dns_hostnames},
        main_table=found.main_route_table_id,
    )


def _subnet(found: aws.ec2.GetSubnetResult) -> Subnet:
    return Subnet(
        id=found.id,
        cidr=IPv4Network(found.cidr_block) if found.cidr_block else None,
        zone=found.availability_zone,
        free=found.available_ip_address_count,
    )


def _table(found: aws.ec2.GetRouteTableResult) -> Table:
    return Table(
        id=found.route_table_id,
        subnets=[one.subnet_id for one in found.associations if one.subnet_id],
        routes={IPv4Network(route.cidr_block): _target(route) for route in found.routes if route.cidr_block},
    )


def _target(route: aws.ec2.outputs.GetRouteTableRouteResult) -> str:
    """The id of what a route leads to: all others are empty."""
    ids = (
        route.carrier_gateway_id,
        route.core_network_arn,
        route.egress_only_gateway_id,
        route.gateway_id,
        route.instance_id,
        route.local_gateway_id,
        route.nat_gateway_id,
        route.network_interface_id,
        route.odb_network_arn,
        route.transit_gateway_id,
        route.vpc_endpoint_id,
        route.vpc_peering_connection_id,
    )
    return next(filter(None, ids), "")


def check_apart(networks: Mapping[str, ExistingNetwork], links: Iterable[tuple[str, str]]) -> Output[None]:
    """Fails with pulumi.RunError for two existing VPCs that are to be peered and have ranges that overlap."""
    pairs = [*links]
    return Output.all(**{name: network.ranges for name, network in networks.items()}).apply(
        lambda ranges: existing_rules.check_apart(dict(ranges), pairs)
    )
