"""The changes of a state."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.recover.state import Changes, State, changed
from tests.unit.ops.recover.fleet import PROVIDER, ROOT, STACK, resource, state

pytestmark = pytest.mark.unit

VPC = resource("aws:ec2/vpc:Vpc", "one", {"cidrBlock": "10.1.0.0/16"})
SUBNET = resource("aws:ec2/subnet:Subnet", "sub", {}, id="subnet-1", outputs={"a": 1}, dependencies=[VPC["urn"]])


def after(before: State, **imported: str) -> list[Any]:
    """The resources after an import by names, without the stack and its provider."""
    pending = {one["urn"].rpartition("::")[2]: one for one in before.operations()}
    made = changed(before, Changes(imported=tuple({**pending[name], "id": id} for name, id in imported.items())))[
        "deployment"
    ]
    assert "pending_operations" not in made
    assert made["resources"][:2] == [STACK, PROVIDER]
    return made["resources"][2:]


def test_what_is_imported_becomes_a_resource_and_the_rest_is_forgotten() -> None:
    other = resource("aws:ec2/vpc:Vpc", "two", {})
    assert after(state(creating=[VPC, other]), one="vpc-1") == [{**VPC, "id": "vpc-1"}]


def test_a_replacement_lets_the_old_one_be_deleted_after_it() -> None:
    old = {**VPC, "id": "vpc-0", "outputs": {"a": 1}}
    assert after(state(old, creating=[VPC]), one="vpc-1") == [{**old, "delete": True}, {**VPC, "id": "vpc-1"}]
    assert after(state(old, creating=[VPC])) == [old]


def test_a_replacement_takes_the_place_of_one_that_was_deleted_before_it() -> None:
    old = {**VPC, "id": "vpc-0", "outputs": {"a": 1}, "pendingReplacement": True}
    assert after(state(old, SUBNET, creating=[VPC]), one="vpc-1") == [{**VPC, "id": "vpc-1"}, SUBNET]


def test_what_is_to_be_removed_is_put_into_the_state_after_what_it_depends_on() -> None:
    late = {**VPC, "urn": "urn:late", "dependencies": ["urn:early"]}
    early = {**VPC, "urn": "urn:early"}
    made = changed(state(), Changes(removed=(late, early)))["deployment"]["resources"]
    assert [one["urn"] for one in made[2:]] == ["urn:early", "urn:late"]


def test_what_is_put_into_the_state_has_no_link_to_what_the_state_lacks() -> None:
    other = resource("aws:ec2/vpc:Vpc", "other", {}, id="vpc-0", outputs={"a": 1})
    gone, component = "urn:gone", {"urn": "urn:component", "type": "federated-eks:index:Network", "parent": ROOT}
    links = {
        "dependencies": [gone, other["urn"]],
        "propertyDependencies": {"vpcId": [gone], "subnetId": [other["urn"]], "no": None},
        "deletedWith": gone,
    }
    lost = {**VPC, "parent": "urn:component", "id": "vpc-1", **links}
    made = changed(state(other), Changes(imported=(lost, component)))["deployment"]["resources"]
    assert made[2:] == [
        other,
        component,
        {
            **lost,
            "dependencies": [other["urn"]],
            "propertyDependencies": {"vpcId": [], "subnetId": [other["urn"]], "no": []},
            "deletedWith": None,
        },
    ]


@given(st.lists(st.tuples(st.sampled_from(["creating", "updating", "deleting"]), st.booleans())))
def test_every_operation_is_settled_and_nothing_else_is_touched(operations: list[tuple[str, bool]]) -> None:
    pending = [(kind, {"urn": f"urn:{i}", "type": "t"}, exists) for i, (kind, exists) in enumerate(operations)]
    exported = {
        "deployment": {
            "resources": [{"urn": "urn:old", "type": "t"}],
            "pending_operations": [{"type": kind, "resource": one} for kind, one, _ in pending],
        }
    }
    imported = tuple({**one, "id": "id"} for kind, one, exists in pending if kind == "creating" and exists)
    made = changed(State(exported=exported), Changes(imported=imported))["deployment"]
    assert "pending_operations" not in made
    assert made["resources"] == [{"urn": "urn:old", "type": "t"}, *imported]


def test_only_what_was_imported_and_not_asked_about_is_unread() -> None:
    unread = {**VPC, "id": "vpc-1"}
    component = {"urn": "urn:c", "type": "federated-eks:index:Network"}
    known = state(unread, SUBNET, component, {**VPC, "id": "x", "external": True})
    assert known.unread == [unread]
