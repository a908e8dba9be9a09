"""A fleet's demand for the account's quotas in each region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .known import ADDRESSES, ON_DEMAND, PEERINGS, ROUTES, SPOT, VPCS, Quota, standard

OWN_ROUTES = 2
"""The routes of a new table, beside those to peers, that AWS counts: the default route, and S3's."""


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """Interchangeable machines."""

    instance_types: Sequence[str]
    spot: bool
    desired: int
    max: int
    setting: str = field(default="nodeGroups", compare=False)
    """The key of the instance types in the stack's settings."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """The memory that pods request on a cluster's nodes."""

    pods: str
    """Whose pods, for messages."""
    mib: int
    fix: str
    """What to do if it doesn't fit."""
    nodes: Sequence[Nodes]
    """The node groups that take the pods."""


@dataclass(frozen=True, kw_only=True)
class Existing:
    """An existing VPC."""

    vpc_id: str
    route_table_ids: Sequence[str]
    """The tables that get routes to the peers."""


@dataclass(frozen=True, kw_only=True)
class Footprint:
    """A network and its machines, as they count against quotas."""

    name: str
    """`bastion`, or a cluster's name."""
    region: str
    existing: Existing | None = None
    """The existing VPC; None if the VPC is created."""
    addresses: int
    """The number of Elastic IPs."""
    peers: Sequence[str]
    """The ranges of the networks that it is peered with."""
    client_routes: int = 0
    """The number of routes to others' networks in each of its tables."""
    nodes: Sequence[Nodes] = ()
    memory: Request | None = None
    """The memory that the federation's pods request on the nodes; None if none do, or no amount is known."""

    @property
    def instance_types(self) -> set[str]:
        """The instance types of its machines whose vCPUs count as standard."""
        return {name for nodes in self.nodes for name in nodes.instance_types if standard(name)}


@dataclass(frozen=True, kw_only=True)
class Demand:
    """A fleet's demand for a quota, in a region."""

    quota: Quota
    region: str
    of: Mapping[str, int]
    """The demand of each network with its machines."""
    maximum: int
    """The demand of all together when every node group has its maximum size."""
    within: str = ""
    """The existing VPC or route table with a quota of its own; empty for a new one."""
    own: frozenset[str] = frozenset()
    """The ids of the fleet's own resources that no tag marks."""

    @property
    def count(self) -> int:
        """The demand of all together."""
        return sum(self.of.values())


def demands(footprints: Sequence[Footprint], vcpus: Mapping[str, int]) -> list[Demand]:
    """Return a fleet's demand for each quota in each region, without those of zero.

    `vcpus` are by instance type; others count as one, because none has fewer.
    """
    found: list[Demand] = []
    for region in sorted({footprint.region for footprint in footprints}):
        local = [footprint for footprint in footprints if footprint.region == region]
        new = [footprint for footprint in local if footprint.existing is None]
        found += [
            _fixed(VPCS, region, {each.name: 1 for each in new}),
            _fixed(ADDRESSES, region, {each.name: each.addresses for each in new}),
            _machines(ON_DEMAND, region, local, vcpus),
            _machines(SPOT, region, local, vcpus),
            # Each network has its own quota of these, so the largest demand decides.
            _largest(PEERINGS, region, {each.name: len(each.peers) for each in new}),
            _largest(ROUTES, region, {each.name: len(each.peers) + each.client_routes + OWN_ROUTES for each in new}),
            *(demand for each in local if each.existing for demand in _in_existing(each, each.existing)),
        ]
    return [demand for demand in found if demand.maximum]


def _fixed(quota: Quota, region: str, of: Mapping[str, int]) -> Demand:
    counts = {name: count for name, count in of.items() if count}
    return Demand(quota=quota, region=region, of=counts, maximum=sum(counts.values()))


def _largest(quota: Quota, region: str, of: Mapping[str, int]) -> Demand:
    return _fixed(quota, region, dict(sorted(of.items(), key=lambda entry: -entry[1])[:1]))


def _in_existing(footprint: Footprint, existing: Existing) -> Iterator[Demand]:
    """Yield the demand in an existing VPC, whose peerings and routes may also be others'."""
    for quota, within in ((PEERINGS, existing.vpc_id), *((ROUTES, table) for table in existing.route_table_ids)):
        counts = {f"{footprint.name} in {within}": len(footprint.peers)}
        yield replace(_fixed(quota, footprint.region, counts), within=within, own=frozenset(footprint.peers))


def _machines(quota: Quota, region: str, footprints: Sequence[Footprint], vcpus: Mapping[str, int]) -> Demand:
    of: dict[str, int] = {}
    maximum = 0
    for footprint in footprints:
        for nodes in footprint.nodes:
            if nodes.spot == (quota is SPOT):
                # EC2 may start any of a group's types: the smallest is certain, and the largest is possible.
                sizes = [vcpus.get(name, 1) if standard(name) else 0 for name in nodes.instance_types]
                of[footprint.name] = of.get(footprint.name, 0) + nodes.desired * min(sizes)
                maximum += nodes.max * max(sizes)
    return Demand(quota=quota, region=region, of={name: count for name, count in of.items() if count}, maximum=maximum)
