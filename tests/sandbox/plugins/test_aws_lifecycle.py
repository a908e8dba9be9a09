"""Every resource type of the stand-in for AWS, through the engine: from its creation to its end."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from ops.aws import call
from ops.recover.look import Looker
from ops.recover.lost import Lost
from ops.recover.state import Resource, State
from ops.recover.table import TABLE
from sandbox.plugins.aws.provider import RESOURCES
from sandbox.plugins.provider.check import problems
from sandbox.plugins.provider.sdk import Sdk
from tests.sandbox.plugins import aws_cloud, engine
from tests.sandbox.plugins.engine import Result

pytestmark = pytest.mark.aws

SDK = Sdk("pulumi_aws")
PROGRAM = Path(__file__).with_name("aws_program.py").read_text()


class Life:
    """What the engine said, step by step."""

    def __init__(self, stack: engine.Stack, aws: aws_cloud.Aws) -> None:
        self.said: dict[str, Result] = {}
        self.state: dict[int, dict[str, dict[str, Any]]] = {}
        self.found: dict[str, list[str]] = {}
        self.found_by_preview: dict[str, list[str]] = {}
        stack.program(PROGRAM)
        for name, zone in zones(aws).items():
            assert stack.run("config", "set", name, zone).ok
        assert stack.run("config", "set", "unused", "true").ok
        for phase in (1, 2, 3):
            assert stack.run("config", "set", "phase", str(phase)).ok
            if phase < 3:
                self.said[f"preview {phase}"] = stack.preview()
            self.said[f"up {phase}"] = made = stack.up()
            assert made.ok, made.text
            self.state[phase] = stack.resources()
            if phase == 1:
                state = State(exported=json.loads(stack.run("stack", "export").text))
                self.found = found_again(state, state.resources, aws)
                self.found_by_preview = found_again(state, previewed(state), aws)
            if phase < 3:
                self.said[f"refresh {phase}"] = stack.refresh()
                self.said[f"again {phase}"] = stack.up()
        self.said["destroy"] = gone = stack.destroy()
        assert gone.ok, gone.text
        self.left = aws.left()

    def changes(self, step: str) -> dict[str, int]:
        """What a step changed."""
        assert self.said[step].ok, self.said[step].text
        return self.said[step].changes

    def ids(self, phase: int) -> dict[str, str]:
        """The ids of what the program made, by name."""
        state = self.state[phase].values()
        return {one["urn"].split("::")[-1]: one["id"] for one in state if one["type"].startswith("aws:")}


def zones(aws: aws_cloud.Aws) -> dict[str, str]:
    """A public zone and a private one that exist already, by the program's settings for them."""
    route53, ec2 = aws.client("route53", "us-east-1"), aws.client("ec2")
    default = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    public = route53.create_hosted_zone(Name="example.org", CallerReference="public")
    private = route53.create_hosted_zone(
        Name="fleet.internal",
        CallerReference="private",
        HostedZoneConfig={"PrivateZone": True},
        VPC={"VPCId": default, "VPCRegion": "eu-west-1"},
    )
    ids = {"zone": public["HostedZone"]["Id"], "privateZone": private["HostedZone"]["Id"]}
    return {name: id.rpartition("/")[2] for name, id in ids.items()}


def previewed(state: State) -> list[Resource]:
    """The resources as a preview of nothing yet has them: with other random ends of names."""
    steps = [{"op": "create", "urn": one["urn"], "newState": one} for one in state.resources]
    return Lost({"steps": steps}, state).resources


def found_again(state: State, resources: list[Resource], aws: aws_cloud.Aws) -> dict[str, list[str]]:
    """For each resource, by name: the ids by which `ops recover` would import what its creation has made."""
    looker = Looker(call, state)
    found: dict[str, list[str]] = {}
    with mock.patch.dict("os.environ", aws.env):
        for resource in resources:
            if row := TABLE.get(resource["type"]):
                taken = state.ids - {(row.type, resource["id"])}
                things = [thing for thing in looker.things(row, resource) if (row.type, thing.id) not in taken]
                found[resource["urn"].split("::")[-1]] = [thing.id for thing in things if not thing.busy]
    return found


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Generator[Life]:
    with aws_cloud.running(tmp_path_factory.mktemp("aws")) as aws:
        yield Life(engine.stack(tmp_path_factory.mktemp("stack"), aws.env, state_once=True), aws)


def test_the_program_has_every_type(life: Life) -> None:
    assert {one["type"] for one in life.state[1].values()} >= RESOURCES.keys()


def test_everything_is_created_as_previewed(life: Life) -> None:
    assert life.changes("preview 1") == life.changes("up 1") == {"create": len(life.state[1])}


@pytest.mark.parametrize("phase", [1, 2])
def test_a_refresh_changes_nothing(life: Life, phase: int) -> None:
    assert life.changes(f"refresh {phase}") == {}, life.said[f"refresh {phase}"].text


@pytest.mark.parametrize("phase", [1, 2])
def test_an_up_after_that_changes_nothing(life: Life, phase: int) -> None:
    assert life.changes(f"again {phase}") == {}, life.said[f"again {phase}"].text


def test_what_can_be_changed_in_place_is(life: Life) -> None:
    assert life.changes("preview 2") == life.changes("up 2")
    assert life.changes("up 2").keys() == {"update"}
    assert life.ids(2) == life.ids(1)


def test_what_cannot_be_changed_in_place_is_replaced(life: Life) -> None:
    assert life.changes("up 3")
    before, after = life.ids(2), life.ids(3)
    same = {"cluster", "network", "issuer"}  # their ids are names that the program gives, or follow from them
    assert {"away", "asked", "spare", "node", "flows", "nodes", "to", "fro"} <= {
        name for name in before if before[name] != after[name]
    }
    assert all(before[name] == after[name] for name in same - {"issuer"})


def test_recover_finds_everything_by_its_inputs_and_nothing_else(life: Life) -> None:
    """Of each type, by the id of an import, which is another than the resource's own for three of them."""
    state = {one["urn"].split("::")[-1]: one for one in life.state[1].values()}
    imported = {name: [import_id(state[name])] for name in life.ids(1) if state[name]["type"] in TABLE}
    assert life.found == imported
    assert life.found_by_preview == imported


def import_id(resource: dict[str, Any]) -> str:
    """The id by which the official provider imports a resource."""
    inputs: dict[str, str] = resource["inputs"]
    id = str(resource["id"])
    return {
        "aws:ec2/route:Route": f"{inputs.get('routeTableId')}_{inputs.get('destinationCidrBlock')}",
        "aws:ec2/routeTableAssociation:RouteTableAssociation": f"{inputs.get('subnetId')}/{inputs.get('routeTableId')}",
        "aws:eks/podIdentityAssociation:PodIdentityAssociation": f"{inputs.get('clusterName')},{id}",
    }.get(resource["type"], id)


def test_nothing_is_left_after_a_destroy(life: Life) -> None:
    assert life.changes("destroy").keys() == {"delete"}
    # EKS makes this one, and leaves it.
    assert life.left == ["/aws/eks/one/cluster"]


def test_outputs_are_those_that_the_sdk_has(life: Life) -> None:
    """Each output, at any depth, is a property of the SDK's class, and of its type."""
    found = [
        f"{one['type']}: {problem.path}: {problem.reason}"
        for one in life.state[1].values()
        if one["type"] in RESOURCES and (shape := SDK.resource(one["type"]))
        for problem in problems(one["outputs"], shape.outputs)
        if problem.path != "id" and not problem.reason.startswith("missing")
    ]
    assert found == []
