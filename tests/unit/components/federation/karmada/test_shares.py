"""The division of replicas."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.federation import Groups, Placement
from components.federation.karmada import shares
from components.federation.karmada.shares import divide
from components.federation.scheduling import ANY, Preference
from tests.unit.components.federation.karmada.fleet import spread, workload

pytestmark = pytest.mark.unit

NAMES = ["fleet-1", "fleet-2", "fleet-3"]
PREFERENCES = st.builds(
    lambda weight, least, more: Preference(weight=weight, min=least, max=None if more is None else least + more),
    st.integers(0, 3),
    st.integers(0, 4),
    st.none() | st.integers(0, 4),
)
CLUSTERS = st.dictionaries(st.sampled_from([ANY, *NAMES]), PREFERENCES)


@pytest.mark.parametrize(
    ("total", "preferences", "divided"),
    [
        (7, {ANY: Preference(weight=1)}, {"fleet-1": 3, "fleet-2": 2, "fleet-3": 2}),
        (9, {"fleet-1": Preference(weight=2), ANY: Preference(weight=1)}, {"fleet-1": 5, "fleet-2": 2, "fleet-3": 2}),
        (9, {"fleet-1": Preference(weight=1), "fleet-2": Preference(weight=2)}, {"fleet-1": 3, "fleet-2": 6}),
        (5, {"fleet-3": Preference(min=4), ANY: Preference(weight=1)}, {"fleet-1": 1, "fleet-3": 4}),
        (
            9,
            {"fleet-1": Preference(weight=9, max=2), ANY: Preference(weight=1, max=3)},
            {"fleet-1": 2, "fleet-2": 3, "fleet-3": 3},
        ),
        (6, {"fleet-1": Preference(weight=1, min=4), ANY: Preference(weight=1)}, {"fleet-1": 5, "fleet-2": 1}),
        (6, {"fleet-2": Preference(min=2)}, {"fleet-2": 2}),
        (4, {ANY: Preference(min=3)}, {"fleet-1": 3, "fleet-2": 1}),
        (0, {ANY: Preference(weight=1)}, {}),
        (7, {"elsewhere": Preference(weight=1)}, {}),
    ],
)
def test_replicas_are_divided_by_weight_within_the_limits(
    total: int, preferences: dict[str, Preference], divided: dict[str, int]
) -> None:
    assert divide(total, NAMES, preferences) == divided


@given(st.integers(0, 20), CLUSTERS)
def test_each_cluster_has_what_its_preference_lets_it_have(total: int, preferences: dict[str, Preference]) -> None:
    found = divide(total, NAMES, preferences)
    ours = {name: preferences.get(name, preferences.get(ANY, Preference())) for name in NAMES}
    most = {name: total if of.max is None else of.max for name, of in ours.items()}
    most = {name: most[name] if of.weight else min(of.min, total) for name, of in ours.items()}
    assert all(0 < share <= most[name] for name, share in found.items())
    assert sum(found.values()) == min(total, sum(most.values()))
    if sum(of.min for of in ours.values()) <= total:
        assert all(found.get(name, 0) >= of.min for name, of in ours.items())


@given(st.integers(0, 20), CLUSTERS)
def test_a_larger_total_takes_no_replica_away(total: int, preferences: dict[str, Preference]) -> None:
    fewer, more = divide(total, NAMES, preferences), divide(total + 1, NAMES, preferences)
    assert all(more.get(name, 0) >= share for name, share in fewer.items())


@pytest.mark.parametrize(
    ("given", "more", "message"),
    [
        (
            {"kind": "StatefulSet"},
            {},
            "workload: StatefulSet has no replicas that ReplicaScheduling spreads; give a Deployment or a ReplicaSet",
        ),
        ({}, {"total": -1}, "total: -1 is no count of replicas; give 0 or more"),
        (
            {"placement": Placement(clusters=["fleet-1"])},
            {"within_placement": True},
            r"within_placement: web is placed in \['fleet-1'\] by name; place it by a selector, or leave within",
        ),
        (
            {"placement": Placement(selector={}, in_clusters=Groups(max=1))},
            {},
            "clusters: web is placed in a number of regions or clusters, which Karmada doesn't look at .*; set by_cap",
        ),
    ],
)
def test_a_distribution_that_karmada_would_not_follow_is_refused(
    given: dict[str, Any], more: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        shares.check(spread(workload(**given), **more))


def test_replicas_in_a_number_of_clusters_are_divided_by_capacity() -> None:
    few = workload(placement=Placement(selector={}, in_clusters=Groups(max=1)))
    shares.check(spread(few, by_capacity=True))
