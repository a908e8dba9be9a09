"""Resources that a preview would create, although AWS has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ops.recover.lost import SECRET, Lost
from ops.recover.row import Prefix
from ops.recover.state import State, inputs_of
from ops.recover.step import Step, Verb
from tests.unit.ops.recover.fleet import PROVIDER, TAGS, Aws, listed, planner, resource, state
from wire import UNKNOWN

pytestmark = pytest.mark.unit

ROUTE = resource("aws:ec2/route:Route", "out", {"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"})
ROUTES = {"RouteTables": [{"RouteTableId": "rtb-1", "Routes": [{"DestinationCidrBlock": "0.0.0.0/0"}]}]}
USES = resource("aws:ec2/routeTableAssociation:RouteTableAssociation", "u", {"routeTableId": "r-1", "subnetId": "s-1"})


def lost(before: State, *created: Mapping[str, Any], op: str = "create") -> Lost:
    """What a preview with these creations would make of a state."""
    return Lost({"steps": [{"op": op, "urn": one["urn"], "newState": one} for one in created]}, before)


def steps(before: State, aws: Aws, *created: Mapping[str, Any], seconds: float = 0) -> list[Step]:
    return [*planner(before, aws, seconds=seconds).lost(lost(before, *created))]


def found(before: State, aws: Aws, *created: Mapping[str, Any]) -> list[tuple[Verb, str]]:
    return [(step.verb, step.id) for step in steps(before, aws, *created)]


@pytest.mark.parametrize(("op", "count"), [("create", 1), ("create-replacement", 1), ("update", 0), ("delete", 0)])
def test_it_is_what_a_preview_would_create(op: str, count: int) -> None:
    assert len(lost(state(), ROUTE, op=op).resources) == count
    assert Lost({}, state()).resources == []


@pytest.mark.parametrize("value", [UNKNOWN, [{"in": UNKNOWN}]], ids=["itself", "inside"])
def test_what_needs_something_that_does_not_exist_was_not_created(value: Any) -> None:
    assert lost(state(), {**ROUTE, "inputs": {**ROUTE["inputs"], "natGatewayId": value}}).resources == []


def test_what_no_provider_of_the_state_has_created_is_left_out() -> None:
    elsewhere = {**ROUTE, "provider": "urn:other::1", "inputs": {**ROUTE["inputs"], "region": "eu-west-3"}}
    nowhere = {**PROVIDER, "urn": "urn:nowhere", "inputs": {}}
    assert lost(state(), elsewhere).resources == []
    assert lost(state(nowhere), {**ROUTE, "provider": "urn:nowhere::p-1"}).resources == []


def test_components_and_pending_creations_are_left_out() -> None:
    component = resource("federated-eks:index:Network", "net", {}, custom=False)
    assert lost(state(creating=[ROUTE]), ROUTE, component).resources == []


def test_an_input_that_a_preview_masks_and_all_outputs_are_left_out() -> None:
    inputs = {"name": "/a", "value": SECRET, "tags": {"a": SECRET}}
    parameter = resource("aws:ssm/parameter:Parameter", "p", inputs, outputs={"arn": UNKNOWN})
    (made,) = lost(state(), parameter).resources
    assert (made["inputs"], "outputs" in made) == ({"name": "/a"}, False)


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("node-0123abc", "node-"),
        ("alias/node-0123abc", "alias/node-"),
        ("other-0123abc", None),
        ("node-0123abz", None),
        ("node-0123abcd", None),
        ("node", None),
    ],
)
def test_of_a_name_that_pulumi_makes_only_the_beginning_is_known(name: str, prefix: str | None) -> None:
    (made,) = lost(state(), resource("aws:iam/role:Role", "node", {"name": name, "description": name})).resources
    value = made["inputs"]["name"]
    assert made["inputs"]["description"] == name
    assert (value, isinstance(value, Prefix)) == (prefix or name, prefix is not None)


def test_the_components_above_come_from_the_outermost_on() -> None:
    outer = resource("a:b:Outer", "outer", {}, custom=False, outputs={"a": 1})
    inner = {**resource("a:b:Inner", "inner", {}, custom=False), "parent": outer["urn"]}
    child = {**ROUTE, "parent": inner["urn"]}
    parents = lost(state(), outer, inner, child).parents(child)
    assert [one["urn"] for one in parents] == [outer["urn"], inner["urn"]]
    assert "outputs" not in parents[0]


def test_an_untagged_child_that_the_state_lacks_is_imported() -> None:
    aws = Aws(describe_route_tables=ROUTES)
    (step,) = steps(state(), aws, ROUTE)
    assert (step.verb, step.id) == (Verb.IMPORT, "rtb-1_0.0.0.0/0")
    assert step.why == "the program declares it, and AWS has it in eu-west-1"
    assert len(aws.calls) == 1, "it is too old to appear late"


def test_what_aws_does_not_have_is_no_step_because_the_next_update_creates_it() -> None:
    assert found(state(), Aws(describe_route_tables={"RouteTables": []}), ROUTE) == []


def test_what_failed_meanwhile_is_deleted() -> None:
    addon = resource("aws:eks/addon:Addon", "cni", {"clusterName": "fleet-1", "addonName": "vpc-cni"})
    failed = {"addon": {"clusterName": "fleet-1", "addonName": "vpc-cni", "status": "CREATE_FAILED", "tags": TAGS}}
    assert found(state(), Aws(describe_addon=failed), addon) == [(Verb.DELETE, "fleet-1:vpc-cni")]


@pytest.mark.parametrize(("protocol", "verb"), [("-1", Verb.IMPORT), ("tcp", Verb.DELETE)])
def test_a_group_is_whole_if_the_program_declares_the_rule_that_aws_begins_with(protocol: str, verb: Verb) -> None:
    inputs = {"vpcId": "vpc-1", "name": "api-0000000", "description": "calls"}
    group = resource("aws:ec2/securityGroup:SecurityGroup", "api", inputs)
    rule = resource(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "out",
        {"securityGroupId": UNKNOWN, "ipProtocol": protocol, "tags": {}},
        dependencies=[group["urn"]],
    )
    egress = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    names = {"GroupId": "sg-1", "GroupName": "api-1111111", "Description": "calls", "Tags": listed(TAGS)}
    aws = Aws(describe_security_groups={"SecurityGroups": [{**names, "IpPermissionsEgress": egress}]})
    assert found(state(), aws, group, rule) == [(verb, "sg-1")]


def test_what_the_state_has_under_another_name_is_not_imported_a_second_time() -> None:
    before = state({**ROUTE, "urn": ROUTE["urn"] + "-old", "id": "r-rtb-11080289494", "outputs": {"a": 1}})
    assert found(before, Aws(describe_route_tables=ROUTES), ROUTE) == []
    there = {**ROUTE, "urn": ROUTE["urn"] + "-there", "inputs": {**ROUTE["inputs"], "region": "eu-west-3"}}
    elsewhere = state({**there, "id": "r", "outputs": {"a": 1}})
    assert len(found(elsewhere, Aws(describe_route_tables=ROUTES), ROUTE)) == 1


def test_what_a_second_creation_takes_over_and_other_types_are_left_to_the_next_update() -> None:
    closed = resource("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "closed", {"vpcId": "vpc-1"})
    aws = Aws()
    assert found(state(), aws, closed, resource("aws:s3/bucket:Bucket", "b", {})) == []
    assert aws.calls == []


def test_a_name_of_pulumi_s_is_imported_as_it_is_in_aws_and_only_with_the_stack_s_tags() -> None:
    role = resource("aws:iam/role:Role", "node", {"name": "node-0000000"})
    names = ["node-1111111", "node-2222222", "nodes-1111111"]
    tags = {"node-1111111": {**TAGS, "stack": "prod"}}
    aws = Aws(
        list_roles={"Roles": [{"RoleName": name} for name in names if name.startswith("node-")]},
        get_role=[{"Role": {"Tags": listed(tags.get(name, TAGS))}} for name in names],
    )
    (step,) = steps(state(), aws, role)
    assert (step.verb, step.id, inputs_of(step.resource)["name"]) == (Verb.IMPORT, "node-2222222", "node-2222222")


def test_an_association_is_found_by_its_subnet_and_table() -> None:
    association = {"SubnetId": "s-1", "RouteTableId": "r-1", "AssociationState": {"State": "associated"}}
    aws = Aws(describe_route_tables={"RouteTables": [{"Associations": [association]}]})
    assert found(state(), aws, USES) == [(Verb.IMPORT, "s-1/r-1")]
    elsewhere = Aws(describe_route_tables={"RouteTables": [{"Associations": [{**association, "RouteTableId": "r-2"}]}]})
    assert found(state(), elsewhere, USES) == []
