"""A VPC with a private and a public subnet in each of two or three zones, its egress, and flow logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from . import addresses
from .client_routes import ClientRoute, client_routes
from .endpoints import Endpoints, EndpointsArgs
from .flow_logs import FlowLogs, FlowLogsArgs
from .nat import Nat, nat_addresses, nat_gateways, nat_routes
from .zones import Zones


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """A network's ranges, egress and flow logs."""

    name: str
    """The network's name in peerings' routes."""
    region: str
    cidr: IPv4Network
    """The VPC's range."""
    zones: Zones
    private_subnet_tags: dict[str, Input[str]]
    """Tags of the private subnets, beside their names."""
    public_subnet_tags: dict[str, Input[str]]
    """Tags of the public subnets, beside their names."""
    nat: Nat
    """The NAT gateways; each costs about 35 dollars a month, and its traffic."""
    services: Sequence[str]
    """The AWS services that are reached by an interface endpoint each."""
    traffic: str
    """The traffic in the flow log: `none`, `reject` or `all`."""
    retention_days: int
    """The days until the flow log's records expire."""
    key_arn: Input[str]
    """The region's KMS key, which encrypts the records."""
    clients: Mapping[str, ClientRoute] = field(default_factory=dict[str, ClientRoute])
    """The routes to networks of others, by their names."""
    protected: bool = False
    """Whether Pulumi refuses to delete or replace the VPC."""


class Network(pulumi.ComponentResource):
    """A VPC with DNS, a private and a public subnet in each zone, and a closed default security group.

    Its egress are NAT gateways, and endpoints of AWS's own services; a flow log records its traffic. Each private
    subnet has its own route table, so that another number of NAT gateways only changes routes. The public subnets share
    a table.
    """

    name: str
    region: str
    cidr: IPv4Network
    vpc_id: Output[str]
    private_subnet_ids: Output[Sequence[str]]
    nat_addresses: list[Output[str]]
    """The public addresses of calls from the private subnets; none without a NAT gateway."""
    zones: Output[Sequence[str]]
    """The zones of the private subnets."""
    route_table_ids: Mapping[str, Output[str]]
    """Every route table with subnets, by its name in routes: `1` is the public table, the others are a zone's each."""
    egress: list[pulumi.Resource]
    """The resources that must exist while an instance in the private subnets calls outside."""
    client_routes: list[pulumi.Resource]
    """The routes to networks of others, for responses to them."""

    def __init__(self, name: str, args: NetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:Network", name, None, opts)
        self.name, self.region, self.cidr = args.name, args.region, args.cidr
        self._name = name
        self._vpc = self._closed_vpc(args)
        plan = addresses.subnets(args.cidr, len(args.zones.names))
        public = self._subnets("public", args.zones, plan.public, args.public_subnet_tags)
        private = self._subnets("private", args.zones, plan.private, args.private_subnet_tags)
        internet, public_table = self._internet(public)
        tables = [self._table(f"private-{number}", [subnet]) for number, subnet in enumerate(private, 1)]
        addresses_out = nat_addresses(name, args.nat, len(public), parent=self)
        nats = nat_gateways(name, addresses_out, public, internet, parent=self)
        routes_out = nat_routes(name, tables, nats, parent=self)

        self.vpc_id = self._vpc.id
        self.private_subnet_ids = Output.all(*(subnet.id for subnet in private))
        self.nat_addresses = [address.public_ip for address in addresses_out]
        self.zones = Output.from_input(args.zones.names)
        self.route_table_ids = {str(number): table.id for number, table in enumerate((public_table, *tables), 1)}
        self.client_routes = client_routes(name, args.clients, self.route_table_ids, parent=self)
        endpoints = self._endpoints(args, [subnet.id for subnet in private])
        self.egress = routes_out or endpoints.ways
        self._flow_logs(args)
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "private_subnet_ids": self.private_subnet_ids,
                "nat_addresses": self.nat_addresses,
                "route_table_ids": self.route_table_ids,
            }
        )

    def _closed_vpc(self, args: NetworkArgs) -> aws.ec2.Vpc:
        child = ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc(
            f"{self._name}-vpc",
            cidr_block=str(args.cidr),
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": self._name},
            opts=ResourceOptions(parent=self, protect=args.protected),
        )
        # A new VPC's default group admits its members; adopted without rules, it is closed. The provider keeps rules
        # that somebody adds unless both lists are set.
        aws.ec2.DefaultSecurityGroup(
            f"{self._name}-default",
            vpc_id=vpc.id,
            ingress=[],
            egress=[],
            tags={"Name": f"{self._name}-closed"},
            opts=child,
        )
        return vpc

    def _subnets(
        self, role: str, zones: Zones, cidrs: Sequence[IPv4Network], tags: dict[str, Input[str]]
    ) -> list[aws.ec2.Subnet]:
        return [
            aws.ec2.Subnet(
                f"{self._name}-{role}-{number}",
                vpc_id=self._vpc.id,
                cidr_block=str(cidr),
                availability_zone=zones.names[number - 1],
                tags={"Name": f"{self._name}-{role}-{number}", **tags},
                # Another zone would mean another subnet, whose range conflicts with the existing one's.
                opts=ResourceOptions(parent=self, ignore_changes=["availabilityZone"] if zones.fixed else None),
            )
            for number, cidr in enumerate(cidrs, 1)
        ]

    def _internet(self, subnets: Sequence[aws.ec2.Subnet]) -> tuple[aws.ec2.Route, aws.ec2.RouteTable]:
        """Create an internet gateway, and the public subnets' route to it."""
        child = ResourceOptions(parent=self)
        gateway = aws.ec2.InternetGateway(
            f"{self._name}-internet", vpc_id=self._vpc.id, tags={"Name": self._name}, opts=child
        )
        table = self._table("public", subnets)
        route = aws.ec2.Route(
            f"{self._name}-public-default",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.id,
            opts=child,
        )
        return route, table

    def _table(self, role: str, subnets: Sequence[aws.ec2.Subnet]) -> aws.ec2.RouteTable:
        child = ResourceOptions(parent=self)
        table = aws.ec2.RouteTable(
            f"{self._name}-{role}", vpc_id=self._vpc.id, tags={"Name": f"{self._name}-{role}"}, opts=child
        )
        for number, subnet in enumerate(subnets, 1):
            aws.ec2.RouteTableAssociation(
                f"{self._name}-{role}-{number}", route_table_id=table.id, subnet_id=subnet.id, opts=child
            )
        return table

    def _endpoints(self, args: NetworkArgs, subnet_ids: Sequence[Output[str]]) -> Endpoints:
        return Endpoints(
            self._name,
            EndpointsArgs(
                region=args.region,
                vpc_id=self._vpc.id,
                cidr=args.cidr,
                subnet_ids=subnet_ids,
                route_table_ids=[*self.route_table_ids.values()],
                services=args.services,
            ),
            ResourceOptions(parent=self),
        )

    def _flow_logs(self, args: NetworkArgs) -> None:
        if args.traffic != "none":
            FlowLogs(
                self._name,
                FlowLogsArgs(
                    vpc_id=self._vpc.id,
                    traffic=args.traffic,
                    retention_days=args.retention_days,
                    key_arn=args.key_arn,
                ),
                ResourceOptions(parent=self),
            )
