"""The record of each cluster, and contradictions between a routing and a placement."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.federation.names import Failover, Latency, Weighted
from components.federation.names.routing import Routing, entries, has_rest, problems

pytestmark = pytest.mark.unit

REGIONS: dict[str, str | None] = {"fleet-1": "eu-west-1", "fleet-2": "eu-west-3", "fleet-3": "us-east-1"}
NAME = "shop.example.org"


def test_latency_has_a_record_for_each_region() -> None:
    found = entries(Latency(), NAME, REGIONS)
    assert {cluster: entry.policy for cluster, entry in found.items()} == {
        cluster: {"latency_routing_policies": [{"region": region}]} for cluster, region in REGIONS.items()
    }
    assert {(entry.role, entry.dns_name) for entry in found.values()} == {("latency", NAME)}


def test_weights_are_by_name_and_for_the_rest() -> None:
    found = entries(Weighted({"fleet-1": 3, "*": 1}), NAME, REGIONS)
    weights = [entry.policy["weighted_routing_policies"][0]["weight"] for entry in found.values()]
    assert weights == [3, 1, 1]


def test_a_failover_s_other_clusters_are_below_the_name_by_latency() -> None:
    found = entries(Failover("fleet-2"), NAME, REGIONS)
    assert {cluster: (entry.role, entry.dns_name) for cluster, entry in found.items()} == {
        "fleet-1": ("rest", "_rest.shop.example.org"),
        "fleet-2": ("primary", NAME),
        "fleet-3": ("rest", "_rest.shop.example.org"),
    }
    assert found["fleet-2"].policy == {"failover_routing_policies": [{"type": "PRIMARY"}]}
    assert found["fleet-3"].policy == {"latency_routing_policies": [{"region": "us-east-1"}]}
    assert has_rest(found.values())
    assert not has_rest(entries(Failover("fleet-2"), NAME, {"fleet-2": "eu-west-3"}).values())


WRONG: list[tuple[str, Routing, dict[str, str | None], str]] = [
    (
        "a weight elsewhere",
        Weighted({"fleet-9": 1, "*": 1}),
        REGIONS,
        "weights: fleet-9 is not in the placement, which has fleet-1, fleet-2, fleet-3; place the object there too, or "
        "take the weight out",
    ),
    (
        "a cluster without a weight",
        Weighted({"fleet-1": 1, "fleet-2": 1}),
        REGIONS,
        "weights: fleet-3 is in the placement and has no weight; give it one, or `*` for the rest",
    ),
    (
        "a primary elsewhere",
        Failover("fleet-9"),
        REGIONS,
        "primary: fleet-9 is not in the placement, which has fleet-1, fleet-2, fleet-3; place the object there too, or "
        "choose one of these",
    ),
    (
        "a primary, and nothing placed",
        Failover("fleet-1"),
        {},
        "primary: fleet-1 is not in the placement, which has none; place the object there too, or choose one of these",
    ),
    (
        "no region",
        Latency(),
        {"fleet-1": None},
        "routing: fleet-1 has no label topology.kubernetes.io/region, which latency goes by; update the fleet, which "
        "sets it",
    ),
    (
        "two in one region",
        Latency(),
        {"fleet-1": "eu-west-1", "fleet-2": "eu-west-1"},
        "routing: fleet-1, fleet-2 are in eu-west-1, and latency takes one cluster of a region; use Weighted, or place "
        "the object in one of them",
    ),
    (
        "two in one region beside the primary",
        Failover("fleet-3"),
        {"fleet-1": "eu-west-1", "fleet-2": "eu-west-1", "fleet-3": "us-east-1"},
        "routing: fleet-1, fleet-2 are in eu-west-1, and latency takes one cluster of a region; use Weighted, or place "
        "the object in one of them",
    ),
]


@pytest.mark.parametrize(("routing", "regions", "told"), [pytest.param(*rest, id=case) for case, *rest in WRONG])
def test_what_does_not_fit_is_told(routing: Routing, regions: dict[str, str | None], told: str) -> None:
    assert [*problems(routing, regions)] == [told]


@pytest.mark.parametrize(
    ("routing", "regions"),
    [
        (Latency(), REGIONS),
        (Latency(), {}),
        (Weighted({"*": 0}), {"fleet-1": "eu-west-1", "fleet-2": "eu-west-1"}),
        (Failover("fleet-1"), {"fleet-1": "eu-west-1", "fleet-2": "eu-west-1"}),
    ],
)
def test_what_fits_is_not_told_of(routing: Routing, regions: dict[str, str | None]) -> None:
    assert [*problems(routing, regions)] == []


@pytest.mark.parametrize("weight", [-1, 256])
def test_a_weight_out_of_bounds_is_refused(weight: int) -> None:
    with pytest.raises(ValueError, match=rf"^weights: fleet-1: {weight} is not possible; use 0 to 255$"):
        Weighted({"fleet-1": weight})


@given(
    st.dictionaries(st.sampled_from([*REGIONS]), st.sampled_from([*REGIONS.values()]), min_size=1),
    st.sampled_from([*REGIONS]),
)
def test_what_has_no_problem_has_a_record_for_each_cluster(regions: dict[str, str | None], primary: str) -> None:
    for routing in (Latency(), Weighted({"*": 1}), Failover(primary)):
        if not [*problems(routing, regions)]:
            found = entries(routing, NAME, regions)
            assert found.keys() == regions.keys()
            assert sum(entry.role == "primary" for entry in found.values()) == isinstance(routing, Failover)
