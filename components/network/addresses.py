"""The address plan: which range each network of the fleet gets, and how a network is cut into subnets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import combinations, islice

ZONES = 3
"""Availability zones that a network spans at the most: three keep a quorum when one is lost."""

FEWEST_ZONES = 2
"""The zones that EKS asks of a cluster's subnets (EKS user guide, network requirements)."""

NETWORK_PREFIX = 16
"""A network's size; a /16 is also the largest VPC that AWS makes."""

SMALLEST_PREFIX = 24
"""The smallest network whose public subnets, a sixteenth of it, are still the /28 that AWS asks of a subnet."""

FIRST_NUMBER = 4
"""The bastion's place among the supernet's /16s, 172.20.0.0/16 in 172.16.0.0/12; the lower ones are taken by
container runtimes on many operators' machines (Docker begins at 172.17.0.0/16)."""


@dataclass(frozen=True, kw_only=True)
class Subnets:
    """One network's subnets, an entry a zone."""

    private: tuple[IPv4Network, ...]
    """For nodes, control plane addresses and the bastion: a quarter of the network each, whatever the zones' number."""
    public: tuple[IPv4Network, ...]
    """For NAT gateways and public load balancers: a sixteenth each; the last sixteenth stays free."""


def capacity(supernet: IPv4Network) -> int:
    """How many clusters' networks the supernet holds beside the bastion's."""
    return max(0, 2 ** max(0, NETWORK_PREFIX - supernet.prefixlen) - FIRST_NUMBER - 1)


def network(supernet: IPv4Network, number: int) -> IPv4Network:
    """The range of cluster `number`, counted from 1; number 0 is the bastion's.

    It follows from the number alone, so another cluster that comes or goes never moves it. Raises ValueError for a
    number past the supernet's end.
    """
    if number > capacity(supernet) or supernet.prefixlen > NETWORK_PREFIX:
        raise ValueError(f"{supernet} has no network for number {number}")
    size = 2 ** (32 - NETWORK_PREFIX)
    return IPv4Network((int(supernet.network_address) + (FIRST_NUMBER + number) * size, NETWORK_PREFIX))


def subnets(cidr: IPv4Network, zones: int = ZONES) -> Subnets:
    """Cut a network into a private and a public subnet for each zone. Raises ValueError for one smaller than a /24."""
    if cidr.prefixlen > SMALLEST_PREFIX:
        raise ValueError(f"{cidr} is smaller than a /{SMALLEST_PREFIX}")
    *private, rest = cidr.subnets(prefixlen_diff=2)
    return Subnets(private=tuple(private[:zones]), public=tuple(islice(rest.subnets(prefixlen_diff=2), zones)))


def overlapping(ranges: Mapping[str, IPv4Network]) -> list[tuple[str, str]]:
    """The pairs of names whose ranges overlap, in the mapping's order: peered networks may not (AWS fails them)."""
    return [(a, b) for a, b in combinations(ranges, 2) if ranges[a].overlaps(ranges[b])]
