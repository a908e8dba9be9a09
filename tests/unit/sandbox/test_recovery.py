import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cli import recovery
from sandbox.errors import UserError
from sandbox.paths import Paths

pytestmark = pytest.mark.unit

VPC = {"urn": "urn:vpc", "type": "aws:ec2/vpc:Vpc", "custom": True, "inputs": {"cidrBlock": "172.21.0.0/16"}}
SECRET = {"urn": "urn:secret", "type": "kubernetes:core/v1:Secret", "custom": True, "inputs": {}}
STATE: dict[str, Any] = {
    "version": 3,
    "deployment": {
        "resources": [{"urn": "urn:stack", "type": "pulumi:pulumi:Stack"}],
        "pending_operations": [
            {"type": "creating", "resource": VPC},
            {"type": "creating", "resource": SECRET},
            {"type": "deleting", "resource": {"urn": "urn:stack", "type": "pulumi:pulumi:Stack"}},
        ],
    },
}

PULUMI = """
case "$1 $2" in
  "stack export") cat exported ;;
  "stack import") cat > imported ;;
esac
"""

FINDER = """
import json, sys
exported = json.load(sys.stdin)
urns = [operation["resource"]["urn"] for operation in exported["deployment"]["pending_operations"]]
json.dump([{"urn": "urn:vpc", "id": "vpc-1"}] if "urn:vpc" in urns else [], sys.stdout)
"""


def test_what_was_made_becomes_a_resource_and_what_was_not_is_forgotten() -> None:
    settled = recovery.settle(STATE, {"urn:vpc": "vpc-1"})["deployment"]
    assert settled["resources"] == [*STATE["deployment"]["resources"], {**VPC, "id": "vpc-1"}]
    assert [operation["type"] for operation in settled["pending_operations"]] == ["deleting"]


def test_a_replacement_that_was_made_lets_the_old_one_be_deleted() -> None:
    old = {"urn": "urn:vpc", "id": "vpc-0"}
    pending = [{"type": "creating", "resource": VPC}]
    exported = {"deployment": {"resources": [old], "pending_operations": pending}}
    made = recovery.settle(exported, {"urn:vpc": "vpc-1"})["deployment"]["resources"]
    assert made == [{**old, "delete": True}, {**VPC, "id": "vpc-1"}]
    assert recovery.settle(exported, {})["deployment"]["resources"] == [old]


@given(st.lists(st.tuples(st.sampled_from(["creating", "updating", "deleting"]), st.booleans())))
def test_every_creation_is_settled_and_nothing_else_is_touched(operations: list[tuple[str, bool]]) -> None:
    pending = [{"type": kind, "resource": {"urn": f"urn:{i}"}} for i, (kind, _) in enumerate(operations)]
    found = {f"urn:{i}": f"id-{i}" for i, (_, there) in enumerate(operations) if there}
    exported = {"deployment": {"resources": [{"urn": "urn:old"}], "pending_operations": pending}}
    settled = recovery.settle(exported, found)["deployment"]
    made = [f"urn:{i}" for i, (kind, there) in enumerate(operations) if kind == "creating" and there]
    assert [resource["urn"] for resource in settled["resources"]] == ["urn:old", *made]
    assert settled["pending_operations"] == [operation for operation in pending if operation["type"] != "creating"]


@pytest.fixture
def killed(running: Paths, write_script: Callable[[Path, str], Path], monkeypatch: pytest.MonkeyPatch) -> Paths:
    """A project whose last pulumi was killed; its tools only pretend."""
    write_script(running.bin / "pulumi", PULUMI)
    (running.project / "finder.py").write_text(FINDER)
    monkeypatch.setattr(recovery, "FINDERS", {"aws:": "finder"})
    (running.project / "exported").write_text(json.dumps(STATE))
    write(running, STATE["deployment"])
    return running


def write(paths: Paths, deployment: dict[str, Any]) -> None:
    state = paths.pulumi_state / ".pulumi" / "stacks" / "federated-eks" / "sandbox.json"
    state.parent.mkdir(parents=True, exist_ok=True)
    state.write_text(json.dumps({"checkpoint": {"latest": deployment}}))


def test_the_stack_takes_over_what_is_found(killed: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    assert recovery.resume(killed)
    imported = json.loads((killed.project / "imported").read_text())
    assert imported == recovery.settle(STATE, {"urn:vpc": "vpc-1"})
    assert "killed amid 3 operations" in capsys.readouterr().out


def test_cut_off_changes_alone_are_left_to_a_refresh(killed: Paths) -> None:
    write(killed, {"pending_operations": [{"type": "updating", "resource": VPC}]})
    assert recovery.resume(killed)
    assert not (killed.project / "imported").exists()


def test_a_stack_that_was_not_cut_off_is_left_as_it_is(killed: Paths) -> None:
    write(killed, {"resources": []})
    assert not recovery.resume(killed)
    assert not (killed.project / "imported").exists()


def test_a_search_that_fails_stops_the_update(killed: Paths) -> None:
    (killed.project / "finder.py").write_text("import sys; sys.exit('error: AWS says no')")
    with pytest.raises(UserError, match="finding what the killed pulumi had made: AWS says no"):
        recovery.resume(killed)
    assert not (killed.project / "imported").exists()


def test_a_resource_taken_over_and_not_yet_looked_at_asks_for_a_refresh_again(killed: Paths) -> None:
    write(killed, {"resources": [{**VPC, "custom": True, "type": "aws:ec2/vpc:Vpc", "id": "vpc-1"}]})
    assert recovery.resume(killed)
    write(
        killed, {"resources": [{**VPC, "custom": True, "type": "aws:ec2/vpc:Vpc", "id": "vpc-1", "outputs": {"a": 1}}]}
    )
    assert not recovery.resume(killed)


def test_a_release_is_taken_over_by_its_name_for_the_refresh_to_find_or_not(killed: Paths) -> None:
    release = {"urn": "urn:kubefed", "type": recovery.RELEASE, "inputs": {"namespace": "system", "name": "kubefed"}}
    state = {"deployment": {"pending_operations": [{"type": "creating", "resource": release}]}}
    (killed.project / "exported").write_text(json.dumps(state))
    write(killed, state["deployment"])
    assert recovery.resume(killed)
    imported = json.loads((killed.project / "imported").read_text())
    assert imported["deployment"]["resources"] == [{**release, "id": "system/kubefed"}]
