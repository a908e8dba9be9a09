"""The model of the critical path, on graphs that are small enough to reckon by hand."""

from __future__ import annotations

from typing import Any

import pytest

from ops.parallel import places
from sandbox.aws.usual import USUAL
from tests.bench.path import eksfedctl
from tests.bench.path.graph import Graph, Node, from_preview, from_state
from tests.bench.path.part import CriticalPath, Row
from tests.bench.path.real import Real, Taken
from tests.bench.path.schedule import Chain, Work, destroy, in_waves, update, waves
from tests.bench.path.times import Times

pytestmark = pytest.mark.unit

ROOT = "urn:pulumi:s::p::pulumi:pulumi:Stack::p-s"


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:s::p::{type_}::{name}"


def resource(type_: str, name: str, **more: Any) -> dict[str, Any]:
    return {"urn": urn(type_, name), "type": type_, "custom": True, **more}


PROVIDER = resource("pulumi:providers:aws", "aws")
VPC = resource("aws:ec2/vpc:Vpc", "vpc", provider=f"{PROVIDER['urn']}::04da6b54")
NAT = resource("aws:ec2/natGateway:NatGateway", "nat", dependencies=[VPC["urn"]])
EKS = resource("eks:index:Cluster", "eks", custom=False)
CONTROL = resource("aws:eks/cluster:Cluster", "control", parent=EKS["urn"], propertyDependencies={"x": [VPC["urn"]]})
ADDON = resource("aws:eks/addon:Addon", "addon", dependencies=[EKS["urn"]], deletedWith=EKS["urn"])
GROUP = resource("aws:eks/nodeGroup:NodeGroup", "group", dependencies=[ADDON["urn"], NAT["urn"]])
ALL = [GROUP, ADDON, CONTROL, EKS, NAT, VPC, PROVIDER]


def graph(*resources: dict[str, Any]) -> Graph:
    return from_state({"deployment": {"resources": resources or ALL}})


def names(found: Graph, of: str) -> set[str]:
    (node,) = (node for node in found.nodes.values() if node.name == of)
    return {found.nodes[urn].name for urn in node.waits}


def test_a_resource_waits_for_what_it_depends_on_its_provider_its_parent_and_what_it_goes_with() -> None:
    found = graph()
    assert names(found, "vpc") == {"aws"}
    assert names(found, "control") == {"vpc", "eks"}
    assert names(found, "group") == {"addon", "nat"}


def test_what_waits_for_a_component_waits_for_what_is_in_it_but_a_child_does_not_wait_for_its_siblings() -> None:
    sibling = resource("aws:iam/role:Role", "role", parent=EKS["urn"])
    found = graph(*ALL, sibling)
    assert names(found, "addon") == {"eks", "control", "role"}
    assert names(found, "role") == {"eks"}


def test_what_is_inside_of_a_component_waits_for_it_alone() -> None:
    inner = resource("eks:index:ServiceRole", "inner", custom=False, parent=EKS["urn"])
    policy = resource("aws:iam/rolePolicy:RolePolicy", "policy", parent=inner["urn"], dependencies=[EKS["urn"]])
    assert names(graph(*ALL, inner, policy), "policy") == {"inner", "eks"}


def test_a_preview_and_a_state_have_one_graph() -> None:
    previewed = from_preview({"steps": [*({"op": "create", "newState": one} for one in ALL), {"op": "same"}]})
    assert previewed == graph()


def test_resources_come_after_what_they_wait_for() -> None:
    found = graph()
    order = [*found.nodes]
    assert all(order.index(other) < order.index(node.urn) for node in found.nodes.values() for other in node.waits)


def seconds(work: Work) -> list[tuple[str, float]]:
    return [(node.name, taken) for node, taken in work.chain().links]


def test_the_longest_chain_of_an_update_has_its_links_named() -> None:
    work = update(graph(), Times())
    assert seconds(work) == [("vpc", 20), ("control", 540), ("addon", 30), ("group", 150)]
    assert work.chain().seconds == 740


def test_a_destroy_goes_the_other_way_and_what_goes_with_another_takes_no_time() -> None:
    work = destroy(graph(), Times())
    assert seconds(work) == [("group", 180), ("control", 150), ("vpc", 1)]


def test_with_places_for_all_an_update_is_its_longest_chain_and_with_one_it_is_everything() -> None:
    work = update(graph(), Times())
    assert work.placed(2) == work.placed(100) == work.chain().seconds
    assert work.placed(1) == 20 + 540 + 100 + 30 + 150


def test_places_are_given_in_the_order_in_which_steps_can_begin() -> None:
    made = {name: Node(name, "t", name, True, frozenset(), "", "") for name in "abc"}
    work = Work(Graph(made), {"a": 5.0, "b": 3.0, "c": 4.0}, {"a": (), "b": (), "c": ()})
    assert [work.placed(places) for places in (1, 2, 3)] == [12, 7, 5]


def test_the_engine_destroys_in_waves_by_depth() -> None:
    found = graph()
    told = [{found.nodes[urn].name for urn in wave} for wave in waves(found)]
    assert told == [{"group"}, {"addon"}, {"control", "nat"}, {"vpc"}, {"aws", "eks"}]
    assert in_waves(found, Times(), 8) == 180 + 150 + 1
    assert in_waves(found, Times(), 1) == 180 + (150 + 60) + 1


def test_times_are_aws_s_by_the_factor_and_those_of_clusters_if_they_count() -> None:
    release = Node("r", "kubernetes:helm.sh/v3:Release", "r", True, frozenset(), "", "")
    role = Node("x", "aws:iam/role:Role", "x", True, frozenset(), "", "")
    assert (Times().creating(release), Times(0.1, clusters=False).creating(release)) == (60, 0)
    assert (Times().creating(role), Times(0.1).creating(role)) == (1, 0.1)


@pytest.mark.parametrize(("name", "create"), [("one-s3", 1), ("one-sts", 60)])
def test_an_endpoint_that_is_a_route_is_there_at_once(name: str, create: float) -> None:
    endpoint = Node("e", "aws:ec2/vpcEndpoint:VpcEndpoint", name, True, frozenset(), "", "")
    assert Times().creating(endpoint) == create


def test_eksfedctl_s_order_is_one_thing_after_the_other() -> None:
    cluster = 20 + 540 + 150 + 210 + 20
    assert eksfedctl.create(2) == 2 * cluster + 3 * 12 + 60
    assert eksfedctl.create(8) - eksfedctl.create(7) == cluster + 2 * 12
    assert eksfedctl.destroy(2) == 2 * (180 + 150)


def test_tables_compare_the_places_that_are_set_with_the_chain_and_with_eksfedctl() -> None:
    part = CriticalPath()
    part.add(8, graph())
    tables = part.tables()
    assert tables["An update from nothing"].splitlines()[2] == (
        f"| 8 | 7 | 740 | 740 | 740 | 740 | 740 | {places(8)} | 740 | 1.00 | {eksfedctl.create(8):.0f} | 0.10 |"
    )
    assert "| 331 | 331 | 331 | 331 | 331 | 64 | 331 | 1.00 |" in tables["A destroy of everything"]
    assert tables["The longest chain: an update from nothing"].splitlines()[-1] == (
        "| group | aws:eks/nodeGroup:NodeGroup | 150 |"
    )
    assert len(tables["AWS's usual times"].splitlines()) == 2 + len(USUAL)
    assert not any(title.startswith("For real") for title in tables)


def test_a_row_tells_how_much_longer_than_its_chain_a_fleet_takes() -> None:
    row = Row(2, 9, Chain(100.0, ()), {8: 250.0, 16: 150.0, 32: 120.0, 64: 100.0}, 600.0)
    assert [*row.cells()] == ["2", "9", "100", "250", "150", "120", "100", "16", "150", "1.50", "600", "0.25"]


def test_a_fleet_for_real_is_compared_with_the_model_and_with_eksfedctl() -> None:
    real = Real((2,), 0.1, [Taken(2, "up", 80.0, 100.0, 180.0, 200.0)])
    assert real.tables()["For real, AWS's times x 0.1"].splitlines()[2:] == [
        "| 2 | up | 80 | 100 | 1.25 | 180 | 200 | 0.50 |"
    ]
