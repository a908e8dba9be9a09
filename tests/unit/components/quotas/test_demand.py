"""Demands: how much of each quota a fleet uses in each region."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.quotas.demand import Demand, Footprint, Nodes, demands
from components.quotas.known import ADDRESSES, ON_DEMAND, ROUTES, SPOT, VPCS

pytestmark = pytest.mark.unit

HERE, THERE = "eu-west-1", "eu-west-3"
VCPUS = {"t3.micro": 2, "t3.medium": 2, "m5.xlarge": 4, "g5.xlarge": 4}
NODES = st.builds(
    lambda types, spot, desired, more: Nodes(instance_types=types, spot=spot, desired=desired, max=desired + more),
    st.lists(st.sampled_from([*VCPUS, "m5.unheard-of"]), min_size=1, max_size=3, unique=True),
    st.booleans(),
    st.integers(0, 5),
    st.integers(0, 5),
)
FOOTPRINTS = st.lists(
    st.builds(
        Footprint,
        name=st.from_regex(r"[a-z]{1,8}", fullmatch=True),
        region=st.sampled_from([HERE, THERE, "us-east-1"]),
        addresses=st.integers(0, 3),
        peers=st.lists(st.integers(0, 60).map("10.{}.0.0/16".format), unique=True),
        client_routes=st.integers(0, 5),
        nodes=st.lists(NODES, max_size=3),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda one: one.name,
)


def taken(footprints: list[Footprint]) -> dict[tuple[str, str], list[Demand]]:
    """The demands, by quota's code and region."""
    found: dict[tuple[str, str], list[Demand]] = {}
    for demand in demands(footprints, VCPUS):
        found.setdefault((demand.quota.code, demand.region), []).append(demand)
    return found


@given(FOOTPRINTS)
def test_a_region_s_demands_are_those_of_what_stands_there(footprints: list[Footprint]) -> None:
    found = taken(footprints)
    for region in {one.region for one in footprints}:
        here = [one for one in footprints if one.region == region]
        (vpcs,) = found[VPCS.code, region]
        assert vpcs.of == {one.name: 1 for one in here}
        addresses = [demand.count for demand in found.get((ADDRESSES.code, region), [])]
        assert sum(addresses) == sum(one.addresses for one in here)
        (routes,) = found[ROUTES.code, region]
        assert routes.count == max(len(one.peers) + one.client_routes for one in here) + 2


@given(FOOTPRINTS)
def test_a_network_less_takes_nothing_of_another_region(footprints: list[Footprint]) -> None:
    *rest, last = footprints
    before, after = taken(rest), taken(footprints)
    assert {key: one for key, one in before.items() if key[1] != last.region} == {
        key: one for key, one in after.items() if key[1] != last.region
    }


@given(FOOTPRINTS)
def test_a_fleet_never_shrinks_as_its_groups_grow(footprints: list[Footprint]) -> None:
    for demand in demands(footprints, VCPUS):
        assert demand.maximum >= demand.count >= 0
        assert demand.maximum > 0


@pytest.mark.parametrize(
    ("nodes", "count", "maximum"),
    [
        pytest.param(Nodes(instance_types=["t3.medium"], spot=False, desired=2, max=4), 4, 8, id="one type"),
        pytest.param(
            Nodes(instance_types=["t3.medium", "m5.xlarge"], spot=False, desired=2, max=4), 4, 16, id="two sizes"
        ),
        pytest.param(
            Nodes(instance_types=["g5.xlarge", "m5.xlarge"], spot=False, desired=2, max=4), 0, 16, id="two families"
        ),
        pytest.param(
            Nodes(instance_types=["m5.unheard-of"], spot=False, desired=3, max=3), 3, 3, id="nobody knows its size"
        ),
    ],
)
def test_nodes_take_what_their_smallest_type_does_at_least(nodes: Nodes, count: int, maximum: int) -> None:
    (demand,) = taken([Footprint(name="one", region=HERE, addresses=0, peers=[], nodes=[nodes])])[ON_DEMAND.code, HERE]
    assert (demand.count, demand.maximum) == (count, maximum)


def test_spot_nodes_have_a_quota_of_their_own() -> None:
    spot = Nodes(instance_types=["m5.xlarge"], spot=True, desired=2, max=4)
    found = taken([Footprint(name="one", region=HERE, addresses=0, peers=[], nodes=[spot])])
    assert [demand.count for demand in found[SPOT.code, HERE]] == [8]
    assert (ON_DEMAND.code, HERE) not in found
