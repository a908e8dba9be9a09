"""Things that have the stack's tags and are no resources of the stack."""

from __future__ import annotations

from typing import Any

import pytest

from ops.aws import AwsError
from ops.errors import UserError
from ops.recover import strays
from ops.recover.look import Looker
from ops.recover.state import State
from tests.unit.ops.recover.fleet import AWS, PROVIDER, ROOT, STACK, TAGS, Aws, listed, resource, state

pytestmark = pytest.mark.unit

ARN = "arn:aws:ec2:eu-west-1:123456789012:"
VPC = resource("aws:ec2/vpc:Vpc", "one", {}, id="vpc-1", outputs={"a": 1})


def tagged(*ends: str, **more: str) -> dict[str, Any]:
    return {"ResourceTagMappingList": [{"ResourceARN": ARN + end, "Tags": listed({**TAGS, **more})} for end in ends]}


def find(state: State, aws: Aws, *known: str) -> list[strays.Stray]:
    return strays.find(aws, state, Looker(aws, state), known)


def test_what_the_state_does_not_know_is_a_stray_that_the_stack_can_delete() -> None:
    vpcs = {"Vpcs": [{"VpcId": "vpc-1"}, {"VpcId": "vpc-2", "State": "available"}]}
    aws = Aws(get_resources=tagged("vpc/vpc-1", "vpc/vpc-2"), describe_vpcs=vpcs)
    (stray,) = find(state(VPC), aws)
    filters = [{"Key": "fleet", "Values": ["federated-eks"]}, {"Key": "stack", "Values": ["dev"]}]
    assert aws.calls[0] == ("resourcegroupstaggingapi", "get-resources", "eu-west-1", {"TagFilters": filters})
    assert stray.id == "vpc-2"
    assert stray.resource == {
        "urn": "urn:pulumi:dev::federated-eks::aws:ec2/vpc:Vpc::recovered-vpc-2",
        "type": "aws:ec2/vpc:Vpc",
        "custom": True,
        "id": "vpc-2",
        "inputs": {},
        "outputs": {},
        "parent": ROOT,
        "provider": f"{AWS}::p-1",
        "dependencies": [],
    }


def test_what_the_tagging_api_still_names_and_aws_no_longer_has_is_none() -> None:
    gone = {"NatGateways": [{"NatGatewayId": "nat-2", "State": "deleted"}]}
    aws = Aws(
        get_resources=tagged("vpc/vpc-2", "natgateway/nat-2"), describe_vpcs={"Vpcs": []}, describe_nat_gateways=gone
    )
    assert find(state(), aws) == []


def test_what_is_planned_for_is_none() -> None:
    aws = Aws(get_resources=tagged("vpc/vpc-2"), describe_vpcs={"Vpcs": [{"VpcId": "vpc-2"}]})
    assert len(find(state(), aws)) == 1
    assert find(state(), aws, "vpc-2") == []


def test_a_pod_identity_is_known_by_its_own_id_and_by_that_of_its_import() -> None:
    arn = "arn:aws:eks:eu-west-1:123456789012:podidentityassociation/fleet-1/a-1"
    told = {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": listed(TAGS)}]}
    aws = Aws(get_resources=told, list_pod_identity_associations={"associations": [{"associationId": "a-1"}]})
    assert [stray.id for stray in find(state(), aws)] == ["fleet-1,a-1"]
    assert find(state(), aws, "fleet-1,a-1") == []
    kept = resource("aws:eks/podIdentityAssociation:PodIdentityAssociation", "web", {}, id="a-1", outputs={"a": 1})
    assert find(state(kept), aws) == []


def test_a_default_security_group_is_none_because_its_vpc_takes_it_along() -> None:
    groups = {"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "default"}]}
    assert find(state(), Aws(get_resources=tagged("security-group/sg-1"), describe_security_groups=groups)) == []


@pytest.mark.parametrize("tag", ["aws:autoscaling:groupName", "eks:cluster-name", "kubernetes.io/cluster/fleet-1"])
def test_what_aws_or_a_cluster_made_with_the_tags_is_none(tag: str) -> None:
    aws = Aws(get_resources=tagged("vpc/vpc-2", **{tag: "x"}), describe_vpcs={"Vpcs": [{"VpcId": "vpc-2"}]})
    assert find(state(), aws) == []


def test_types_that_no_stack_has_are_none() -> None:
    assert find(state(), Aws(get_resources=tagged("instance/i-1", "volume/vol-1"))) == []


def test_each_depends_on_what_may_hold_it() -> None:
    aws = Aws(
        get_resources=tagged("subnet/subnet-2", "vpc/vpc-2"),
        describe_vpcs={"Vpcs": [{"VpcId": "vpc-2"}]},
        describe_subnets={"Subnets": [{"SubnetId": "subnet-2"}]},
    )
    vpc, subnet = find(state(), aws)
    assert (vpc.id, subnet.id) == ("vpc-2", "subnet-2")
    assert subnet.resource["dependencies"] == [vpc.resource["urn"]]


@pytest.mark.parametrize("tags", ["{}", '{"tags": {"fleet": "federated-eks"}}'])
def test_a_stack_without_both_tags_has_none(tags: str) -> None:
    provider = {**PROVIDER, "inputs": {"region": "eu-west-1", "defaultTags": tags}}
    aws = Aws()
    assert find(State(exported={"deployment": {"resources": [STACK, provider]}}), aws) == []
    assert aws.calls == []


def test_a_refusal_is_one_message() -> None:
    match = "get-resources in eu-west-1: AccessDenied: no; docs/recover.md lists the rights"
    with pytest.raises(UserError, match=match):
        find(state(), Aws(get_resources=AwsError("AccessDenied", "no")))
