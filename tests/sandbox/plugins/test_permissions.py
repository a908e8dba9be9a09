"""A fleet's whole life in AWS by roles that have the documented policies, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml

from ops.permissions import calls
from sandbox.aws import gate
from tests.sandbox import roles
from tests.sandbox.plugins import aws_cloud, engine
from tests.sandbox.plugins.engine import PROJECT, Result, Stack

pytestmark = pytest.mark.aws

PROGRAM = Path(__file__).with_name("fleet_program.py").read_text()
HOST, MEMBER, LATER = "eu-west-1", "eu-west-3", "us-east-1"
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
BUCKET = "acme-shots"
SMALL: dict[str, Any] = {"name": "nodes", "desired": 1, "max": 1, "min": 1}
FLEET: dict[str, Any] = {
    "clusters": [
        {"region": HOST, "kubernetesVersion": "1.36"},
        {
            "region": MEMBER,
            "kubernetesVersion": "1.36",
            "network": {"nat": "none"},
            "fargateProfiles": [{"name": "jobs", "selectors": [{"namespace": "jobs"}]}],
        },
    ],
    "nodeGroups": [SMALL],
    "types": [],
    "engine": "karmada",
    "karmada": {"snapshots": {"bucket": BUCKET}},
    "controlPlane": {"deletionProtection": False},
    "access": {
        "oidc": True,
        "boundary": BOUNDARY,
        "admins": ["arn:aws:iam::123456789012:user/operator"],
        "podIdentities": [{"namespace": "jobs", "serviceAccount": "web", "policies": [S3]}],
    },
}
GROWN = FLEET | {
    "clusters": [*FLEET["clusters"], {"region": LATER, "kubernetesVersion": "1.36"}],
    "nodeGroups": [SMALL | {"max": 2, "labels": {"tier": "gold"}, "diskGib": 30}],
}
UPGRADED = FLEET | {
    "clusters": [one | {"kubernetesVersion": "1.37"} for one in FLEET["clusters"]],
    "nodeGroups": GROWN["nodeGroups"],
}
"""The added region is gone again."""


class Fleet:
    """A stack, whose commands run as one of the roles."""

    def __init__(self, stack: Stack, aws: aws_cloud.Aws) -> None:
        self.stack, self.aws = stack, aws
        self.made = roles.of_stack(GROWN, "dev")
        self.arns = {
            kind: roles.give(self.client, f"ci-{kind}", kind, self.made) for kind in ("update", "drift", "preview")
        }
        stack.program(PROGRAM)

    def client(self, service: str) -> Any:
        return self.aws.client(service)

    def configure(self, settings: dict[str, Any]) -> None:
        config = {f"federated-eks:{key}": value for key, value in settings.items()}
        (self.stack.folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))

    def run(self, role: str, *arguments: str) -> Result:
        self.stack.env |= roles.session(self.client, self.arns[role])
        return self.stack.change(*arguments, timeout=400)

    def up(self, settings: dict[str, Any]) -> Result:
        self.configure(settings)
        return self.run("update", "up", "--yes", "--skip-preview")


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Generator[dict[str, Result]]:
    """What the engine said, step by step."""
    said: dict[str, Result] = {}
    with (
        aws_cloud.running(tmp_path_factory.mktemp("aws")) as aws,
        mock.patch("sandbox.aws.eks.moves.TAKES", timedelta(0)),
    ):
        gate.calls.clear()
        env = aws.env | {"FLEET_PROGRAM": str(PROJECT)}
        fleet = Fleet(engine.stack(tmp_path_factory.mktemp("stack"), env, name="federated-eks", state_once=True), aws)
        fleet.configure(FLEET)
        said["preview without a bucket"] = fleet.run("preview", "preview")
        aws.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": HOST})
        said["preview of nothing"] = fleet.run("preview", "preview")
        roles.give(fleet.client, "ci-preview", "preview", roles.without(fleet.made, "s3:ListBucket"))
        said["preview without the look"] = fleet.run("preview", "preview")
        roles.give(fleet.client, "ci-preview", "preview", fleet.made)
        roles.give(fleet.client, "ci-update", "update", roles.without(fleet.made, "ec2:CreateInternetGateway"))
        said["up without a right"] = fleet.up(FLEET)
        roles.give(fleet.client, "ci-update", "update", fleet.made)
        said["up"] = fleet.up(FLEET)
        said["preview"] = fleet.run("preview", "preview")
        said["drift"] = fleet.run("drift", "preview", "--refresh", "--expect-no-changes")
        said["up as preview"] = fleet.run("preview", "up", "--yes", "--skip-preview", "--refresh")
        said["region added, nodes changed"] = fleet.up(GROWN)
        said["upgraded, region removed"] = fleet.up(UPGRADED)
        said["destroy"] = fleet.run("update", "destroy", "--yes", "--skip-preview")
        fleet.stack.env |= aws.env
        fleet.stack.env.pop("AWS_SESSION_TOKEN")
        for kind in fleet.arns:
            roles.drop(fleet.client, f"ci-{kind}")
        said["left"] = Result(0, json.dumps(aws.left()))
        yield said


STEPS = (
    *("preview of nothing", "up", "preview", "drift", "region added, nodes changed", "upgraded, region removed"),
    "destroy",
)


@pytest.mark.parametrize("step", STEPS)
def test_each_step_of_a_fleet_s_life_goes_by_its_role_s_documents(life: dict[str, Result], step: str) -> None:
    assert life[step].ok, life[step].text
    assert "not authorized" not in life[step].text


def test_the_steps_changed_what_they_are_called_by(life: dict[str, Result]) -> None:
    assert life["up"].changes.keys() >= {"create"}
    # The stack's reference to itself is read; the engine doesn't count it after a refresh.
    assert life["preview"].changes == {"read": 1}
    assert life["drift"].changes == {}
    assert life["region added, nodes changed"].changes.keys() >= {"create", "update"}
    assert life["upgraded, region removed"].changes.keys() >= {"delete", "update"}
    # EKS may write its log group again once a cluster is gone.
    assert [one for one in json.loads(life["left"].text) if not one.startswith("/aws/eks/")] == []


def test_a_role_without_one_of_the_actions_fails_with_the_action_s_name(life: dict[str, Result]) -> None:
    assert not life["up without a right"].ok
    assert (
        "assumed-role/ci-update/ci is not authorized to perform: ec2:CreateInternetGateway"
        in life["up without a right"].text
    )
    assert "no identity-based policy allows" in life["up without a right"].text


def test_a_preview_refuses_a_bucket_that_does_not_exist(life: dict[str, Result]) -> None:
    assert not life["preview without a bucket"].ok
    assert (
        f"karmada.snapshots.bucket: {BUCKET} does not exist (reading S3 Bucket ({BUCKET}): couldn't find resource); "
        f"create it in {HOST} before the update"
    ) in life["preview without a bucket"].text


def test_a_preview_without_the_right_to_look_warns_and_goes_on(life: dict[str, Result]) -> None:
    assert life["preview without the look"].ok, life["preview without the look"].text
    assert f"AWS does not tell whether {BUCKET} exists (" in life["preview without the look"].text
    assert "AWS does not tell" not in life["preview of nothing"].text
    assert life["preview without the look"].changes == life["preview of nothing"].changes


def recorded(role: str) -> set[str]:
    """The actions that a role called."""
    return {action for who, action, _ in gate.calls if who.endswith(f":role/{role}")}


def test_every_recorded_call_is_in_the_table(life: dict[str, Result]) -> None:
    known = {action for each in calls.TYPES.values() for action in each.changes | each.read}
    known |= {action for actions in calls.FUNCTIONS.values() for action in actions}
    known |= {"iam:PutRolePermissionsBoundary"}
    for role in ("ci-update", "ci-drift", "ci-preview"):
        assert recorded(role) - known - {"sts:GetCallerIdentity"} == set(), "which takes no permission"


def test_a_drift_check_calls_nothing_that_changes_and_a_preview_s_role_is_refused_an_update(
    life: dict[str, Result],
) -> None:
    reads = ("Describe", "Get", "List")
    assert {one for one in recorded("ci-drift") if not one.partition(":")[2].startswith(reads)} == set()
    assert not life["up as preview"].ok
    assert "assumed-role/ci-preview/ci is not authorized to perform: " in life["up as preview"].text
    assert recorded("ci-update") >= {"ec2:CreateVpc", "eks:CreateCluster", "iam:CreateRole", "kms:CreateKey"}
