"""The address plan's arithmetic."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network import addresses

pytestmark = pytest.mark.unit

SUPERNETS = st.integers(0, 12).flatmap(
    lambda longer: st.integers(0, 2 ** (longer) - 1).map(
        lambda place: IPv4Network(
            (int(IPv4Network("10.0.0.0/8").network_address) + place * 2 ** (24 - longer), 8 + longer)
        )
    )
)


def ranges(prefixes: st.SearchStrategy[int]) -> st.SearchStrategy[IPv4Network]:
    return st.tuples(st.integers(0, 2**32 - 1), prefixes).map(lambda pair: IPv4Network(pair, strict=False))


def test_the_default_plan_is_the_article_s() -> None:
    supernet = IPv4Network("172.16.0.0/12")
    assert [str(addresses.network(supernet, number)) for number in range(3)] == [
        "172.20.0.0/16",
        "172.21.0.0/16",
        "172.22.0.0/16",
    ]
    assert addresses.capacity(supernet) == 11


@given(SUPERNETS)
def test_a_supernet_s_networks_lie_in_it_and_apart(supernet: IPv4Network) -> None:
    numbers = range(min(addresses.capacity(supernet), 20) + 1) if addresses.capacity(supernet) else []
    networks = [addresses.network(supernet, number) for number in numbers]
    assert all(network.subnet_of(supernet) for network in networks)
    assert not any(a.overlaps(b) for a, b in combinations(networks, 2))


@given(SUPERNETS)
def test_a_number_past_a_supernet_s_end_is_refused(supernet: IPv4Network) -> None:
    with pytest.raises(ValueError, match="has no network for number"):
        addresses.network(supernet, addresses.capacity(supernet) + 1)


@given(ranges(st.integers(addresses.NETWORK_PREFIX, addresses.SMALLEST_PREFIX)), st.sampled_from([2, 3]))
def test_subnets_lie_in_their_network_without_overlap_and_none_is_smaller_than_aws_allows(
    cidr: IPv4Network, zones: int
) -> None:
    plan = addresses.subnets(cidr, zones)
    everything = [*plan.private, *plan.public]
    assert len(plan.private) == len(plan.public) == zones
    three = addresses.subnets(cidr)
    assert (three.private[:zones], three.public[:zones]) == (plan.private, plan.public)
    assert all(subnet.subnet_of(cidr) and subnet.prefixlen <= 28 for subnet in everything)
    assert not any(a.overlaps(b) for a, b in combinations(everything, 2))


def test_a_network_too_small_for_the_subnets_is_refused() -> None:
    with pytest.raises(ValueError, match="smaller than a /24"):
        addresses.subnets(IPv4Network("10.0.0.0/25"))


@given(st.lists(ranges(st.integers(8, 30)), max_size=8))
def test_overlapping_names_just_the_pairs_that_overlap(networks: list[IPv4Network]) -> None:
    named = {str(place): network for place, network in enumerate(networks)}
    found = set(addresses.overlapping(named))
    for a, b in combinations(named, 2):
        assert ((a, b) in found) == bool(named[a].network_address in named[b] or named[b].network_address in named[a])
