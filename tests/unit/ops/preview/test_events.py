"""Recordings of real previews, and the approved comments for them."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from ops.preview import events
from ops.preview.comment import LIMIT
from ops.preview.model import ABSENT, Change, Fate, Preview
from ops.preview.secrets import IS_SECRET, SECRET, SIGNATURE, UNKNOWN
from tests.unit.ops.preview.golden import GOLDEN, NAMES, RECORDINGS, text

pytestmark = pytest.mark.unit

COUNTED = {Fate.REPLACED: "replace", Fate.DELETED: "delete", Fate.CHANGED: "update", Fate.NEW: "create"}


def recorded(name: str) -> Preview:
    with (RECORDINGS / f"{name}.jsonl").open() as log:
        return events.preview(events.read(log))


def summary(name: str) -> dict[str, int]:
    """The engine's own counts."""
    *_, last = (RECORDINGS / f"{name}.jsonl").read_text().splitlines()
    return json.loads(last)["summaryEvent"]["resourceChanges"]


@pytest.mark.parametrize("name", NAMES)
def test_the_comment_is_as_it_was_approved(name: str) -> None:
    assert text(name) + "\n" == (GOLDEN / f"{name}.md").read_text(), "if it is meant: tests.unit.ops.preview.golden"
    assert len(text(name).encode()) <= LIMIT


@pytest.mark.parametrize("name", NAMES)
def test_the_counts_are_the_engines_own(name: str) -> None:
    result = recorded(name)
    counted = {operation: len(result.of(fate)) for fate, operation in COUNTED.items() if result.of(fate)}
    assert counted == {key: value for key, value in summary(name).items() if key not in ("same", "read")}
    assert result.unchanged == summary(name)["same"]
    assert not result.of(Fate.OTHER)


def test_every_recording_has_an_approved_comment() -> None:
    assert (
        {*NAMES}
        == {file.stem for file in GOLDEN.iterdir()}
        == {
            "cluster-replaced",
            "drift",
            "no-change",
            "node-group-resized",
            "policy-violated",
            "preview-failed",
            "region-added",
            "region-removed",
        }
    )


def test_what_each_recording_is_about() -> None:
    assert not recorded("no-change").resources and recorded("no-change").complete
    added = recorded("region-added").of(Fate.NEW)
    assert {"federated-eks-3"} < {one.name for one in added} and not recorded("region-added").of(Fate.DELETED)
    assert Counter(one.name for one in recorded("region-removed").of(Fate.DELETED))["federated-eks-2"] > 1
    assert [
        (one.name, change.path, change.old, change.new)
        for one in recorded("node-group-resized").resources
        for change in one.changes
    ] == [
        (f"federated-eks-{number}-nodes", f"scalingConfig.{size}", old, new)
        for number in (1, 2)
        for size, old, new in (("desiredSize", 2, 3), ("maxSize", 4, 6))
    ]
    causes = [one.type for one in recorded("cluster-replaced").of(Fate.REPLACED) if one.cause]
    assert causes == ["aws:eks/cluster:Cluster"] * 2
    assert recorded("policy-violated").refused and recorded("policy-violated").complete
    failed = recorded("preview-failed")
    assert not failed.complete and failed.messages[0].text.startswith("federated-eks:host: kubefed runs in eu-west-1")
    assert {one.name for one in recorded("drift").resources} == {"federated-eks-2-logs", "federated-eks-2-nodes"}


def step(op: str, old: Any = None, new: Any = None, **more: Any) -> dict[str, Any]:
    sides = {
        side: {"type": "a:b:C", "id": side, "inputs": inputs, "outputs": {"a": "was"}, "parent": "urn:p"}
        for side, inputs in (("old", old), ("new", new))
        if inputs is not None
    }
    return {"resourcePreEvent": {"metadata": {"op": op, "urn": "urn:pulumi:dev::p::a:b:C::c", **sides, **more}}}


def only(*log: dict[str, Any]) -> Any:
    (resource,) = events.preview(log).resources
    return resource


def test_a_replacement_is_one_resource_though_it_is_three_steps() -> None:
    result = only(
        step("delete-replaced", old={"a": 1}),
        step(
            "replace", old={"a": 1}, new={"a": 2}, detailedDiff={"a": {"diffKind": "update-replace", "inputDiff": True}}
        ),
        step("create-replacement", new={"a": 2}),
    )
    assert (result.fate, result.reasons, result.cause) == (Fate.REPLACED, ["a"], True)
    assert result.changes == (Change(path="a", old=1, new=2),)


def test_a_replacement_for_what_is_not_known_yet_is_no_cause() -> None:
    unknown = {"a": UNKNOWN}
    assert not only(step("replace", old={"a": 1}, new=unknown, keys=["a"])).cause
    assert only(step("replace", old={"a": 1}, new={"a": 2}, keys=["a"])).cause


def test_an_unknown_operation_keeps_its_name() -> None:
    assert only(step("transmute", new={})).fate is Fate.OTHER
    assert only(step("transmute", new={})).op == "transmute"


def test_old_is_the_state_where_the_engine_compared_with_the_state() -> None:
    diff = {"a": {"diffKind": "update", "inputDiff": False}, "gone": {"diffKind": "delete", "inputDiff": False}}
    result = only(step("update", old={"a": "input"}, new={"a": "becomes"}, detailedDiff=diff))
    assert result.changes == (
        Change(path="a", old="was", new="becomes"),
        Change(path="gone", old=ABSENT, new=ABSENT),
    )


def test_without_a_diff_of_the_providers_the_inputs_are_compared() -> None:
    result = only(step("update", old={"a": {"b": 1, "c": 1}}, new={"a": {"b": 2, "c": 1}}))
    assert result.changes == (Change(path="a.b", old=1, new=2),)


def test_a_preview_contains_no_secret() -> None:
    marked = {SIGNATURE: IS_SECRET, "ciphertext": "geheim"}
    policy = {"policyName": "a", "policyPackName": "b", "resourceUrn": "urn:pulumi:dev::p::a:b:C::c"}
    log = [
        step("update", old={"p": marked, "password": "geheim"}, new={"p": "x", "password": "geheimer"}),
        {"diagnosticEvent": {"severity": "error", "message": "can't sign in: token=geheim\n"}},
        {"policyEvent": {**policy, "enforcementLevel": "mandatory", "message": "password: geheim"}},
        {
            "policyRemediationEvent": {
                **policy,
                "before": {"token": "geheim"},
                "after": {"token": "geheimer", "a": marked},
            }
        },
    ]
    result = events.preview(log)
    assert "geheim" not in repr(result)
    assert result.resources[0].changes == (Change(path="p", old=SECRET, new="x"),)
    assert [one.message for one in result.violations] == [f"password: {SECRET}", ""]


def test_what_the_program_says_as_it_fails_is_put_together() -> None:
    lines = ["Traceback (most recent call last):\n\n", "  <{%fg 1%}>File<{%reset%}>\n\n", "KeyError: 'x'\n\n"]
    result = events.preview([{"diagnosticEvent": {"severity": "info#err", "message": line}} for line in lines])
    assert [one.text for one in result.messages_of("stderr")] == [
        "Traceback (most recent call last):\n  File\nKeyError: 'x'"
    ]
    assert not result.complete


def test_what_policies_refuse_is_whole_and_an_error_beside_it_is_not() -> None:
    policy = {"policyName": "a", "policyPackName": "b", "message": "c", "enforcementLevel": "mandatory"}
    refused = [{"policyEvent": policy}, {"summaryEvent": {"result": "failed"}}]
    assert events.preview(refused).complete
    assert not events.preview([{"diagnosticEvent": {"severity": "error", "message": "no"}}, *refused]).complete
    assert not events.preview(refused[1:]).complete, "it failed, whoever says why"


def test_a_log_that_breaks_off_is_of_a_preview_that_failed() -> None:
    whole = (RECORDINGS / "node-group-resized.jsonl").read_text()
    assert events.preview(events.read(whole.splitlines())).complete
    result = events.preview(events.read(whole[:-20].splitlines()))
    assert not result.complete and len(result.resources) == 2
