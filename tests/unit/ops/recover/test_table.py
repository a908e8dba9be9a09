"""The table against AWS's own models, as botocore has them, and against the program's types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session  # pyright: ignore[reportMissingTypeStubs]
import pytest
from jmespath import parser  # pyright: ignore[reportMissingTypeStubs]

from ops.permissions import names
from ops.permissions.calls import TYPES
from ops.recover.row import Row
from ops.recover.table import ROWS, TABLE, actions
from sandbox.plugins.provider.sdk import Sdk

pytestmark = pytest.mark.unit

SDK = Sdk("pulumi_aws")
each = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.type)


@cache
def model(service: str) -> Any:
    session: Any = botocore.session
    return session.get_session().get_service_model(service)


def operation(service: str, name: str) -> Any:
    names = {
        re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", one).lower(): one
        for one in model(service).operation_names
    }
    names |= {one.lower(): one for one in model(service).operation_names}
    return model(service).operation_model(names.get(name) or names[name.replace("-", "")])


def element(shape: Any) -> Any:
    """The shape inside lists."""
    while shape.type_name == "list":
        shape = shape.member
    return shape


class Made:
    """The shape of an object that a path makes."""

    type_name = "structure"

    def __init__(self, members: dict[str, Any]) -> None:
        self.members = members


def walked(tree: Any, shape: Any) -> Any:
    """The shape that a path's tree leads to from a shape; KeyError if the model has no such member."""
    kind, children = tree["type"], tree.get("children", [])
    if kind == "field":
        return element(shape).members[tree["value"]]
    if kind == "filter_projection":
        of, rest, condition = children
        inside = element(walked(of, shape))
        walked(condition, inside)
        return walked(rest, inside)
    if kind in ("subexpression", "index_expression", "projection"):
        for child in children:
            shape = walked(child, shape)
        return shape
    if kind in ("identity", "current", "index", "flatten", "literal"):
        return walked(children[0], shape) if children else shape
    if kind == "multi_select_list":
        return walked(children[0], shape)
    if kind == "multi_select_dict":
        return Made({pair["value"]: walked(pair["children"][0], shape) for pair in children})
    for child in children:  # of a function, a comparison, and so on: about this very shape
        walked(child, shape)
    return shape


def tree(path: str) -> Any:
    made: Any = parser.Parser()
    return made.parse(re.sub(r"\{[\w|:]+\}", "x", path)).parsed


def items(row: Row) -> Any:
    """The shape of what a row's call lists."""
    return element(walked(tree(row.items), operation(row.service, row.operation).output_shape))


def placeholders(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        for found in re.findall(r"\{([\w|]+)(?::\w+)?\}", value):
            yield from found.split("|")
    elif isinstance(value, dict):
        for one in value.values():
            yield from placeholders(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from placeholders(one)


def shapes(row: Row) -> list[Any]:
    """The shapes of what a row lists and of its details."""
    details = [walked(tree(one.path), operation(one.service, one.operation).output_shape) for one in row.details]
    return [items(row), *details]


def test_the_program_s_types_are_all_in_it() -> None:
    assert TABLE.keys() == {*TYPES, *names.TYPES}
    assert len(TABLE) == len(ROWS)


def test_its_actions_are_named_as_aws_names_its_operations() -> None:
    for action in actions():
        service, _, name = action.partition(":")
        assert name in model({"tag": "resourcegroupstaggingapi"}.get(service, service)).operation_names


@each
def test_its_call_exists_and_takes_the_parameters(row: Row) -> None:
    taken = operation(row.service, row.operation).input_shape.members
    assert row.parameters.keys() <= taken.keys()
    for detail in row.details:
        assert detail.parameters.keys() <= operation(detail.service, detail.operation).input_shape.members.keys()


@each
def test_its_paths_are_in_the_response(row: Row) -> None:
    for path in (row.tags, row.state, row.unfinished, *row.same.values()):
        assert not path or any(has(tree(path), shape) for shape in shapes(row)), path


def has(path: Any, shape: Any) -> bool:
    try:
        return walked(path, shape) is not None
    except KeyError:
        return False


@each
def test_its_states_are_those_that_aws_knows(row: Row) -> None:
    """Where the model lists them; EC2 doesn't always."""
    if not row.state:
        return
    (state,) = [walked(tree(row.state), shape) for shape in shapes(row) if has(tree(row.state), shape)]
    known = {one.lower() for one in getattr(state, "enum", [])}
    assert not known or {*row.busy, *row.gone, *row.failed} <= known | {one.replace("-", "") for one in known} | EKS


EKS = {"create_failed", "creating", "updating", "deleting", "pending", "failed"}
"""The states of all of EKS's types together: one row's shape has some of them."""


@each
def test_its_inputs_are_the_sdk_s(row: Row) -> None:
    shape = SDK.resource(row.type)
    assert shape is not None
    asked = {*row.same, *placeholders(dict(row.parameters)), *placeholders(row.items)}
    assert asked <= shape.inputs.keys()
    listed = {name for one in shapes(row) for name in getattr(one, "members", {})}
    assert {*placeholders(row.id), *placeholders(row.id_end)} <= shape.inputs.keys() | listed


@each
def test_an_arn_of_its_own_names_it_and_no_other_type(row: Row) -> None:
    if row.arn:
        arn = f"arn:aws:{row.arn_service}:eu-west-1:123456789012:{ARNS[row.type]}"
        assert [one.type for one in ROWS if one.of_arn(arn)] == [row.type]


ARNS = {
    "aws:ec2/vpc:Vpc": "vpc/vpc-1",
    "aws:ec2/subnet:Subnet": "subnet/subnet-1",
    "aws:ec2/internetGateway:InternetGateway": "internet-gateway/igw-1",
    "aws:ec2/eip:Eip": "elastic-ip/eipalloc-1",
    "aws:ec2/natGateway:NatGateway": "natgateway/nat-1",
    "aws:ec2/routeTable:RouteTable": "route-table/rtb-1",
    "aws:ec2/securityGroup:SecurityGroup": "security-group/sg-1",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "vpc-endpoint/vpce-1",
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": "vpc-peering-connection/pcx-1",
    "aws:ec2/flowLog:FlowLog": "vpc-flow-log/fl-1",
    "aws:ec2/launchTemplate:LaunchTemplate": "launch-template/lt-1",
    "aws:iam/instanceProfile:InstanceProfile": "instance-profile/fleet/bastion-1",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/1",
    "aws:kms/key:Key": "key/53c62e29-5063-4376-b2f0-8959fbc1aa6c",
    "aws:cloudwatch/logGroup:LogGroup": "log-group:/aws/eks/fleet-1/cluster",
    "aws:ssm/document:Document": "document/fleet-session",
    "aws:ssm/parameter:Parameter": "parameter/fleet/clusters",
    "aws:eks/cluster:Cluster": "cluster/fleet-1",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": "podidentityassociation/fleet-1/a-1",
    "aws:eks/nodeGroup:NodeGroup": "nodegroup/fleet-1/nodes/12ab",
    "aws:eks/fargateProfile:FargateProfile": "fargateprofile/fleet-1/jobs/12ab",
    "aws:eks/addon:Addon": "addon/fleet-1/vpc-cni/12ab",
}
"""The end of an ARN of each type that the tagging API lists."""
