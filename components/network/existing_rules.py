"""The rules for an existing VPC with a cluster of the fleet.

Each rule raises pulumi.RunError for a violation. EKS's own rules are from its user guide's "Amazon EKS networking
requirements for VPC and subnets".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import product

import pulumi

FREE_ADDRESSES = 6
"""The free addresses that EKS requires in each subnet for a new cluster. It recommends 16; nodes and pods need more."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The settings' description of a VPC, and what follows from it."""

    setting: str
    """The key of the settings, `clusters[0].vpc`."""
    region: str
    vpc_id: str
    cidr: IPv4Network
    private_subnet_ids: Sequence[str]
    route_table_ids: Sequence[str]
    peers: Mapping[str, IPv4Network]
    """The ranges of its peers, by the networks' names."""
    service_cidr: IPv4Network


@dataclass(frozen=True, kw_only=True)
class Vpc:
    """A VPC in AWS."""

    owner: str
    """The account that owns it."""
    ranges: Sequence[IPv4Network]
    """The first range, and those added since."""
    attributes: Mapping[str, bool]
    """`enableDnsSupport` and `enableDnsHostnames`."""
    main_table: str
    """The route table of subnets without one of their own."""


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet in AWS."""

    id: str
    cidr: IPv4Network | None
    """The IPv4 range; None if the subnet has only IPv6 addresses."""
    zone: str
    free: int
    """The number of free addresses."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A route table in AWS."""

    id: str
    subnets: Collection[str]
    """The subnets that are associated with it."""
    routes: Mapping[IPv4Network, str]
    """IPv4 destinations, to the ids of their targets."""


def check_exists(desired: Wanted, vpcs: Collection[str], subnets: Collection[str], tables: Collection[str]) -> str:
    """Return the VPC's id if it is in the region, and its subnets and route tables are in it.

    The arguments are the ids that exist.
    """
    look = f"`aws ec2 describe-{{}} --region {desired.region}"
    if desired.vpc_id not in vpcs:
        raise pulumi.RunError(
            f"{desired.setting}.id: {desired.vpc_id} is not in {desired.region}; give the id of a VPC there, one of "
            f"{look.format('vpcs')}`"
        )
    for key, noun, ids, found in (
        ("privateSubnetIds", "subnets", desired.private_subnet_ids, subnets),
        ("routeTableIds", "route-tables", desired.route_table_ids, tables),
    ):
        for missing in (id_ for id_ in ids if id_ not in found):
            raise pulumi.RunError(
                f"{desired.setting}.{key}: {missing} is not in {desired.vpc_id}; give {noun.replace('-', ' ')} of that "
                f"VPC, of {look.format(noun)} --filters Name=vpc-id,Values={desired.vpc_id}`"
            )
    return desired.vpc_id


def check_vpc(desired: Wanted, vpc: Vpc, account: str) -> None:
    """Check that the account owns the VPC, that it resolves names, has the range, and overlaps no peer or services."""
    if vpc.owner != account:
        raise pulumi.RunError(
            f"{desired.setting}.id: {desired.vpc_id} is owned by account {vpc.owner} and shared with {account}, which "
            "may neither peer it nor change its routes; give a VPC that the account owns"
        )
    for attribute, on in vpc.attributes.items():
        if not on:
            option = {"enableDnsSupport": "--enable-dns-support", "enableDnsHostnames": "--enable-dns-hostnames"}
            raise pulumi.RunError(
                f"{desired.setting}.id: {desired.vpc_id} has {attribute} off, without which a private endpoint has no "
                f"name; turn it on, `aws ec2 modify-vpc-attribute --region {desired.region} --vpc-id {desired.vpc_id} "
                f"{option[attribute]}`"
            )
    if desired.cidr not in vpc.ranges:
        raise pulumi.RunError(
            f"{desired.setting}.cidr: {desired.cidr} is no range of {desired.vpc_id}; give the one of the "
            f"subnets, of {', '.join(map(str, vpc.ranges))}"
        )
    for own in vpc.ranges:
        for name, other in {**desired.peers, "serviceCidr": desired.service_cidr}.items():
            if own.overlaps(other):
                raise pulumi.RunError(
                    f"{desired.setting}.id: {desired.vpc_id} has the range {own} too, which overlaps {other} of "
                    f"{name}, and AWS doesn't peer them; choose another range for {name}"
                )


def check_subnets(desired: Wanted, subnets: Sequence[Subnet], zones: Collection[str], *, exists: bool) -> None:
    """Check that the subnets are in the range, in two or more of EKS's `zones`, and have room for a new cluster."""
    key = f"{desired.setting}.privateSubnetIds"
    for subnet in subnets:
        if subnet.cidr is None or not subnet.cidr.subnet_of(desired.cidr):
            raise pulumi.RunError(
                f"{key}: {subnet.id} ({subnet.cidr or 'IPv6 only'}) is not within {desired.cidr}, the range that the "
                "other networks get a route to; give subnets in it, or set cidr to the subnets' range"
            )
        # EC2 does not list an impaired zone, in which an existing cluster stays.
        if subnet.zone not in zones and not exists:
            raise pulumi.RunError(
                f"{key}: {subnet.id} is in {subnet.zone}, where EKS places no control plane; give one in "
                f"{', '.join(sorted(zones))}"
            )
        if subnet.free < FREE_ADDRESSES and not exists:
            raise pulumi.RunError(
                f"{key}: {subnet.id} has {subnet.free} free addresses and EKS needs {FREE_ADDRESSES}, beside those "
                "of nodes and pods; give a larger subnet, or free addresses in this one"
            )
    if len({subnet.zone for subnet in subnets}) < 2:
        raise pulumi.RunError(
            f"{key}: all are in {subnets[0].zone} and EKS needs two zones; add a subnet in another, of "
            f"{', '.join(sorted({*zones} - {subnets[0].zone}))}"
        )


def check_tables(desired: Wanted, main_table: str, tables: Sequence[Table], used: Collection[str]) -> None:
    """Check that all of the subnets' tables are listed, lead to no internet gateway, and leave peers' ranges free.

    `used` are the tables that are associated with the subnets; other subnets use the VPC's main table.
    """
    key = f"{desired.setting}.routeTableIds"
    associated = {subnet for table in tables for subnet in table.subnets}
    unassociated = [subnet for subnet in desired.private_subnet_ids if subnet not in associated]
    listed = {table.id for table in tables}
    for missing in sorted({*used} - listed):
        raise pulumi.RunError(
            f"{key}: {missing} is not listed and is the table of private subnets, which would have no route to the "
            "fleet's other networks; add it"
        )
    if unassociated and main_table not in listed:
        raise pulumi.RunError(
            f"{key}: {main_table} is not listed and is the VPC's main one, which {unassociated[0]} uses for lack of "
            "another; add it"
        )
    for table in tables:
        _check_private(desired, table, [*table.subnets, *(unassociated if table.id == main_table else [])])
        _check_free(desired, table)


def _check_private(desired: Wanted, table: Table, subnets: Collection[str]) -> None:
    """Nodes have no public address, without which an internet gateway carries nothing."""
    gateway = next((target for target in table.routes.values() if target.startswith("igw-")), None)
    public = [subnet for subnet in desired.private_subnet_ids if subnet in subnets]
    if gateway and public:
        raise pulumi.RunError(
            f"{desired.setting}.privateSubnetIds: {public[0]} is public, because {table.id} leads it to {gateway}, and "
            "nodes have no public address; give subnets that use a NAT gateway or endpoints"
        )


def _check_free(desired: Wanted, table: Table) -> None:
    """Check that no route to a peer's range, or to a part of it, takes precedence over the peering.

    Routes to a peering are allowed: they may be the fleet's own, and AWS refuses a second one to the same range.
    """
    for destination, target in table.routes.items():
        for peer, cidr in desired.peers.items():
            if destination.subnet_of(cidr) and not target.startswith("pcx-"):
                raise pulumi.RunError(
                    f"{desired.setting}.routeTableIds: {table.id} leads {destination} to {target}, and {peer} has "
                    f"{cidr} in this fleet; choose another range for {peer}, or delete that route"
                )


def check_apart(ranges: Mapping[str, Sequence[str]], links: Iterable[tuple[str, str]]) -> None:
    """Check that no two existing VPCs that are to be peered have overlapping ranges; by the networks' names."""
    for first, second in links:
        for range_, other in product(ranges.get(first, ()), ranges.get(second, ())):
            if IPv4Network(range_).overlaps(IPv4Network(other)):
                raise pulumi.RunError(
                    f"clusters: {first}'s VPC has {range_} and {second}'s has {other}, which overlap, and AWS doesn't "
                    "peer them; give another VPC to one of them"
                )
