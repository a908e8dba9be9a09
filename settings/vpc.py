"""An existing VPC for a cluster."""

from __future__ import annotations

import re
from collections import Counter
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated

from pydantic import AfterValidator

from components.quotas.demand import Existing
from settings.base import IPV4, IPV4_RANGE, NOWHERE, PRIVATE, Address, Range, Section, of_a_vpc
from settings.form import Form


def _pattern(kind: str) -> str:
    return rf"{kind}-([0-9a-f]{{8}}|[0-9a-f]{{17}})"


def _id(kind: str, what: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(_pattern(kind), value):
            raise ValueError(f"is no {what}'s id; give one, {kind}-0123456789abcdef0 for instance")
        return value

    return AfterValidator(check)


def _range(value: IPv4Network) -> IPv4Network:
    if not 16 <= value.prefixlen <= 28:
        raise ValueError("can't be a VPC's range; give the one that the VPC has, from /16 to /28")
    return value


def _once(values: tuple[str, ...]) -> tuple[str, ...]:
    for value, count in Counter(values).items():
        if count > 1:
            raise ValueError(f"has {value} {count} times; list it once")
    return values


def _two(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(values) < 2:
        raise ValueError("are fewer than the two subnets that EKS asks for; list two or more, in different zones")
    return values


def _some(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values:
        raise ValueError("is empty, and no route would lead to the fleet's other networks; list the subnets' tables")
    return values


def _public(value: IPv4Address) -> IPv4Address:
    if any(value in block for block in PRIVATE):
        raise ValueError("is a private address, which no public endpoint ever sees; give the NAT gateway's public one")
    for block, what in NOWHERE.items():
        if value in block:
            raise ValueError(f"is of {block}, {what}, from which no call comes; give the NAT gateway's public address")
    return value


VpcId = Annotated[str, _id("vpc", "VPC"), Form("A VPC's id.", _pattern("vpc"))]
SubnetId = Annotated[str, _id("subnet", "subnet"), Form("A subnet's id.", _pattern("subnet"))]
RouteTableId = Annotated[str, _id("rtb", "route table"), Form("A route table's id.", _pattern("rtb"))]
PublicAddress = Annotated[Address, AfterValidator(_public), Form("A public IPv4 address.", IPV4)]
ExistingRange = Annotated[
    Range, AfterValidator(of_a_vpc), AfterValidator(_range), Form("A range from /16 to /28.", IPV4_RANGE)
]


class Vpc(Section):
    """A VPC of the account that others manage, together with its ways out, endpoints, flow logs and tags.

    While the cluster uses it, its route tables have routes to the fleet's other networks. Nothing else changes.
    Load balancers find their subnets by the tags that the VPC's owner sets, or without any.
    """

    id: VpcId
    cidr: ExistingRange
    """The VPC's range with the subnets in it. The other networks get a route to this range."""
    private_subnet_ids: Annotated[tuple[SubnetId, ...], AfterValidator(_two), AfterValidator(_once)]
    """The subnets of the control plane's addresses and of the nodes, in two zones or more.

    Nodes must reach AWS's services from there. The host's nodes must also reach the registries of kubefed's images.
    """
    route_table_ids: Annotated[tuple[RouteTableId, ...], AfterValidator(_some), AfterValidator(_once)]
    """The tables that get routes to the other networks: the private subnets', and those of other callers."""
    nat_addresses: tuple[PublicAddress, ...] = ()
    """The public addresses that calls from the private subnets come from.

    Without them, the host reaches no other cluster whose endpoint is public.
    """

    @property
    def footprint(self) -> Existing:
        """The resources in it that count against quotas."""
        return Existing(vpc_id=self.id, route_table_ids=self.route_table_ids)
