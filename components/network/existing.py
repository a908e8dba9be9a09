"""An existing VPC for a cluster: checked before anything is created, and left unchanged."""

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
    """The arguments of an existing network."""

    name: str
    """The network's name in peerings' routes."""
    wanted: Wanted
    nat_addresses: Sequence[IPv4Address]
    """The public addresses of calls from the private subnets."""
    exists: Input[bool]
    """Whether the cluster exists in it."""


class ExistingNetwork(pulumi.ComponentResource):
    """A network with Network's outputs, none of which the fleet owns. It creates nothing, and checks the VPC.

    The subnets get no tags. When the fleet is destroyed, its tag would disappear for others who have set it too. The
    load balancer controller uses subnets without tags only while none in the VPC has any. A first tag would therefore
    move other clusters' load balancers.
    """

    name: str
    region: str
    cidr: IPv4Network
    """The range that the other networks get a route to."""
    ranges: Output[Sequence[str]]
    """All of the VPC's ranges, once the checks have passed. A failed check ends the update."""
    vpc_id: Output[str]
    private_subnet_ids: Output[Sequence[str]]
    nat_addresses: list[Output[str]]
    zones: Output[Sequence[str]]
    """The zones of the private subnets."""
    route_table_ids: Mapping[str, Output[str]]
    """The route tables that get routes to the other networks, by their ids."""
    egress: list[pulumi.Resource]
    """Empty: the VPC's egress is not the fleet's."""
    client_routes: list[pulumi.Resource]
    """Empty: the routes to the cluster's clients are not the fleet's."""

    def __init__(self, name: str, args: ExistingNetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:ExistingNetwork", name, None, opts)
        self.name, self.region, self.cidr = args.name, args.wanted.region, args.wanted.cidr
        self._desired = args.wanted
        self._within = InvokeOptions(parent=self)
        vpc_id = self._found()
        subnets = self._subnets(vpc_id)
        self.ranges = self._checked(vpc_id, subnets, args.exists)
        self.zones = subnets.apply(lambda found: sorted({subnet.zone for subnet in found}))
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

    def _subnets(self, vpc_id: Output[str]) -> Output[list[Subnet]]:
        """Return the private subnets, once the VPC has them."""
        subnets = [
            self._ask("getSubnet", aws.ec2.GetSubnetResult, id=vpc_id.apply(lambda _, id_=id_: id_)).apply(_subnet)
            for id_ in self._desired.private_subnet_ids
        ]
        return Output.all(*subnets)

    def _checked(
        self, vpc_id: Output[str], subnets: Output[list[Subnet]], exists: Input[bool]
    ) -> Output[Sequence[str]]:
        desired, within = self._desired, self._within
        tables = [
            self._ask(
                "getRouteTable", aws.ec2.GetRouteTableResult, routeTableId=vpc_id.apply(lambda _, id_=id_: id_)
            ).apply(_table)
            for id_ in desired.route_table_ids
        ]
        of_subnets = [{"name": "association.subnet-id", "values": list(desired.private_subnet_ids)}]
        used = self._ask("getRouteTables", aws.ec2.GetRouteTablesResult, filters=of_subnets, vpcId=vpc_id)
        return Output.all(
            vpc=self._ask("getVpc", aws.ec2.GetVpcResult, id=vpc_id).apply(_vpc),
            account=identity(self).account_id,
            subnets=subnets,
            zones=zones_of_eks(within),
            exists=exists,
            tables=Output.all(*tables),
            used=used.ids,
        ).apply(lambda known: self._fits(**known))

    def _found(self) -> Output[str]:
        """Return the VPC's id once it, its subnets and route tables are found. Single lookups fail otherwise."""
        desired = self._desired
        of_vpc = [{"name": "vpc-id", "values": [desired.vpc_id]}]
        return Output.all(
            vpcs=self._ask("getVpcs", aws.ec2.GetVpcsResult, filters=of_vpc).ids,
            subnets=self._ask("getSubnets", aws.ec2.GetSubnetsResult, filters=of_vpc).ids,
            tables=self._ask("getRouteTables", aws.ec2.GetRouteTablesResult, vpcId=desired.vpc_id).ids,
        ).apply(lambda found: existing_rules.check_exists(desired, **found))

    def _ask(self, name: str, result: type[T], **arguments: Input[Any]) -> Output[T]:
        """Return the result of a function about VPCs, `getVpc` say."""
        return ask_output(f"aws:ec2/{name}:{name}", arguments, self._within, result)

    def _fits(
        self,
        vpc: Vpc,
        account: str,
        subnets: Sequence[Subnet],
        zones: Collection[str],
        exists: bool,
        tables: Sequence[Table],
        used: Collection[str],
    ) -> Sequence[str]:
        existing_rules.check_vpc(self._desired, vpc, account)
        existing_rules.check_subnets(self._desired, subnets, zones, exists=exists)
        existing_rules.check_tables(self._desired, vpc.main_table, tables, used)
        return [str(range_) for range_ in vpc.ranges]


def _vpc(found: aws.ec2.GetVpcResult) -> Vpc:
    in_use = ("associating", "associated")
    return Vpc(
        owner=found.owner_id,
        ranges=[
            IPv4Network(association.cidr_block)
            for association in found.cidr_block_associations
            if association.state in in_use
        ],
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
        subnets=[association.subnet_id for association in found.associations if association.subnet_id],
        routes={IPv4Network(route.cidr_block): _target(route) for route in found.routes if route.cidr_block},
    )


def _target(route: aws.ec2.outputs.GetRouteTableRouteResult) -> str:
    """Return the id of a route's target, the only one that is not empty."""
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
    """Fail with pulumi.RunError if two existing VPCs are to be peered and their ranges overlap."""
    pairs = [*links]
    return Output.all(**{name: network.ranges for name, network in networks.items()}).apply(
        lambda ranges: existing_rules.check_apart(dict(ranges), pairs)
    )
