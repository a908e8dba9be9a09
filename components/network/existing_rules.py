"""What a VPC that is there already has to be like for a cluster of the fleet to stand in it.

Each rule raises pulumi.RunError where it doesn't hold. EKS's own are of its user guide's "Amazon EKS networking
requirements for VPC and subnets".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import product

import pulumi

FREE_ADDRESSES = 6
"""What EKS asks of each subnet when it makes a cluster; it recommends 16, and nodes and pods take their own."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the settings say of a VPC, and what they make of it."""

    setting: str
    """The key under which they do, `clusters[0].vpc`."""
    region: str
    vpc_id: str
    cidr: IPv4Network
    private_subnet_ids: Sequence[str]
    route_table_ids: Sequence[str]
    peers: Mapping[str, IPv4Network]
    """The ranges of the networks that it is peered with, by their names."""
    service_cidr: IPv4Network


@dataclass(frozen=True, kw_only=True)
class Vpc:
    """A VPC as AWS has it."""

    owner: str
    """The account it belongs to."""
    ranges: Sequence[IPv4Network]
    """The first one, and those added since."""
    attributes: Mapping[str, bool]
    """`enableDnsSupport` and `enableDnsHostnames`."""
    main_table: str
    """The route table of the subnets that have none of their own."""


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet as AWS has it."""

    id: str
    cidr: IPv4Network | None
    """None where it has IPv6 addresses alone."""
    zone: str
    free: int
    """Addresses that nothing has."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A route table as AWS has it."""

    id: str
    subnets: Collection[str]
    """Those that it was given to."""
    routes: Mapping[IPv4Network, str]
    """IPv4 destinations, to the id of what they lead to."""


def check_there(wanted: Wanted, vpcs: Collection[str], subnets: Collection[str], tables: Collection[str]) -> str:
    """The VPC's id, if it is in the region, and the subnets and route tables in it; by the ids that are."""
    look = f"`aws ec2 describe-{{}} --region {wanted.region}"
    if wanted.vpc_id not in vpcs:
        raise pulumi.RunError(
            f"{wanted.setting}.id: {wanted.vpc_id} is not in {wanted.region}; give the id of a VPC there, one of "
            f"{look.format('vpcs')}`"
        )
    for key, what, ids, found in (
        ("privateSubnetIds", "subnets", wanted.private_subnet_ids, subnets),
        ("routeTableIds", "route-tables", wanted.route_table_ids, tables),
    ):
        for missing in (id_ for id_ in ids if id_ not in found):
            raise pulumi.RunError(
                f"{wanted.setting}.{key}: {missing} is not in {wanted.vpc_id}; give {what.replace('-', ' ')} of that "
                f"VPC, of {look.format(what)} --filters Name=vpc-id,Values={wanted.vpc_id}`"
            )
    return wanted.vpc_id


def check_vpc(wanted: Wanted, vpc: Vpc, account: str) -> None:
    """It is the account's own, resolves names, has the range, and none that a peer has, or services."""
    if vpc.owner != account:
        raise pulumi.RunError(
            f"{wanted.setting}.id: {wanted.vpc_id} is account {vpc.owner}'s and only shared with {account}, which may "
            "neither peer it nor change its routes; give a VPC of the account's own"
        )
    for attribute, on in vpc.attributes.items():
        if not on:
            option = {"enableDnsSupport": "--enable-dns-support", "enableDnsHostnames": "--enable-dns-hostnames"}
            raise pulumi.RunError(
                f"{wanted.setting}.id: {wanted.vpc_id} has {attribute} off, without which a private endpoint has no "
                f"name; turn it on, `aws ec2 modify-vpc-attribute --region {wanted.region} --vpc-id {wanted.vpc_id} "
                f"{option[attribute]}`"
            )
    if wanted.cidr not in vpc.ranges:
        raise pulumi.RunError(
            f"{wanted.setting}.cidr: {wanted.cidr} is no range of {wanted.vpc_id}; give the one that the subnets lie "
            f"in, of {', '.join(map(str, vpc.ranges))}"
        )
    for own in vpc.ranges:
        for name, other in {**wanted.peers, "serviceCidr": wanted.service_cidr}.items():
            if own.overlaps(other):
                raise pulumi.RunError(
                    f"{wanted.setting}.id: {wanted.vpc_id} has the range {own} too, which overlaps {other} of {name}, "
                    f"and AWS peers no such networks; choose another range for {name}"
                )


def check_subnets(wanted: Wanted, subnets: Sequence[Subnet], zones: Collection[str], *, stands: bool) -> None:
    """They lie in the range and in zones where EKS is, `zones`, two at least; and have room for a cluster to come."""
    key = f"{wanted.setting}.privateSubnetIds"
    for subnet in subnets:
        if subnet.cidr is None or not subnet.cidr.subnet_of(wanted.cidr):
            raise pulumi.RunError(
                f"{key}: {subnet.id} ({subnet.cidr or 'IPv6 alone'}) is not within {wanted.cidr}, the range that the "
                "other networks get a route to; give subnets in it, or set cidr to the range that they lie in"
            )
        # An impaired zone is not among them, and a cluster that is in it stays there.
        if subnet.zone not in zones and not stands:
            raise pulumi.RunError(
                f"{key}: {subnet.id} lies in {subnet.zone}, where EKS places no control plane; give one in "
                f"{', '.join(sorted(zones))}"
            )
        if subnet.free < FREE_ADDRESSES and not stands:
            raise pulumi.RunError(
                f"{key}: {subnet.id} has {subnet.free} free addresses and EKS asks for {FREE_ADDRESSES}, beside those "
                "of nodes and pods; give a larger subnet, or make room in this one"
            )
    if len({subnet.zone for subnet in subnets}) < 2:
        raise pulumi.RunError(
            f"{key}: all lie in {subnets[0].zone} and EKS asks for two zones; add a subnet in another, of "
            f"{', '.join(sorted({*zones} - {subnets[0].zone}))}"
        )


def check_tables(wanted: Wanted, main_table: str, tables: Sequence[Table], used: Collection[str]) -> None:
    """They are all that the subnets go by, lead to no internet gateway, and leave the peers' ranges to the fleet.

    `used` are those that were given to the subnets; subnets without one go by the VPC's main table.
    """
    key = f"{wanted.setting}.routeTableIds"
    given = {subnet for table in tables for subnet in table.subnets}
    own_less = [subnet for subnet in wanted.private_subnet_ids if subnet not in given]
    listed = {table.id for table in tables}
    for missing in sorted({*used} - listed):
        raise pulumi.RunError(
            f"{key}: {missing} is not listed and is the table of private subnets, which would have no route to the "
            "fleet's other networks; add it"
        )
    if own_less and main_table not in listed:
        raise pulumi.RunError(
            f"{key}: {main_table} is not listed and is the VPC's main one, which {own_less[0]} goes by for want of "
            "another; add it"
        )
    for table in tables:
        _check_private(wanted, table, [*table.subnets, *(own_less if table.id == main_table else [])])
        _check_free(wanted, table)


def _check_private(wanted: Wanted, table: Table, subnets: Collection[str]) -> None:
    """Nodes have no public address, without which an internet gateway carries nothing."""
    gateway = next((target for target in table.routes.values() if target.startswith("igw-")), None)
    public = [subnet for subnet in wanted.private_subnet_ids if subnet in subnets]
    if gateway and public:
        raise pulumi.RunError(
            f"{wanted.setting}.privateSubnetIds: {public[0]} is public, for {table.id} leads it to {gateway}, and "
            "nodes have no public address; give subnets whose way out is a NAT gateway, or endpoints"
        )


def _check_free(wanted: Wanted, table: Table) -> None:
    """A route to a peer's range, or to a part of it, would take the peering's place.

    One that leads to a peering is let pass: it may be the fleet's own, and AWS refuses a second one to the same range.
    """
    for destination, target in table.routes.items():
        for peer, cidr in wanted.peers.items():
            if destination.subnet_of(cidr) and not target.startswith("pcx-"):
                raise pulumi.RunError(
                    f"{wanted.setting}.routeTableIds: {table.id} leads {destination} to {target}, and {peer} has "
                    f"{cidr} in this fleet; choose another range for {peer}, or take that route out"
                )


def check_apart(ranges: Mapping[str, Sequence[str]], links: Iterable[tuple[str, str]]) -> None:
    """No two VPCs that are there already and are to be peered have ranges that overlap; by the networks' names."""
    for one, other in links:
        for mine, theirs in product(ranges.get(one, ()), ranges.get(other, ())):
            if IPv4Network(mine).overlaps(IPv4Network(theirs)):
                raise pulumi.RunError(
                    f"clusters: {one}'s VPC has {mine} and {other}'s has {theirs}, which overlap, and AWS peers no "
                    "such networks; give another VPC to one of them"
                )
