"""Names that the stand-in for AWS makes: as long as the official provider lets them be, and an error past that."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.plugins.aws.provider import RESOURCES
from tests.sandbox.plugins.aws_calls import OFFLINE, Aborted, Calls

pytestmark = pytest.mark.aws

ROLE, GROUP = "aws:iam/role:Role", "aws:ec2/securityGroup:SecurityGroup"
LOGS, TEMPLATE = "aws:cloudwatch/logGroup:LogGroup", "aws:ec2/launchTemplate:LaunchTemplate"
ASG, NODES = "aws:autoscaling/group:Group", "aws:eks/nodeGroup:NodeGroup"
NEEDED: dict[str, dict[str, Any]] = {
    ASG: {"minSize": 0, "maxSize": 1, "launchTemplate": {"id": "lt-1"}, "vpcZoneIdentifiers": ["subnet-1"]},
    LOGS: {},
    TEMPLATE: {},
    GROUP: {"vpcId": "vpc-1"},
    "aws:eks/cluster:Cluster": {"roleArn": "r", "vpcConfig": {"subnetIds": ["subnet-1"]}},
    "aws:eks/fargateProfile:FargateProfile": {
        "clusterName": "one",
        "podExecutionRoleArn": "r",
        "selectors": [{"namespace": "n"}],
    },
    NODES: {
        "clusterName": "one",
        "nodeRoleArn": "r",
        "subnetIds": ["subnet-1"],
        "scalingConfig": {"desiredSize": 1, "minSize": 1, "maxSize": 1},
    },
    "aws:iam/instanceProfile:InstanceProfile": {},
    ROLE: {"assumeRolePolicy": "{}"},
    "aws:iam/rolePolicy:RolePolicy": {"role": "r", "policy": "{}"},
    "aws:kms/alias:Alias": {"targetKeyId": "k"},
    "aws:ssm/document:Document": {
        "documentType": "Session",
        "content": '{"schemaVersion": "1.0", "sessionType": "Standard_Stream"}',
    },
    "aws:ssm/parameter:Parameter": {"type": "String", "insecureValue": "v"},
}
"""What each named type needs beside its name."""
LONGEST = dict.fromkeys(NEEDED, 255) | {ROLE: 64, "aws:kms/alias:Alias": 238}
"""AutoName's maximum of each type (pulumi-aws provider/resource_overrides.go; 255 where it names none)."""
ALLOWED = {
    ASG: 255,
    LOGS: 512,
    TEMPLATE: 125,
    GROUP: 255,
    "aws:eks/cluster:Cluster": 100,
    NODES: 63,
    "aws:iam/instanceProfile:InstanceProfile": 128,
    ROLE: 64,
    "aws:iam/rolePolicy:RolePolicy": 128,
    "aws:ssm/document:Document": 128,
    "aws:ssm/parameter:Parameter": 2048,
}
"""The longest name that terraform-provider-aws validates."""
PREFIXES = {
    ASG: 229,
    LOGS: 483,
    TEMPLATE: 99,
    GROUP: 229,
    NODES: 37,
    "aws:iam/instanceProfile:InstanceProfile": 102,
    ROLE: 38,
    "aws:iam/rolePolicy:RolePolicy": 102,
}
"""The longest prefix: 26 characters less, a time and a counter, unless the type says something else."""


@pytest.fixture
def calls() -> Calls:
    return Calls(**OFFLINE)


def prefix_of(kind: str) -> str:
    return f"{RESOURCES[kind].named}Prefix"


def test_every_named_type_is_tested() -> None:
    assert NEEDED.keys() == {kind for kind, handler in RESOURCES.items() if handler.named}


@pytest.mark.parametrize("kind", NEEDED)
def test_a_name_of_its_own_making_is_never_cut(calls: Calls, kind: str) -> None:
    fits = min(LONGEST[kind], ALLOWED.get(kind, 255)) - 8
    name = calls.checked(kind, "n" * fits, NEEDED[kind]).inputs[RESOURCES[kind].named]
    assert re.fullmatch(rf"(alias/)?n{{{fits}}}-[0-9a-f]{{7}}", name)
    said = re.escape(f"name '{'n' * 248}-' plus 7 random chars is longer than maximum length {LONGEST[kind]}")
    with pytest.raises(Aborted, match=f"^could not make instance of '{kind}': {said}$"):
        calls.problems(kind, NEEDED[kind], "n" * 248)


@pytest.mark.parametrize("kind", [kind for kind in ALLOWED if ALLOWED[kind] < 255])
def test_a_name_of_its_own_making_may_still_be_too_long_for_aws(calls: Calls, kind: str) -> None:
    if LONGEST[kind] > ALLOWED[kind]:
        name = "n" * (ALLOWED[kind] - 7)
        said = calls.problems(kind, NEEDED[kind], name)[RESOURCES[kind].named]
        assert f"has {ALLOWED[kind] + 1} characters, at most {ALLOWED[kind]} are allowed" in said


@pytest.mark.parametrize("kind", ALLOWED)
def test_a_given_name_is_no_longer_than_aws_allows(calls: Calls, kind: str) -> None:
    named = RESOURCES[kind].named
    assert not calls.problems(kind, {**NEEDED[kind], named: "n" * ALLOWED[kind]})
    said = calls.problems(kind, {**NEEDED[kind], named: "n" * (ALLOWED[kind] + 1)})[named]
    assert f"at most {ALLOWED[kind]} are allowed; shorten it" in said


@pytest.mark.parametrize(("kind", "longest"), PREFIXES.items())
def test_a_prefix_leaves_room_for_what_follows(calls: Calls, kind: str, longest: int) -> None:
    prefix = prefix_of(kind)
    assert not calls.problems(kind, {**NEEDED[kind], prefix: "n" * longest})
    said = calls.problems(kind, {**NEEDED[kind], prefix: "n" * (longest + 1)})[prefix]
    assert f"has {longest + 1} characters, at most {longest} are allowed; shorten it" in said


@pytest.mark.parametrize("kind", PREFIXES)
def test_a_name_and_a_prefix_exclude_each_other(calls: Calls, kind: str) -> None:
    named = RESOURCES[kind].named
    inputs = calls.checked(kind, "n", {**NEEDED[kind], prefix_of(kind): "mine-"}).inputs
    assert named not in inputs
    said = calls.problems(kind, {**NEEDED[kind], prefix_of(kind): "mine-", named: "mine"})[prefix_of(kind)]
    assert said == f"conflicts with {named}; give one of them"


def test_names_that_ec2_keeps_for_itself_are_refused(calls: Calls) -> None:
    assert "cannot begin with sg-" in calls.problems(GROUP, {"vpcId": "vpc-1", "name": "sg-mine"})["name"]
    assert "cannot begin with sg-" in calls.problems(GROUP, {"vpcId": "vpc-1"}, "sg-mine")["name"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (ROLE, "two words"),
        (TEMPLATE, "two words"),
        (LOGS, "two words"),
        ("aws:eks/cluster:Cluster", "-one"),
        ("aws:ssm/document:Document", "two words"),
        ("aws:kms/alias:Alias", "alias/two words"),
    ],
)
def test_a_name_has_the_types_own_characters(calls: Calls, kind: str, name: str) -> None:
    assert "must match" in calls.problems(kind, {**NEEDED[kind], "name": name})["name"]


def test_a_name_is_long_enough(calls: Calls) -> None:
    assert "has 2 characters, at least 3 are needed" in calls.problems(TEMPLATE, {"name": "ab"})["name"]


def test_a_resource_that_is_renamed_in_the_program_keeps_its_name(calls: Calls) -> None:
    """By an alias the state is the old one's, and the bridge keeps what it made itself."""
    before = calls.checked(ROLE, "reader", {"assumeRolePolicy": "{}"})
    after = calls.checked(ROLE, "writer", {"assumeRolePolicy": "{}"}, before.inputs)
    assert after.inputs["name"] == before.inputs["name"]


def test_a_name_that_is_kept_is_not_measured_again(calls: Calls) -> None:
    before = calls.checked(ROLE, "reader", {"assumeRolePolicy": "{}"})
    after = calls.checked(ROLE, "n" * 60, {"assumeRolePolicy": "{}"}, before.inputs)
    assert after.inputs["name"] == before.inputs["name"]


def test_another_prefix_makes_another_resource(calls: Calls) -> None:
    inputs = {"assumeRolePolicy": "{}", "namePrefix": "mine-"}
    thing = calls.checked(ROLE, "reader", inputs)
    thing.id = "mine-20250101000000000000000001"
    thing.outputs = {**thing.inputs, "name": thing.id, "tagsAll": {"fleet": "one"}}
    assert not calls.diff(thing, inputs).diffs
    assert list(calls.diff(thing, {**inputs, "namePrefix": "other-"}).replaces) == ["namePrefix"]
    assert "name" in calls.diff(thing, {"assumeRolePolicy": "{}"}).replaces
