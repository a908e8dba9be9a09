"""The address plan: the range of each network of the fleet, and its subnets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import combinations, islice

ZONES = 3
"""The most availability zones of a network: three keep a quorum when a zone is lost."""

FEWEST_ZONES = 2
"""The zones that EKS requires of a cluster's subnets (EKS user guide, network requirements)."""

NETWORK_PREFIX = 16
"""A network's size; a /16 is also the largest VPC of AWS."""

SMALLEST_PREFIX = 24
"""The smallest network whose public subnets, a sixteenth of it, have AWS's minimum of a /28."""

FIRST_NUMBER = 4
"""The bastion's place among the supernet's /16s, 172.20.0.0/16 in 172.16.0.0/12.

Container runtimes on many operators' machines use the lower ones (Docker begins at 172.17.0.0/16).
"""


@dataclass(frozen=True, kw_only=True)
class Subnets:
    """A network's subnets, an entry for each zone."""

    private: tuple[IPv4Network, ...]
    """Subnets of nodes, control plane addresses and the bastion: each a quarter of the network, in any zones."""
    public: tuple[IPv4Network, ...]
    """Subnets of NAT gateways and public load balancers: a sixteenth each; the last sixteenth is unused."""


def capacity(supernet: IPv4Network) -> int:
    """Return how many clusters' networks fit into the supernet beside the bastion's."""
    return max(0, 2 ** max(0, NETWORK_PREFIX - supernet.prefixlen) - FIRST_NUMBER - 1)


def network(supernet: IPv4Network, number: int) -> IPv4Network:
    """Return the range of cluster `number`, counted from 1; number 0 is the bastion's.

    The range follows from the number only, so adding or removing other clusters never moves it. Raise ValueError for a
    number past the supernet's end.
    """
    if number > capacity(supernet) or supernet.prefixlen > NETWORK_PREFIX:
        raise ValueError(f"{supernet} has no network for number {number}")
    size = 2 ** (32 - NETWORK_PREFIX)
    return IPv4Network((int(supernet.network_address) + (FIRST_NUMBER + number) * size, NETWORK_PREFIX))


def subnets(cidr: IPv4Network, zones: int = ZONES) -> Subnets:
    """Return a private and a public subnet for each zone of a network. Raise ValueError for one smaller than a /24."""
    if cidr.prefixlen > SMALLEST_PREFIX:
        raise ValueError(f"{cidr} is smaller than a /{SMALLEST_PREFIX}")
    *private, rest = cidr.subnets(prefixlen_diff=2)
    return Subnets(private=tuple(private[:zones]), public=tuple(islice(rest.subnets(prefixlen_diff=2), zones)))


def overlapping(ranges: Mapping[str, IPv4Network]) -> list[tuple[str, str]]:
    """Return the pairs of names whose ranges overlap, in the mapping's order, because AWS fails their peering."""
    return [(a, b) for a, b in combinations(ranges, 2) if ranges[a].overlaps(ranges[b])]
