"""Reasons of a failure in the status of kubefed's objects."""

from typing import Any

import pytest

from components.federation.kubefed import status

pytestmark = pytest.mark.unit


def test_the_clusters_that_lack_a_federated_object_are_told_with_kubefed_s_word() -> None:
    clusters = [
        {"name": "fleet-1"},
        {"name": "fleet-2", "status": "CreationFailed"},
        {"name": "fleet-3", "status": ""},
        {"name": "fleet-4", "status": "ClusterNotReady"},
    ]
    told = status.propagation({"status": {"clusters": clusters}})
    assert list(told) == ["fleet-2: CreationFailed", "fleet-4: ClusterNotReady"]


@pytest.mark.parametrize("found", [None, {}, {"clusters": None}, {"conditions": []}])
def test_an_object_without_clusters_in_its_status_lacks_in_none(found: Any) -> None:
    assert list(status.propagation({"status": found})) == []


def cluster(name: str, **conditions: str) -> dict[str, Any]:
    """A KubeFedCluster with conditions, each a type and a status."""
    listed = [{"type": type_, "status": value} for type_, value in conditions.items()]
    return {"metadata": {"name": name}, "status": {"conditions": listed}}


UP, DOWN, GONE = cluster("fleet-1", Ready="True"), cluster("fleet-2", Ready="False"), cluster("fleet-3", Offline="True")
HELD = {"metadata": {"name": "web", "finalizers": ["kubefed.io/sync-controller", "example.org/other"]}}


def test_a_deleted_object_waits_for_clusters_that_are_not_ready_and_is_told_the_way_on() -> None:
    (told,) = status.kept(HELD, [UP, DOWN, GONE])
    assert told == (
        "kubefed waits for fleet-2, fleet-3, not Ready, to delete the objects that it placed there; repair it and run "
        "the command again, or take its region out of the fleet's clusters, so that kubefed forgets it"
    )


def test_a_deleted_object_of_a_fleet_that_is_ready_waits_for_its_finalizers() -> None:
    assert list(status.kept(HELD, [UP])) == ["it waits for kubefed.io/sync-controller, example.org/other"]


@pytest.mark.parametrize("metadata", [{}, {"finalizers": []}, {"finalizers": None}])
def test_a_deleted_object_without_finalizers_waits_for_nothing(metadata: dict[str, Any]) -> None:
    assert list(status.kept({"metadata": {"name": "web", **metadata}}, [UP])) == []
