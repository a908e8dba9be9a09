"""Where a workload goes, in Karmada's form."""

from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.federation import EVERYWHERE, ClusterFailover, Groups, Placement
from components.federation.karmada.policies import DUPLICATED, NOWHERE, affinity, goal, propagation
from components.federation.scheduling import Preference
from tests.unit.components.federation.karmada.fleet import LABELS, spread, workload

pytestmark = pytest.mark.unit

TIER = Placement(selector={"matchLabels": {"tier": "a"}})
FEW = Placement(selector={}, in_clusters=Groups(max=1))


@pytest.mark.parametrize(
    ("placement", "names", "form"),
    [
        (EVERYWHERE, [], {"labelSelector": {}}),
        (TIER, [], {"labelSelector": {"matchLabels": {"tier": "a"}}}),
        (Placement(clusters=["fleet-2"]), ["fleet-2"], {"clusterNames": ["fleet-2"]}),
        # To Karmada, no names are all clusters.
        (Placement(clusters=[]), [], NOWHERE),
    ],
)
def test_a_placement_reads_as_karmada_has_it(placement: Placement, names: list[str], form: Any) -> None:
    assert affinity(placement, names) == form


@pytest.mark.parametrize(
    ("given", "names", "expected"),
    [
        ({}, [], ("fleet-1", "fleet-2")),
        ({"placement": TIER}, [], ("fleet-2",)),
        ({"placement": Placement(clusters=["fleet-2"])}, ["fleet-2"], ("fleet-2",)),
        ({"placement": Placement(clusters=[])}, [], ()),
        # Karmada chooses.
        ({"placement": FEW}, [], None),
        ({"failover": ClusterFailover()}, [], None),
    ],
)
def test_a_workload_is_expected_where_its_placement_says(given: Any, names: list[str], expected: Any) -> None:
    found = goal(workload(**given), names, None, LABELS)
    assert (found.expected, found.division, found.replicas) == (expected, DUPLICATED, None)


def test_without_an_answer_of_the_host_karmada_s_choice_counts() -> None:
    assert goal(workload(suspended=["fleet-9"]), [], None, None).expected is None


def test_replicas_can_not_be_divided_without_an_answer_of_the_host() -> None:
    with pytest.raises(
        pulumi.RunError,
        match=r"^ReplicaScheduling of Deployment web: the host doesn't tell which clusters have joined; check that it",
    ):
        goal(workload(), [], spread(), None)


@pytest.mark.parametrize(
    ("of", "more", "shares"),
    [
        ({}, {}, {"fleet-1": 4, "fleet-2": 3}),
        # As with kubefed, a spread goes beyond the workload's own placement.
        ({"placement": TIER}, {}, {"fleet-1": 4, "fleet-2": 3}),
        ({"placement": TIER}, {"within_placement": True}, {"fleet-2": 7}),
        ({}, {"clusters": {"fleet-1": Preference(weight=1)}}, {"fleet-1": 7}),
    ],
)
def test_replicas_go_to_the_clusters_that_have_a_share(of: Any, more: Any, shares: dict[str, int]) -> None:
    placed = workload(**of)
    found = goal(placed, [], spread(placed, **more), LABELS)
    weights = [{"targetCluster": {"clusterNames": [name]}, "weight": share} for name, share in shares.items()]
    assert found.affinity == {"clusterNames": [*shares]}
    assert found.division["weightPreference"] == {"staticWeightList": weights}
    assert (found.replicas, found.expected) == (7, (*shares,))


def test_no_replicas_are_as_many_in_each_cluster() -> None:
    found = goal(workload(), [], spread(total=0), LABELS)
    assert (found.division, found.replicas, found.expected) == (DUPLICATED, 0, ("fleet-1", "fleet-2"))


def test_replicas_within_a_placement_that_takes_no_cluster_are_nowhere() -> None:
    nowhere = workload(placement=Placement(selector={"matchLabels": {"tier": "z"}}))
    found = goal(nowhere, [], spread(nowhere, within_placement=True), LABELS)
    assert (found.affinity, found.replicas, found.expected) == (NOWHERE, 0, ())


@pytest.mark.parametrize(
    ("of", "more", "form"),
    [
        ({"placement": TIER}, {}, {"labelSelector": {}}),
        ({"placement": TIER}, {"within_placement": True}, {"labelSelector": {"matchLabels": {"tier": "a"}}}),
        # A number of clusters is of those that the placement takes.
        (
            {"placement": replace(TIER, in_clusters=Groups(max=1))},
            {},
            {"labelSelector": {"matchLabels": {"tier": "a"}}},
        ),
    ],
)
def test_replicas_by_free_capacity_leave_the_clusters_to_karmada(of: Any, more: Any, form: Any) -> None:
    placed = workload(**of)
    found = goal(placed, [], spread(placed, by_capacity=True, **more), LABELS)
    assert (found.affinity, found.replicas, found.expected) == (form, 7, None)


@pytest.mark.parametrize(
    ("suspended", "form"),
    [
        (False, None),
        ([], None),
        (True, {"dispatching": True}),
        (["fleet-1"], {"dispatchingOnClusters": {"clusterNames": ["fleet-1"]}}),
    ],
)
def test_a_suspension_is_of_all_clusters_or_of_named_ones(suspended: Any, form: Any) -> None:
    given = workload(suspended=suspended)
    assert propagation({}, given, goal(given, [], None, LABELS)).get("suspension") == form


@pytest.mark.parametrize(
    ("placement", "constraints"),
    [
        (EVERYWHERE, None),
        (
            Placement(selector={}, in_regions=Groups(min=2, max=2)),
            [
                {"spreadByField": "region", "minGroups": 2, "maxGroups": 2},
                {"spreadByField": "cluster", "minGroups": 1, "maxGroups": 1000},
            ],
        ),
        (FEW, [{"spreadByField": "cluster", "minGroups": 1, "maxGroups": 1}]),
    ],
)
def test_a_number_of_regions_comes_with_one_of_clusters(placement: Placement, constraints: Any) -> None:
    given = workload(placement=placement)
    assert propagation({}, given, goal(given, [], None, LABELS))["placement"].get("spreadConstraints") == constraints


@pytest.mark.parametrize(("least", "most"), [(0, None), (-1, 2), (3, 2)])
def test_a_number_of_groups_that_nothing_has_is_refused(least: int, most: int | None) -> None:
    with pytest.raises(
        ValueError, match=rf"^min {least}, max {most}: no number is in between; give 1 or more, and min"
    ):
        Groups(min=least, max=most)


def test_a_negative_time_to_wait_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^after_seconds: -1 is no time to wait; give 0 or more seconds$"):
        ClusterFailover(after_seconds=-1)
