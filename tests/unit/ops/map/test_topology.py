"""The pair of networks behind each peering's name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.map import topology
from settings import plan as planning
from tests.unit.ops.map.fleets import fleet_of, outputs_of
from tests.unit.ops.map.markup import words

pytestmark = pytest.mark.unit

NAMES = st.lists(st.from_regex(r"[a-c](-?[a-c1]){0,3}", fullmatch=True), unique=True, min_size=1, max_size=6)


@given(NAMES, st.booleans())
def test_every_link_is_found_again_behind_its_peering_s_name(names: list[str], full_mesh: bool) -> None:
    outputs = outputs_of(len(names), names=names, full_mesh=full_mesh)
    links = planning.links(names[0], names[1:], full_mesh=full_mesh)
    joined, strays = topology.peerings(outputs["plan"], outputs["peerings"])
    # Two links may share a name; the stack has one peering then.
    assert {f"{each.first}-{each.second}" for each in joined} == set(outputs["peerings"])
    assert {(each.first, each.second) for each in joined} <= set(links)
    assert not strays


@pytest.mark.parametrize("host", ["a", "a-b"])
def test_a_name_that_two_pairs_could_have_is_the_host_s(host: str) -> None:
    names = [host, *({"a", "a-b", "c", "b-c"} - {host})]
    joined, _ = topology.peerings(outputs_of(4, names=names)["plan"], {"a-b-c": "pcx-1"})
    assert [(each.first, each.second) for each in joined] == [(host, "a-b-c".removeprefix(f"{host}-"))]


def test_a_peering_with_nobody_of_the_plan_is_told() -> None:
    outputs = outputs_of(2)
    outputs["peerings"]["federated-eks-1-elsewhere"] = "pcx-9"
    fleet = fleet_of(outputs)
    assert len(fleet.peerings) == 3
    assert "Peering federated-eks-1-elsewhere joins no two networks of the plan." in words(fleet)
