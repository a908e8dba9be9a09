"""What the stand-ins share: values, the SDKs' classes, checks, diffs, drift."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wire
from sandbox.plugins.provider import (
    UNKNOWN,
    Call,
    Found,
    Provider,
    ProviderError,
    Reference,
    Resource,
    Secret,
    TimedOut,
)
from sandbox.plugins.provider import diff as differ
from sandbox.plugins.provider.check import problems
from sandbox.plugins.provider.drift import drifted
from sandbox.plugins.provider.sdk import Sdk, Shape
from sandbox.plugins.provider.values import has_unknown, marshal, unmarshal

pytestmark = pytest.mark.unit

SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.just(UNKNOWN)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
PROPERTIES = st.dictionaries(st.text(), VALUES)
KUBERNETES = Sdk("pulumi_kubernetes")
AWS = Sdk("pulumi_aws")


@given(PROPERTIES)
def test_values_come_back_as_they_were_sent(properties: dict[str, Any]) -> None:
    assert unmarshal(marshal(properties)) == properties


def test_special_values_are_marked() -> None:
    assert marshal({"a": UNKNOWN}).fields["a"].string_value == wire.UNKNOWN
    secret = marshal({"a": Secret(1)}).fields["a"].struct_value
    assert secret.fields[wire.SIGNATURE].string_value == wire.IS_SECRET
    reference = marshal({"a": Reference("urn")}).fields["a"].struct_value
    assert reference.fields[wire.SIGNATURE].string_value == wire.IS_REFERENCE


def test_a_secret_comes_back_as_its_value_and_a_reference_as_itself() -> None:
    reference = Reference("urn:pulumi:dev::tiny::aws:ec2/vpc:Vpc::x", "vpc-1")
    assert unmarshal(marshal({"a": Secret({"b": UNKNOWN}), "c": [reference]})) == {
        "a": {"b": UNKNOWN},
        "c": [reference],
    }
    assert has_unknown({"a": [Secret(UNKNOWN)]})
    assert not has_unknown({"a": [Secret("known")]})


@given(PROPERTIES, PROPERTIES)
def test_a_diff_is_empty_only_between_equals(old: dict[str, Any], new: dict[str, Any]) -> None:
    def without_nulls(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without_nulls(item) for key, item in value.items() if item is not None}
        return [without_nulls(item) for item in value] if isinstance(value, list) else value

    assert differ.changes(old, old) == {}
    changed = differ.changes(old, new)
    if not changed:
        assert without_nulls(old) == without_nulls(new) or _nulls_in_lists(old) or _nulls_in_lists(new)


def _nulls_in_lists(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_nulls_in_lists(item) for item in value.values())
    return isinstance(value, list) and any(item is None or _nulls_in_lists(item) for item in value)


def test_a_diff_names_paths_and_which_of_them_replace() -> None:
    old = {"tags": {"app.kubernetes.io/name": "x"}, "rules": [{"port": 1}, {"port": 2}], "name": "a", "gone": 1}
    new = {"tags": {"app.kubernetes.io/name": "y"}, "rules": [{"port": 1}, {"port": 3}], "name": "a", "come": UNKNOWN}
    changed = differ.changes(old, new)
    assert changed == {
        'tags["app.kubernetes.io/name"]': "update",
        "rules[1].port": "update",
        "gone": "delete",
        "come": "add",
    }
    assert differ.replacing(changed, ("rules.port", "name")) == {"rules[1].port"}
    assert differ.replacing(changed, ("tags", "rul")) == {'tags["app.kubernetes.io/name"]'}


def test_lists_without_order_differ_only_as_sets() -> None:
    assert differ.changes({"a": [1, 2]}, {"a": [2, 1]}, unordered=("a",)) == {}
    assert differ.changes({"a": [1, 2]}, {"a": [2, 3]}, unordered=("a",)) != {}
    assert differ.changes({"a": [1, 2]}, {"a": [2, 1]}) != {}


@given(PROPERTIES, PROPERTIES)
def test_what_has_not_changed_has_not_drifted(inputs: dict[str, Any], state: dict[str, Any]) -> None:
    assert drifted(inputs, state, state) == inputs


def test_drift_keeps_what_the_api_normalises_and_takes_what_others_change() -> None:
    inputs = {"cpu": "1000m", "labels": {"a": "1", "b": "2"}, "ports": [{"port": 80}], "write_only": "x"}
    before = {"cpu": "1", "labels": {"a": "1", "b": "2"}, "ports": [{"port": 80, "protocol": "TCP"}]}
    now = {"cpu": "1", "labels": {"a": "9", "c": "3"}, "ports": [{"port": 81, "protocol": "TCP"}]}
    assert drifted(inputs, before, now) == {
        "cpu": "1000m",
        "labels": {"a": "9"},
        "ports": [{"port": 81}],
        "write_only": "x",
    }


def shape(token: str) -> Shape:
    found = (KUBERNETES if token.startswith("kubernetes:") else AWS).resource(token)
    assert found
    return found


def test_every_resource_type_of_the_sdks_is_read() -> None:
    for token in KUBERNETES.classes:
        if not token.startswith(("kubernetes:yaml", "kubernetes:kustomize", "kubernetes:helm.sh")):
            assert {"apiVersion", "kind"} <= shape(token).inputs.keys(), token
    for token in [token for token in AWS.classes if token.startswith(("aws:ec2/", "aws:eks/", "aws:iam/"))]:
        assert shape(token).outputs, token


def test_types_are_read_with_what_they_hold() -> None:
    inputs = shape("aws:eks/nodeGroup:NodeGroup").inputs
    assert {name for name, declared in inputs.items() if declared.required} == {
        "clusterName",
        "nodeRoleArn",
        "scalingConfig",
        "subnetIds",
    }
    assert inputs["subnetIds"].type.item is not None
    assert inputs["subnetIds"].type.item.kind == "string"
    scaling = inputs["scalingConfig"].type.properties_of
    assert scaling is not None
    assert {name: declared.type.kind for name, declared in scaling.properties.items()} == {
        "desiredSize": "integer",
        "maxSize": "integer",
        "minSize": "integer",
    }
    vpc = shape("aws:ec2/vpc:Vpc")
    assert vpc.outputs.keys() - vpc.inputs.keys() >= {"arn", "ownerId", "mainRouteTableId"}
    zones = AWS.function("aws:index/getAvailabilityZones:getAvailabilityZones")
    assert zones
    assert zones.inputs["state"].type.kind == "string"
    assert {"names", "zoneIds"} <= zones.outputs.keys()


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"cidrBlok": "10.0.0.0/16"}, "unknown input 'cidrBlok'; did you mean 'cidrBlock'?"),
        ({"cidrBlock": 10}, "'cidrBlock' must be a string, not a number"),
        ({"tags": ["a"]}, "'tags' must be a map, not a list"),
        ({"tags": {"a": True}}, "'tags.a' must be a string, not a boolean"),
        ({"ipv4NetmaskLength": True}, "'ipv4NetmaskLength' must be an integer, not a boolean"),
    ],
)
def test_a_wrong_input_is_named(inputs: dict[str, Any], said: str) -> None:
    assert [problem.reason for problem in problems(inputs, shape("aws:ec2/vpc:Vpc").inputs)] == [said]


def test_unknown_and_absent_values_are_no_problem() -> None:
    inputs = {"cidrBlock": UNKNOWN, "tags": {"a": UNKNOWN, "b": None}, "region": None}
    assert list(problems(inputs, shape("aws:ec2/vpc:Vpc").inputs)) == []


def test_a_generated_name_lasts_and_fits() -> None:
    call: Call[None] = Call(client=None, urn="", name="n" * 56, type="t", shape=shape("aws:iam/role:Role"), seed=b"x")
    name = call.autoname(longest=64)
    assert len(name) == 64
    with pytest.raises(ProviderError, match=r"of 't': name 'n+-' plus 7 random chars is longer than maximum length 63"):
        call.autoname(longest=63)
    assert name == call.autoname(longest=64)
    call.seed, call.old_inputs = b"y", {"name": name}
    assert call.autoname(longest=64) == name
    call.old_inputs = {"name": "given-before"}
    assert call.autoname(longest=64) != "given-before"
    call.inputs = {"name": "given"}
    assert call.autoname() == "given"


def test_a_wait_ends_with_what_it_waited_for() -> None:
    call: Call[None] = Call(client=None, urn="", name="x", type="", shape=shape("aws:iam/role:Role"), timeout=0.05)
    with pytest.raises(TimedOut, match=r"VPC vpc-1: not within 0\.05 s"):
        call.wait("VPC vpc-1", lambda: None, timeout=100)


def test_settings_of_a_provider_come_as_json() -> None:
    provider: Provider[None] = Provider("aws", "pulumi_aws", {"aws:ec2/vpc:Vpc": Nothing})
    assert provider.settings({"region": "eu-west-1", "defaultTags": '{"tags": {"a": "b"}}', "version": "7"}) == {
        "region": "eu-west-1",
        "defaultTags": {"tags": {"a": "b"}},
    }


class Nothing(Resource[None]):
    """A handler for a type that can only be looked up."""

    def read(self, call: Call[None]) -> Found | None:
        return None
