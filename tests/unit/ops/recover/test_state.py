"""How a state is changed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.recover.state import Changes, State, changed
from tests.unit.ops.recover.fleet import PROVIDER, STACK, resource, state

pytestmark = pytest.mark.unit

VPC = resource("aws:ec2/vpc:Vpc", "one", {"cidrBlock": "10.1.0.0/16"})
SUBNET = resource("aws:ec2/subnet:Subnet", "sub", {}, id="subnet-1", outputs={"a": 1}, dependencies=[VPC["urn"]])


def after(before: State, **imported: str) -> list[Any]:
    """The resources after an import by names, without the stack and its provider."""
    urns = {one["urn"].rpartition("::")[2]: one["urn"] for one in before.operations()}
    made = changed(before, Changes(imported={urns[name]: id for name, id in imported.items()}))["deployment"]
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


@given(st.lists(st.tuples(st.sampled_from(["creating", "updating", "deleting"]), st.booleans())))
def test_every_operation_is_settled_and_nothing_else_is_touched(operations: list[tuple[str, bool]]) -> None:
    pending = [(kind, {"urn": f"urn:{i}", "type": "t"}, there) for i, (kind, there) in enumerate(operations)]
    exported = {
        "deployment": {
            "resources": [{"urn": "urn:old", "type": "t"}],
            "pending_operations": [{"type": kind, "resource": one} for kind, one, _ in pending],
        }
    }
    ids = {one["urn"]: "id" for _, one, there in pending if there}
    made = changed(State(exported=exported), Changes(imported=ids))["deployment"]
    created = [one["urn"] for kind, one, there in pending if kind == "creating" and there]
    assert [one["urn"] for one in made["resources"]] == ["urn:old", *created]


def test_only_what_was_imported_and_not_asked_about_is_unread() -> None:
    unread = {**VPC, "id": "vpc-1"}
    component = {"urn": "urn:c", "type": "federated-eks:index:Network"}
    known = state(unread, SUBNET, component, {**VPC, "id": "x", "external": True})
    assert known.unread == [unread]
