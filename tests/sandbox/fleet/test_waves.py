"""The waves in which the engine destroys a fleet that is up: what takes AWS minutes shares them."""

from __future__ import annotations

import json

import pytest

from tests.bench.path.graph import from_state
from tests.bench.path.schedule import waves
from tests.bench.path.times import Times
from tests.sandbox.fleet.live import Fleet

pytestmark = pytest.mark.fleet

SLOW = 30.0
"""Seconds from which a deletion counts."""


def test_nodes_go_in_one_wave_and_control_planes_in_another_and_nothing_slow_goes_elsewhere(live_fleet: Fleet) -> None:
    exported = live_fleet.checkout.run("pulumi", "stack", "export", "-s", "sandbox").stdout
    graph = from_state(json.loads(exported))
    slow = [
        {graph.nodes[urn].type.rpartition(":")[2] for urn in wave if Times().deleting(graph.nodes[urn], graph) >= SLOW}
        for wave in waves(graph)
    ]
    assert [types for types in slow if types] == [{"NodeGroup", "Group"}, {"Cluster", "NatGateway"}]
