"""A VPC over three zones, with a private and a public subnet in each and one way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws
from pulumi import Input, InvokeOutputOptions, Output, ResourceOptions

from components import addresses

ZONES_WITHOUT_EKS = ("use1-az3", "usw1-az2", "cac1-az3")
"""Zones where EKS places no control plane (EKS user guide, network requirements)."""


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What a network is made from."""

    cidr: IPv4Network
    """The VPC's range."""
    private_subnet_tags: dict[str, Input[str]]
    """On the private subnets, beside their names."""
    public_subnet_tags: dict[str, Input[str]]
    """On the public subnets, beside their names."""


class Network(pulumi.ComponentResource):
    """A VPC with DNS, three private and three public subnets, a NAT gateway, and a closed default security group.

    Each private subnet has a route table of its own, so that a NAT gateway a zone is a route's change; the public
    subnets share one.
    """

    vpc_id: Output[str]
    private_subnet_ids: Output[Sequence[str]]
    nat_address: Output[str]
    """The public address that calls from the private subnets come from."""
    route_table_ids: list[Output[str]]
    """Every route table that has subnets: one public, then one a zone."""
    egress: list[pulumi.Resource]
    """What must stand for as long as an instance in the private subnets needs the outside."""

    def __init__(self, name: str, args: NetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:Network", name, None, opts)
        child = ResourceOptions(parent=self)
        self._name = name
        self._cidr = args.cidr
        self._zones = _zones(self)
        self._vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=str(args.cidr),
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": name},
            opts=child,
        )
        # A new VPC's default group lets its members talk to each other; taken over without rules, it is closed.
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default", vpc_id=self._vpc.id, tags={"Name": f"{name}-closed"}, opts=child
        )
        plan = addresses.subnets(args.cidr)
        public = self._subnets("public", plan.public, args.public_subnet_tags)
        private = self._subnets("private", plan.private, args.private_subnet_tags)
        internet, public_table = self._internet(public)
        nat = self._nat(public[0], internet)
        private_tables, self.egress = self._ways_out(private, nat)

        self.vpc_id = self._vpc.id
        self.private_subnet_ids = Output.all(*(subnet.id for subnet in private))
        self.nat_address = nat.public_ip
        self.route_table_ids = [table.id for table in (public_table, *private_tables)]
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "private_subnet_ids": self.private_subnet_ids,
                "nat_address": self.nat_address,
                "route_table_ids": self.route_table_ids,
            }
        )

    def _subnets(self, role: str, cidrs: Sequence[IPv4Network], tags: dict[str, Input[str]]) -> list[aws.ec2.Subnet]:
        return [
            aws.ec2.Subnet(
                f"{self._name}-{role}-{number}",
                vpc_id=self._vpc.id,
                cidr_block=str(cidr),
                availability_zone=self._zones[number - 1],
                tags={"Name": f"{self._name}-{role}-{number}", **tags},
                opts=ResourceOptions(parent=self),
            )
            for number, cidr in enumerate(cidrs, 1)
        ]

    def _internet(self, subnets: Sequence[aws.ec2.Subnet]) -> tuple[aws.ec2.Route, aws.ec2.RouteTable]:
        """An internet gateway, and the public subnets' route to it."""
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

    def _nat(self, subnet: aws.ec2.Subnet, internet: aws.ec2.Route) -> aws.ec2.NatGateway:
        # A NAT gateway starts, and its address is let go, only while the VPC has its internet gateway.
        child = ResourceOptions(parent=self, depends_on=[internet])
        tags = {"Name": f"{self._name}-nat"}
        address = aws.ec2.Eip(f"{self._name}-nat", domain="vpc", tags=tags, opts=child)
        return aws.ec2.NatGateway(
            f"{self._name}-nat", allocation_id=address.id, subnet_id=subnet.id, tags=tags, opts=child
        )

    def _ways_out(
        self, subnets: Sequence[aws.ec2.Subnet], nat: aws.ec2.NatGateway
    ) -> tuple[list[aws.ec2.RouteTable], list[pulumi.Resource]]:
        """A table for each private subnet, and the routes out through the NAT gateway."""
        tables = [self._table(f"private-{number}", [subnet]) for number, subnet in enumerate(subnets, 1)]
        routes: list[pulumi.Resource] = [
            aws.ec2.Route(
                f"{self._name}-private-{number}-default",
                route_table_id=table.id,
                destination_cidr_block="0.0.0.0/0",
                nat_gateway_id=nat.id,
                opts=ResourceOptions(parent=self),
            )
            for number, table in enumerate(tables, 1)
        ]
        return tables, routes

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


def _zones(parent: Network) -> Output[list[str]]:
    """The first zones of the parent's region by name, of those an account has without asking."""
    found = aws.get_availability_zones_output(
        state="available",
        filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
        exclude_zone_ids=list(ZONES_WITHOUT_EKS),
        opts=InvokeOutputOptions(parent=parent),
    )
    return Output.all(found.names, found.id).apply(lambda known: first_zones(*known))


def first_zones(names: Sequence[str], region: str) -> list[str]:
    """The zones a network takes, by name. Raises RunError for a region with fewer than three."""
    if len(names) < addresses.ZONES:
        raise pulumi.RunError(
            f"clusters: {region} offers this account {len(names)} zones for EKS ({', '.join(sorted(names))}) and a "
            f"network spans {addresses.ZONES}; choose another region"
        )
    return sorted(names)[: addresses.ZONES]
