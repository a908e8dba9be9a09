"""What a fleet takes of the account's quotas in each region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .known import ADDRESSES, ON_DEMAND, PEERINGS, ROUTES, SPOT, VPCS, Quota, standard

OWN_ROUTES = 2
"""A new table's routes beside those to peers, as far as AWS counts them: the default one, and S3's."""


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """Machines that are interchangeable."""

    instance_types: Sequence[str]
    spot: bool
    desired: int
    max: int
    setting: str = field(default="nodeGroups", compare=False)
    """The key of its instance types in the stack's settings."""


@dataclass(frozen=True, kw_only=True)
class Existing:
    """A VPC that is there already."""

    vpc_id: str
    route_table_ids: Sequence[str]
    """Those that get routes to the peers."""


@dataclass(frozen=True, kw_only=True)
class Footprint:
    """What a network, and what stands in it, takes of an account."""

    name: str
    """`bastion`, or a cluster's name."""
    region: str
    existing: Existing | None = None
    """None where a VPC is made."""
    addresses: int
    """Elastic IPs."""
    peers: Sequence[str]
    """The ranges of the networks that it is peered with."""
    client_routes: int = 0
    """Routes to others' networks in each of its tables."""
    nodes: Sequence[Nodes] = ()

    @property
    def instance_types(self) -> set[str]:
        """Those of its machines whose vCPUs count as standard."""
        return {name for nodes in self.nodes for name in nodes.instance_types if standard(name)}


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What a fleet takes of a quota, in a region."""

    quota: Quota
    region: str
    of: Mapping[str, int]
    """How much each network, with what stands in it, takes."""
    most: int
    """How much all take together once every node group is as large as it may get."""
    within: str = ""
    """The VPC, or route table, that is there already and has the quota to itself; empty for one that is made."""
    own: frozenset[str] = frozenset()
    """What of it is the fleet's, by id, though no tag says so."""

    @property
    def count(self) -> int:
        """How much all take together."""
        return sum(self.of.values())


def demands(footprints: Sequence[Footprint], vcpus: Mapping[str, int]) -> list[Demand]:
    """What a fleet takes of each quota in each region; nothing is left out but what is zero.

    `vcpus` are instance types'; one that isn't among them counts as one, for none has less.
    """
    found: list[Demand] = []
    for region in sorted({one.region for one in footprints}):
        here = [one for one in footprints if one.region == region]
        made = [one for one in here if one.existing is None]
        found += [
            _fixed(VPCS, region, {one.name: 1 for one in made}),
            _fixed(ADDRESSES, region, {one.name: one.addresses for one in made}),
            _machines(ON_DEMAND, region, here, vcpus),
            _machines(SPOT, region, here, vcpus),
            # Each network has these to itself: what is too much for any is for the largest.
            _largest(PEERINGS, region, {one.name: len(one.peers) for one in made}),
            _largest(ROUTES, region, {one.name: len(one.peers) + one.client_routes + OWN_ROUTES for one in made}),
            *(demand for one in here if one.existing for demand in _in_existing(one, one.existing)),
        ]
    return [demand for demand in found if demand.most]


def _fixed(quota: Quota, region: str, of: Mapping[str, int]) -> Demand:
    taken = {name: count for name, count in of.items() if count}
    return Demand(quota=quota, region=region, of=taken, most=sum(taken.values()))


def _largest(quota: Quota, region: str, of: Mapping[str, int]) -> Demand:
    return _fixed(quota, region, dict(sorted(of.items(), key=lambda one: -one[1])[:1]))


def _in_existing(one: Footprint, existing: Existing) -> Iterator[Demand]:
    """A VPC, and its route tables, may have many of these that are others'."""
    for quota, within in ((PEERINGS, existing.vpc_id), *((ROUTES, table) for table in existing.route_table_ids)):
        taken = {f"{one.name} in {within}": len(one.peers)}
        yield replace(_fixed(quota, one.region, taken), within=within, own=frozenset(one.peers))


def _machines(quota: Quota, region: str, footprints: Sequence[Footprint], vcpus: Mapping[str, int]) -> Demand:
    of: dict[str, int] = {}
    most = 0
    for one in footprints:
        for nodes in one.nodes:
            if nodes.spot == (quota is SPOT):
                # Any of a group's types may come: the smallest is certain, and the largest possible.
                sizes = [vcpus.get(name, 1) if standard(name) else 0 for name in nodes.instance_types]
                of[one.name] = of.get(one.name, 0) + nodes.desired * min(sizes)
                most += nodes.max * max(sizes)
    return Demand(quota=quota, region=region, of={name: count for name, count in of.items() if count}, most=most)
