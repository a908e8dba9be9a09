"""The plan for each pending operation."""

from __future__ import annotations

from typing import Any

import pytest

from ops.aws import AwsError
from ops.errors import UserError
from ops.leftovers.kube import Reference
from ops.recover.kubernetes import RELEASE, Release
from ops.recover.plan import deletions
from ops.recover.step import Verb, shown
from ops.recover.strays import Stray
from tests.unit.ops.recover.fleet import AWS, TAGS, Aws, listed, planner, resource, state, steps

pytestmark = pytest.mark.unit

VPC = resource("aws:ec2/vpc:Vpc", "one", {"cidrBlock": "10.1.0.0/16", "tags": {"Name": "one"}})
NAT = resource("aws:ec2/natGateway:NatGateway", "nat", {"subnetId": "subnet-1", "allocationId": "eipalloc-1"})
GROUP = resource(
    "aws:ec2/securityGroup:SecurityGroup", "api", {"vpcId": "vpc-1", "name": "api", "description": "calls"}
)
ADDON = resource("aws:eks/addon:Addon", "cni", {"clusterName": "fleet-1", "addonName": "vpc-cni"})


def vpc(id: str = "vpc-1", cidr: str = "10.1.0.0/16", **tags: str) -> dict[str, Any]:
    return {"VpcId": id, "CidrBlock": cidr, "State": "available", "Tags": listed({**TAGS, "Name": "one", **tags})}


def nat(status: str) -> dict[str, Any]:
    addresses = [{"AllocationId": "eipalloc-1"}]
    gateway = {"NatGatewayId": "nat-1", "State": status, "NatGatewayAddresses": addresses, "Tags": listed(TAGS)}
    return {"NatGateways": [gateway]}


def only(pending: dict[str, Any], aws: Aws, *existing: dict[str, Any], **more: Any) -> tuple[Verb, str, str]:
    """The one step for a creation that was cut off."""
    (step,) = steps(state(*existing, creating=[pending]), aws, **more)
    return step.verb, step.id, step.why


def test_what_aws_has_is_imported() -> None:
    aws = Aws(describe_vpcs={"Vpcs": [vpc()]})
    assert only(VPC, aws) == (Verb.IMPORT, "vpc-1", "AWS has it in eu-west-1")
    assert aws.calls == [("ec2", "describe-vpcs", "eu-west-1", {})]


@pytest.mark.parametrize(
    "other",
    [
        vpc(cidr="10.2.0.0/16"),
        vpc(Name="two"),
        vpc(stack="prod"),
        vpc(team="another's"),
        {**vpc(), "Tags": []},
    ],
    ids=["range", "name", "stack", "more tags", "none"],
)
def test_what_differs_from_the_inputs_is_not_the_stack_s(other: dict[str, Any]) -> None:
    aws = Aws(describe_vpcs={"Vpcs": [other]})
    assert only(VPC, aws) == (Verb.FORGET, "", "AWS has no such thing")
    assert len(aws.calls) == 3, "lists show new things late"


def test_tags_that_aws_adds_are_no_difference() -> None:
    tags = {"aws:cloudformation:stack-name": "x", "kubernetes.io/cluster/fleet-1": "owned"}
    assert only(VPC, Aws(describe_vpcs={"Vpcs": [vpc(**tags)]}))[0] is Verb.IMPORT


def test_what_appears_late_is_found() -> None:
    aws = Aws(describe_vpcs=[{"Vpcs": []}, {"Vpcs": [vpc()]}])
    assert only(VPC, aws)[:2] == (Verb.IMPORT, "vpc-1")


def test_what_the_state_has_already_is_not_imported_a_second_time() -> None:
    old = {**VPC, "id": "vpc-1", "outputs": {"id": "vpc-1"}}
    assert only(VPC, Aws(describe_vpcs={"Vpcs": [vpc()]}), old)[0] is Verb.FORGET
    assert only(VPC, Aws(describe_vpcs={"Vpcs": [vpc(), vpc("vpc-2")]}), old)[:2] == (Verb.IMPORT, "vpc-2")


def test_two_that_are_alike_are_two_things() -> None:
    twin = {**VPC, "urn": VPC["urn"] + "-twin"}
    found = steps(state(creating=[VPC, twin]), Aws(describe_vpcs={"Vpcs": [vpc(), vpc("vpc-2")]}))
    assert [(step.verb, step.id) for step in found] == [(Verb.IMPORT, "vpc-1"), (Verb.IMPORT, "vpc-2")]


def test_what_is_being_created_is_waited_for() -> None:
    aws = Aws(describe_nat_gateways=[nat("pending"), nat("pending"), nat("available")])
    assert only(NAT, aws, seconds=5)[:2] == (Verb.IMPORT, "nat-1")
    assert aws.calls[0][3] == {"Filter": [{"Name": "subnet-id", "Values": ["subnet-1"]}]}


def test_what_is_never_done_is_one_message() -> None:
    with pytest.raises(UserError, match=r"natGateway:NatGateway nat-1: pending still, after 0 minutes; wait until"):
        only(NAT, Aws(describe_nat_gateways=nat("pending")))


def test_what_failed_is_deleted_and_what_is_gone_is_forgotten() -> None:
    assert only(NAT, Aws(describe_nat_gateways=nat("failed"))) == (Verb.DELETE, "nat-1", "AWS says failed")
    assert only(NAT, Aws(describe_nat_gateways=nat("deleted")))[0] is Verb.FORGET


@pytest.mark.parametrize(("rules", "verb"), [([{"CidrIp": "0.0.0.0/0"}], Verb.DELETE), ([], Verb.IMPORT)])
def test_a_group_that_still_has_aws_s_own_rule_is_created_anew(rules: list[Any], verb: Verb) -> None:
    egress = [{"IpProtocol": "-1", "IpRanges": rules}] if rules else []
    group = {"GroupId": "sg-1", "GroupName": "api", "Description": "calls", "IpPermissionsEgress": egress}
    aws = Aws(describe_security_groups={"SecurityGroups": [{**group, "Tags": listed(TAGS)}]})
    assert only(GROUP, aws)[:2] == (verb, "sg-1")


def test_a_component_is_forgotten_because_it_exists_in_the_state_alone() -> None:
    component = {**resource("eks:index:Cluster", "fleet-1", {}), "custom": False}
    aws = Aws()
    assert only(component, aws) == (Verb.FORGET, "", "the next update creates it again")
    assert aws.calls == []


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "NoSuchEntity", "InvalidDocument"])
def test_what_aws_does_not_know_is_forgotten(code: str) -> None:
    assert only(ADDON, Aws(describe_addon=AwsError(code, "no")))[0] is Verb.FORGET


def test_a_call_that_aws_refuses_is_one_message() -> None:
    match = "aws eks describe-addon in eu-west-1: AccessDeniedException: no; docs/recover.md lists the rights"
    with pytest.raises(UserError, match=match):
        only(ADDON, Aws(describe_addon=AwsError("AccessDeniedException", "no")))


def test_what_a_second_creation_takes_over_is_forgotten_and_known() -> None:
    closed = resource("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "closed", {"vpcId": "vpc-1"})
    aws = Aws(describe_security_groups={"SecurityGroups": [{"GroupId": "sg-9", "GroupName": "default"}]})
    made = planner(state(creating=[closed]), aws)
    (step,) = made.steps()
    assert (step.verb, made.known) == (Verb.FORGET, {"sg-9"})


@pytest.mark.parametrize(("tags", "verb"), [({"a": "b"}, Verb.IMPORT), ({"a": "c"}, Verb.FORGET), ({}, Verb.FORGET)])
def test_a_group_whose_tags_are_a_list_is_found_by_its_name_and_them(tags: dict[str, str], verb: Verb) -> None:
    group = resource(
        "aws:autoscaling/group:Group", "bastion", {"name": "bastion-1", "tags": [{"key": "a", "value": "b"}]}
    )
    found = {"AutoScalingGroupName": "bastion-1", "Tags": listed(tags)}
    longer = {**found, "AutoScalingGroupName": "bastion-12"}
    aws = Aws(describe_auto_scaling_groups={"AutoScalingGroups": [longer, found]})
    assert only(group, aws)[:2] == (verb, "bastion-1" if verb is Verb.IMPORT else "")


def test_a_role_is_found_by_its_name_and_the_tags_that_its_description_has() -> None:
    role = resource("aws:iam/role:Role", "node", {"name": "node-0123abc"})
    aws = Aws(
        list_roles={"Roles": [{"RoleName": "node-0123abc"}]},
        get_role=[{"Role": {"RoleName": "node-0123abc"}}, {"Role": {"Tags": listed(TAGS)}}],
    )
    assert only(role, aws)[:2] == (Verb.IMPORT, "node-0123abc")
    assert aws.calls[1] == ("iam", "get-role", "eu-west-1", {"RoleName": "node-0123abc"})


def test_a_node_group_is_listed_and_described_in_its_cluster() -> None:
    group = resource("aws:eks/nodeGroup:NodeGroup", "n", {"clusterName": "fleet-1", "nodeGroupName": "nodes"})
    aws = Aws(
        list_nodegroups={"nodegroups": ["nodes-of-another", "nodes"]},
        describe_nodegroup={"nodegroup": {"nodegroupName": "nodes", "status": "CREATE_FAILED", "tags": TAGS}},
    )
    assert only(group, aws)[:2] == (Verb.DELETE, "fleet-1:nodes")
    assert aws.calls[2][3] == {"clusterName": "fleet-1", "nodegroupName": "nodes"}


def test_a_record_is_found_by_its_name_type_and_identifier() -> None:
    inputs = {"zoneId": "/hostedzone/Z1", "name": "*.Example.org", "type": "A", "setIdentifier": "two"}
    shown = {"Name": r"\052.example.org.", "Type": "A"}
    records = [
        {**shown, "Type": "AAAA", "SetIdentifier": "two"},
        {**shown, "SetIdentifier": "one"},
        {**shown, "SetIdentifier": "two"},
    ]
    aws = Aws(list_resource_record_sets={"ResourceRecordSets": records})
    assert only(resource("aws:route53/record:Record", "r", inputs), aws)[:2] == (Verb.IMPORT, "Z1_*.Example.org_A_two")
    alone = {name: value for name, value in inputs.items() if name != "setIdentifier"}
    aws = Aws(list_resource_record_sets={"ResourceRecordSets": [shown]})
    assert only(resource("aws:route53/record:Record", "r", alone), aws)[:2] == (Verb.IMPORT, "Z1_*.Example.org_A")


def test_a_health_check_is_found_by_its_tags_and_endpoint() -> None:
    check = resource(
        "aws:route53/healthCheck:HealthCheck", "c", {"type": "HTTP", "fqdn": "a.example.org", "port": 80.0}
    )
    config = {"Type": "HTTP", "FullyQualifiedDomainName": "a.example.org", "Port": 80}
    other = {**config, "FullyQualifiedDomainName": "b.example.org"}
    checks = [{"Id": "c-0", "HealthCheckConfig": other}, {"Id": "c-1", "HealthCheckConfig": config}]
    aws = Aws(
        list_health_checks={"HealthChecks": checks}, list_tags_for_resource={"ResourceTagSet": {"Tags": listed(TAGS)}}
    )
    assert only(check, aws)[:2] == (Verb.IMPORT, "c-1")


def test_a_zone_s_association_is_found_in_what_its_vpc_has() -> None:
    inputs = {"zoneId": "Z1", "vpcId": "vpc-1", "vpcRegion": "eu-west-3"}
    aws = Aws(list_hosted_zones_by_vpc={"HostedZoneSummaries": [{"HostedZoneId": "Z0"}, {"HostedZoneId": "Z1"}]})
    made = resource("aws:route53/zoneAssociation:ZoneAssociation", "a", inputs)
    assert only(made, aws)[:2] == (Verb.IMPORT, "Z1:vpc-1:eu-west-3")
    assert aws.calls[0][3] == {"VPCId": "vpc-1", "VPCRegion": "eu-west-3"}


def test_an_identity_provider_is_found_by_its_issuer_s_url() -> None:
    issuer = resource("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "issuer", {"url": "https://oidc.eks/id/1"})
    arns = [f"arn:aws:iam::123456789012:oidc-provider/{end}" for end in ("oidc.eks/id/11", "oidc.eks/id/1")]
    aws = Aws(list_open_id_connect_providers={"OpenIDConnectProviderList": [{"Arn": arn} for arn in arns]})
    assert only(issuer, aws)[:2] == (Verb.IMPORT, arns[1])


def test_a_route_is_found_in_its_table_and_imported_by_both() -> None:
    inputs = {"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}
    routes = [{"DestinationCidrBlock": "10.0.0.0/16"}, {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}]
    aws = Aws(describe_route_tables={"RouteTables": [{"RouteTableId": "rtb-1", "Routes": routes}]})
    assert only(resource("aws:ec2/route:Route", "out", inputs), aws)[:2] == (Verb.IMPORT, "rtb-1_0.0.0.0/0")


def test_a_key_is_found_by_the_tagging_api_unless_it_is_due_for_deletion() -> None:
    key = resource("aws:kms/key:Key", "key", {})
    arn = "arn:aws:kms:eu-west-1:123456789012:key/k-1"
    tagged = {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": listed(TAGS)}]}

    def told(status: str) -> Aws:
        return Aws(get_resources=tagged, describe_key={"KeyMetadata": {"KeyId": "k-1", "KeyState": status}})

    assert only(key, told("Enabled"))[:2] == (Verb.IMPORT, "k-1")
    assert only(key, told("PendingDeletion"))[0] is Verb.FORGET


def test_updates_and_deletions_that_were_cut_off_are_read_once_they_have_come_to_rest() -> None:
    known = {**NAT, "id": "nat-1", "outputs": {"id": "nat-1"}}
    aws = Aws(describe_nat_gateways=[nat("deleting"), nat("deleting"), nat("deleted")])
    (step,) = steps(state(known, deleting=[known]), aws, seconds=5)
    assert (step.verb, step.id, len(aws.calls)) == (Verb.READ, "nat-1", 3)


def test_a_recovery_that_was_cut_off_is_gone_on_with() -> None:
    (step,) = steps(state({**VPC, "id": "vpc-1"}), Aws())
    assert (step.verb, step.id, step.why) == (Verb.READ, "vpc-1", "an earlier recovery was cut off")


def test_the_engine_s_own_are_forgotten() -> None:
    provider = {"urn": AWS + "-2", "type": "pulumi:providers:aws", "inputs": {}}
    assert only(provider, Aws())[0] is Verb.FORGET


def test_a_type_that_is_not_in_the_table_is_for_a_person() -> None:
    with pytest.raises(UserError, match=r"aws:s3/bucket:Bucket is of a type that this command can't look up; .*import"):
        only(resource("aws:s3/bucket:Bucket", "b", {}), Aws())


def test_a_provider_without_a_region_is_for_a_person() -> None:
    with pytest.raises(UserError, match="its provider in the state has no region"):
        only({**VPC, "provider": "urn:gone::1"}, Aws())


SECRET = Reference(cluster="fleet-1", api_version="v1", kind="Secret", namespace="system", name="release")

KUBERNETES = {
    "urn": f"{AWS}-k8s",
    "type": "pulumi:providers:kubernetes",
    "id": "k",
    "custom": True,
    "outputs": {"a": 1},
}


def object_of(upserts: Any, type: str = "kubernetes:core/v1:Namespace", **inputs: Any) -> Any:
    provider = {**KUBERNETES, "inputs": {"upsertExistingObjects": upserts}}
    pending = resource(type, "one", inputs or {"metadata": {"name": "one", "namespace": "apps"}})
    return {**pending, "provider": f"{KUBERNETES['urn']}::k"}, provider


def test_an_object_is_taken_over_by_a_provider_that_does_so_and_otherwise_imported() -> None:
    pending, provider = object_of("true")
    assert only(pending, Aws(), provider) == (Verb.FORGET, "", "the next update takes it over, if it exists")
    pending, provider = object_of("false")
    assert only(pending, Aws(), provider) == (Verb.IMPORT, "apps/one", "if the cluster has it")


def test_an_object_in_karmada_is_taken_over_without_a_call_of_its_cluster() -> None:
    """Karmada's provider names no cluster of EKS's."""
    pending, provider = object_of(
        "true", "kubernetes:cluster.karmada.io/v1alpha1:Cluster", metadata={"name": "fleet-1"}
    )
    provider["inputs"]["clusterIdentifier"] = "federated-eks-karmada"
    assert only(pending, Aws(), provider) == (Verb.FORGET, "", "the next update takes it over, if it exists")


@pytest.mark.parametrize(
    ("found", "verb"),
    [
        (None, Verb.FORGET),
        (Release(id="system/kubefed", status="deployed", secret=SECRET), Verb.IMPORT),
        (Release(id="system/kubefed", status="pending-install", secret=SECRET), Verb.DELETE),
    ],
)
def test_a_release_is_imported_only_if_helm_came_to_its_end(found: Release | None, verb: Verb) -> None:
    class Releases:
        def find(self, resource: Any) -> Release | None:
            return found

    pending, provider = object_of("true", RELEASE, name="kubefed", namespace="system")
    assert only(pending, Aws(), provider, releases=lambda _: Releases())[0] is verb


def test_the_steps_are_shown_as_a_table() -> None:
    stray = Stray(id="vpc-7", resource={**VPC, "urn": "urn::a::aws:ec2/vpc:Vpc::recovered-vpc-7"})
    text = shown([*steps(state(creating=[VPC]), Aws(describe_vpcs={"Vpcs": [vpc()]})), *deletions([stray])])
    assert text.splitlines() == [
        "DO      TYPE             NAME             ID     WHY",
        "import  aws:ec2/vpc:Vpc  one              vpc-1  AWS has it in eu-west-1",
        "delete  aws:ec2/vpc:Vpc  recovered-vpc-7  vpc-7  it has the stack's tags, and the state doesn't know it",
    ]
