"""The stand-in for AWS against AWS: what it waits for, tries again, notices, and passes on."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.contract import ClusterKey
from sandbox.plugins.aws.session import Aws, AwsError, Config
from tests.sandbox.plugins import aws_cloud
from tests.sandbox.plugins.aws_calls import Aborted, Calls, Thing

pytestmark = pytest.mark.aws

VPC, SUBNET, GATEWAY = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/internetGateway:InternetGateway"
ROLE, POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
GROUP, RULE = "aws:ec2/securityGroup:SecurityGroup", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
TABLE, ROUTE = "aws:ec2/routeTable:RouteTable", "aws:ec2/route:Route"
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "ec2": ("DescribeVpcs", {}),
    "eks": ("ListClusters", {}),
    "iam": ("ListRoles", {}),
    "kms": ("ListKeys", {}),
    "logs": ("DescribeLogGroups", {}),
    "ssm": ("DescribeParameters", {}),
    "sts": ("GetCallerIdentity", {}),
}
"""A question for each service."""

PEERING = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
CLUSTER, ENTRY = "aws:eks/cluster:Cluster", "aws:eks/accessEntry:AccessEntry"


def later(action: Callable[[], Any], seconds: float = 0.7) -> threading.Timer:
    """Do something while a call waits."""
    timer = threading.Timer(seconds, action)
    timer.start()
    return timer


def trust(service: str) -> str:
    """A trust policy."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def a_vpc(calls: Calls, cidr: str = "10.0.0.0/16", **inputs: Any) -> Thing:
    return calls.create(VPC, "vpc", cidrBlock=cidr, **inputs)


def cluster_inputs(calls: Calls, name: str) -> dict[str, Any]:
    """What a cluster needs, its role and subnets made."""
    vpc = a_vpc(calls)
    subnets = [
        calls.create(
            SUBNET, f"s{index}", vpcId=vpc.id, cidrBlock=f"10.0.{index}.0/24", availabilityZone=f"eu-west-1{zone}"
        )
        for index, zone in enumerate("ab")
    ]
    role = calls.create(ROLE, f"{name}-role", assumeRolePolicy=trust("eks.amazonaws.com"))
    calls.create(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "attached",
        role=role.id,
        policyArn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
    )
    return {
        "name": name,
        "roleArn": role.outputs["arn"],
        "vpcConfig": {"subnetIds": [subnet.id for subnet in subnets]},
        "accessConfig": {"authenticationMode": "API"},
    }


def test_default_tags_reach_aws_and_the_resources_own_come_first(calls: Calls, aws: aws_cloud.Aws) -> None:
    vpc = a_vpc(calls, tags={"fleet": "mine", "Name": "it"})
    (told,) = aws.client("ec2").describe_vpcs(VpcIds=[vpc.id])["Vpcs"]
    assert {tag["Key"]: tag["Value"] for tag in told["Tags"]} == {"fleet": "mine", "Name": "it"}
    assert vpc.outputs["tagsAll"] == vpc.outputs["tags"] == {"fleet": "mine", "Name": "it"}


def test_tags_that_somebody_changed_are_noticed_and_set_right(calls: Calls, aws: aws_cloud.Aws) -> None:
    inputs = {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "it"}}
    vpc = calls.create(VPC, "vpc", **inputs)
    ec2 = aws.client("ec2")
    ec2.create_tags(Resources=[vpc.id], Tags=[{"Key": "Name", "Value": "other"}, {"Key": "more", "Value": "x"}])
    ec2.delete_tags(Resources=[vpc.id], Tags=[{"Key": "fleet"}])
    found = calls.read(vpc)
    assert found
    assert found.inputs["tags"] == {"Name": "other", "more": "x"}
    assert set(calls.diff(found, inputs).diffs) == {"tags", "tagsAll"}
    calls.update(found, inputs)
    (told,) = ec2.describe_vpcs(VpcIds=[vpc.id])["Vpcs"]
    assert {tag["Key"]: tag["Value"] for tag in told["Tags"]} == {"Name": "it", "fleet": "one"}


def test_tags_on_what_should_have_none_are_noticed(calls: Calls, aws: aws_cloud.Aws) -> None:
    vpc = a_vpc(calls)
    aws.client("ec2").create_tags(Resources=[vpc.id], Tags=[{"Key": "more", "Value": "x"}])
    found = calls.read(vpc)
    assert found
    assert found.inputs["tags"] == {"more": "x"}
    assert set(calls.diff(found, {"cidrBlock": "10.0.0.0/16"}).diffs) == {"tags", "tagsAll"}


def test_an_attribute_that_somebody_changed_is_noticed(calls: Calls, aws: aws_cloud.Aws) -> None:
    inputs = {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True}
    vpc = calls.create(VPC, "vpc", **inputs)
    aws.client("ec2").modify_vpc_attribute(VpcId=vpc.id, EnableDnsHostnames={"Value": False})
    found = calls.read(vpc)
    assert found
    assert list(calls.diff(found, inputs).diffs) == ["enableDnsHostnames"]


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_a_rule_that_somebody_added_to_a_default_group_goes_where_the_list_is_given(
    calls: Calls, aws: aws_cloud.Aws, direction: str
) -> None:
    inputs = {"vpcId": a_vpc(calls).id, "ingress": [], "egress": []}
    group = calls.create("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "closed", **inputs)
    ec2, rule = aws.client("ec2"), {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1}
    opened = [{**rule, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
    getattr(ec2, f"authorize_security_group_{direction}")(GroupId=group.id, IpPermissions=opened)
    found = calls.read(group)
    assert found
    assert {path.partition("[")[0] for path in calls.diff(found, inputs).diffs} == {direction}
    calls.update(found, inputs)
    (told,) = ec2.describe_security_groups(GroupIds=[group.id])["SecurityGroups"]
    assert told["IpPermissions"] == told["IpPermissionsEgress"] == []


def test_a_parameter_that_somebody_changed_is_noticed_and_set_right(calls: Calls, aws: aws_cloud.Aws) -> None:
    inputs = {"name": "/mine/it", "type": "String", "insecureValue": "one", "description": "A text"}
    made = calls.create("aws:ssm/parameter:Parameter", "it", **inputs)
    ssm = aws.client("ssm")
    ssm.put_parameter(Name="/mine/it", Value="other", Type="String", Overwrite=True)
    found = calls.read(made)
    assert found
    assert (found.inputs["insecureValue"], list(calls.diff(found, inputs).diffs)) == ("other", ["insecureValue"])
    calls.update(found, inputs)
    assert ssm.get_parameter(Name="/mine/it")["Parameter"]["Value"] == "one"
    with pytest.raises(Aborted, match="ParameterAlreadyExists"):
        calls.create("aws:ssm/parameter:Parameter", "other", **inputs)


def test_a_policy_that_somebody_changed_is_noticed(calls: Calls, aws: aws_cloud.Aws) -> None:
    inputs = {"assumeRolePolicy": trust("ec2.amazonaws.com")}
    role = calls.create(ROLE, "role", **inputs)
    unchanged = calls.read(role)
    assert unchanged
    assert unchanged.inputs["assumeRolePolicy"] == inputs["assumeRolePolicy"]
    aws.client("iam").update_assume_role_policy(RoleName=role.id, PolicyDocument=trust("eks.amazonaws.com"))
    found = calls.read(role)
    assert found
    assert list(calls.diff(found, inputs).diffs) == ["assumeRolePolicy"]


def test_what_somebody_deleted_is_gone(calls: Calls, aws: aws_cloud.Aws) -> None:
    vpc = a_vpc(calls)
    aws.client("ec2").delete_vpc(VpcId=vpc.id)
    assert calls.read(vpc) is None
    calls.delete(vpc)


def test_a_delete_is_tried_again_while_something_is_still_there(calls: Calls, aws: aws_cloud.Aws) -> None:
    vpc = a_vpc(calls)
    ec2 = aws.client("ec2")
    subnet = ec2.create_subnet(VpcId=vpc.id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    timer = later(lambda: ec2.delete_subnet(SubnetId=subnet))
    calls.delete(vpc)
    timer.join()
    assert calls.read(vpc) is None


def test_a_delete_gives_up_with_aws_own_error(calls: Calls, aws: aws_cloud.Aws) -> None:
    vpc = a_vpc(calls)
    aws.client("ec2").create_subnet(VpcId=vpc.id, CidrBlock="10.0.0.0/24")
    with pytest.raises(Aborted, match=r"ec2 DeleteVpc: DependencyViolation: .*has dependencies"):
        calls.timeout = 0.5
        calls.delete(vpc)


def test_a_role_that_iam_has_not_told_of_yet_is_waited_for(calls: Calls, aws: aws_cloud.Aws) -> None:
    inputs = cluster_inputs(calls, "waits")
    iam = aws.client("iam")
    name = inputs["roleArn"].split("/")[-1]
    managed = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    iam.detach_role_policy(RoleName=name, PolicyArn=managed)
    iam.delete_role(RoleName=name)
    timer = later(lambda: iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("eks.amazonaws.com")))
    cluster = calls.create(CLUSTER, "waits", **inputs)
    timer.join()
    assert cluster.outputs["status"] == "ACTIVE"


def test_a_cluster_is_waited_for_until_it_has_its_endpoint(calls: Calls, aws: aws_cloud.Aws) -> None:
    inputs = cluster_inputs(calls, "slow")
    aws.planes.held = True
    timer = later(lambda: setattr(aws.planes, "held", False))
    cluster = calls.create(CLUSTER, "slow", **inputs)
    timer.join()
    assert cluster.outputs["status"] == "ACTIVE"
    assert cluster.outputs["endpoint"].startswith("https://")
    assert cluster.outputs["certificateAuthority"]["data"]
    assert cluster.outputs["identities"][0]["oidcs"][0]["issuer"].startswith("https://")


def test_a_cluster_that_failed_is_kept_with_the_reason_and_replaced(calls: Calls, aws: aws_cloud.Aws) -> None:
    inputs = cluster_inputs(calls, "fails")
    aws.planes.failing[ClusterKey("123456789012", "eu-west-1", "fails")] = "no space left"
    with pytest.raises(Aborted, match=r"EKS cluster fails is FAILED: .*no space left"):
        calls.create(CLUSTER, "fails", **inputs)
    kept = calls.kept(calls.checked(CLUSTER, "fails", inputs))
    assert kept.id == "fails"
    diff = calls.diff(kept, inputs)
    assert diff.replaces
    assert diff.deleteBeforeReplace
    found = calls.read(kept)
    assert found
    assert found.outputs["status"] == "FAILED"
    assert calls.diff(found, inputs).replaces
    calls.delete(kept)
    aws.planes.failing.clear()
    assert calls.create(CLUSTER, "fails", **inputs).outputs["status"] == "ACTIVE"


def test_a_cluster_that_fails_after_its_create_gave_up_is_replaced_too(calls: Calls, aws: aws_cloud.Aws) -> None:
    inputs = cluster_inputs(calls, "late")
    aws.planes.held, calls.timeout = True, 0.3
    with pytest.raises(Aborted, match=r"EKS cluster late to settle: not within 0\.3 s"):
        calls.create(CLUSTER, "late", **inputs)
    kept = calls.kept(calls.checked(CLUSTER, "late", inputs))
    assert not calls.diff(kept, inputs).replaces
    aws.planes.held, calls.timeout = False, 0
    aws.planes.failing[ClusterKey("123456789012", "eu-west-1", "late")] = "no space left"
    with pytest.raises(Aborted, match=r"EKS cluster late is FAILED"):
        calls.update(kept, inputs)
    aws.planes.failing.clear()
    assert calls.diff(calls.kept(kept), inputs).replaces


def test_a_cluster_that_is_being_deleted_is_waited_for_in_a_refresh(calls: Calls, aws: aws_cloud.Aws) -> None:
    cluster = calls.create(CLUSTER, "going", **cluster_inputs(calls, "going"))
    aws.client("eks").delete_cluster(name="going")
    assert calls.read(cluster) is None


def test_an_update_that_is_done_already_is_no_error(calls: Calls) -> None:
    inputs = cluster_inputs(calls, "done")
    cluster = calls.create(CLUSTER, "done", **inputs)
    before = json.loads(json.dumps(cluster.inputs))
    private = {**inputs, "vpcConfig": {**inputs["vpcConfig"], "endpointPrivateAccess": True}}
    calls.update(cluster, private)
    cluster.inputs = before
    calls.update(cluster, private)
    assert cluster.outputs["vpcConfig"]["endpointPrivateAccess"] is True


@pytest.mark.parametrize(("kind", "code"), [(CLUSTER, "ResourceInUseException"), (ENTRY, "ResourceInUseException")])
def test_a_name_that_is_taken_is_an_error(calls: Calls, kind: str, code: str) -> None:
    name = f"taken-{kind[-5:].lower()}"
    inputs = cluster_inputs(calls, name)
    calls.create(CLUSTER, name, **inputs)
    if kind == ENTRY:
        inputs = {"clusterName": name, "principalArn": inputs["roleArn"]}
        calls.create(kind, name, **inputs)
    with pytest.raises(Aborted, match=code):
        calls.create(kind, name, **inputs)


def test_a_route_that_somebody_made_stays_theirs(calls: Calls, aws: aws_cloud.Aws) -> None:
    vpc = a_vpc(calls)
    gateway = calls.create(GATEWAY, "gateway", vpcId=vpc.id)
    table = calls.create(TABLE, "table", vpcId=vpc.id)
    inputs = {"routeTableId": table.id, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway.id}
    aws.client("ec2").create_route(RouteTableId=table.id, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway.id)
    with pytest.raises(Aborted, match="ec2 CreateRoute: RouteAlreadyExists"):
        calls.create(ROUTE, "route", **inputs)


def test_a_rule_modified_elsewhere_is_noticed(calls: Calls, aws: aws_cloud.Aws) -> None:
    group = calls.create(GROUP, "group", vpcId=a_vpc(calls).id)
    inputs = {
        "securityGroupId": group.id,
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrIpv4": "10.0.0.0/8",
    }
    rule = calls.create(RULE, "rule", **inputs)
    changed = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 443, "CidrIpv4": "10.0.0.0/8", "Description": "theirs"}
    aws.client("ec2").modify_security_group_rules(
        GroupId=group.id, SecurityGroupRules=[{"SecurityGroupRuleId": rule.id, "SecurityGroupRule": changed}]
    )
    found = calls.read(rule)
    assert found
    assert set(calls.diff(found, inputs).diffs) == {"fromPort", "description"}


def test_a_new_group_admits_nothing_out(calls: Calls, aws: aws_cloud.Aws) -> None:
    group = calls.create(GROUP, "group", vpcId=a_vpc(calls).id)
    (told,) = aws.client("ec2").describe_security_groups(GroupIds=[group.id])["SecurityGroups"]
    assert told["IpPermissionsEgress"] == []


def test_a_peering_of_overlapping_ranges_fails_with_aws_reason(calls: Calls) -> None:
    one, other = a_vpc(calls), a_vpc(calls, region="eu-west-3")
    with pytest.raises(Aborted, match=r"is failed: .*overlapping CIDR range"):
        calls.create(PEERING, "peering", vpcId=one.id, peerVpcId=other.id, peerRegion="eu-west-3")


def test_options_of_a_peering_that_is_not_active_are_refused(calls: Calls) -> None:
    one, other = a_vpc(calls), a_vpc(calls, cidr="10.1.0.0/16", region="eu-west-3")
    peering = calls.create(PEERING, "peering", vpcId=one.id, peerVpcId=other.id, peerRegion="eu-west-3")
    with pytest.raises(Aborted, match=r"it is pending-acceptance, .* let them depend on the accepter"):
        calls.create(
            "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions",
            "options",
            vpcPeeringConnectionId=peering.id,
            requester={"allowRemoteVpcDnsResolution": True},
        )


def test_a_create_that_did_not_get_to_its_end_is_finished_by_the_next_update(
    calls: Calls, aws: aws_cloud.Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True}
    asked = Aws.request

    def refuse(self: Aws, region: str, service: str, operation: str, **parameters: Any) -> Any:
        if operation == "ModifyVpcAttribute":
            raise AwsError(service, operation, "UnauthorizedOperation", "You are not authorized")
        return asked(self, region, service, operation, **parameters)

    with monkeypatch.context() as patched, pytest.raises(Aborted, match="UnauthorizedOperation"):
        patched.setattr(Aws, "request", refuse)
        calls.create(VPC, "vpc", **inputs)
    kept = calls.kept(calls.checked(VPC, "vpc", inputs))
    calls.update(kept, inputs)
    assert kept.outputs["enableDnsHostnames"] is True
    assert aws.client("ec2").describe_vpc_attribute(VpcId=kept.id, Attribute="enableDnsHostnames")[
        "EnableDnsHostnames"
    ]["Value"]
    assert not calls.diff(kept, inputs).diffs


def test_a_half_made_resource_is_completed_by_the_next_update(calls: Calls, aws: aws_cloud.Aws) -> None:
    vpc = a_vpc(calls)
    ec2 = aws.client("ec2")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    cut_off = calls.checked(GATEWAY, "gateway", {"vpcId": vpc.id})
    cut_off.id = gateway
    found = calls.read(cut_off)
    assert found
    calls.update(found, {"vpcId": vpc.id})
    assert found.outputs["vpcId"] == vpc.id


def test_an_import_may_name_the_region(calls: Calls, aws: aws_cloud.Aws) -> None:
    made = aws.client("ec2", "eu-west-3").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    found = calls.imported(VPC, "vpc", f"{made}@eu-west-3")
    assert found
    assert (found.id, found.outputs["region"], found.inputs["cidrBlock"]) == (made, "eu-west-3", "10.9.0.0/16")
    assert calls.imported(VPC, "vpc", made) is None


def test_a_route_is_imported_by_its_table_and_destination(calls: Calls) -> None:
    vpc = a_vpc(calls)
    gateway = calls.create(GATEWAY, "gateway", vpcId=vpc.id)
    table = calls.create(TABLE, "table", vpcId=vpc.id)
    route = calls.create(ROUTE, "route", routeTableId=table.id, destinationCidrBlock="0.0.0.0/0", gatewayId=gateway.id)
    found = calls.imported(ROUTE, "route", f"{table.id}_0.0.0.0/0")
    assert found
    assert (found.id, found.outputs["gatewayId"]) == (route.id, gateway.id)


def test_functions_answer_as_aws_does(calls: Calls) -> None:
    zones = calls.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", state="available")
    assert zones["names"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    fewer = calls.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", excludeZoneIds=zones["zoneIds"][:1])
    assert fewer["names"] == zones["names"][1:]
    away = calls.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", region="eu-west-3")
    assert away["id"] == "eu-west-3"
    assert calls.invoke("aws:index/getPartition:getPartition")["dnsSuffix"] == "amazonaws.com"
    assert calls.invoke("aws:index/getRegion:getRegion")["description"] == "Europe (Ireland)"
    assert calls.invoke("aws:index/getCallerIdentity:getCallerIdentity")["accountId"] == "123456789012"
    versions = calls.invoke("aws:eks/getClusterVersions:getClusterVersions")["clusterVersions"]
    assert [one["clusterVersion"] for one in versions if one["defaultVersion"]] == ["1.37"]
    assert {one["versionStatus"] for one in versions} == {"STANDARD_SUPPORT"}
    addon = calls.invoke("aws:eks/getAddonVersion:getAddonVersion", addonName="vpc-cni", kubernetesVersion="1.37")
    assert addon["version"].startswith("v")
    vpc = a_vpc(calls, tags={"Name": "asked"})
    assert calls.invoke("aws:ec2/getVpc:getVpc", tags={"Name": "asked"})["id"] == vpc.id
    subnet = calls.create(SUBNET, "s", vpcId=vpc.id, cidrBlock="10.0.0.0/24")
    subnets = calls.invoke("aws:ec2/getSubnets:getSubnets", filters=[{"name": "vpc-id", "values": [vpc.id]}])
    assert subnets["ids"] == [subnet.id]


def test_a_network_is_looked_up_as_it_is(calls: Calls, aws: aws_cloud.Aws) -> None:
    vpc = a_vpc(calls, "10.1.0.0/16", enableDnsHostnames=True)
    ec2 = aws.client("ec2")
    ec2.associate_vpc_cidr_block(VpcId=vpc.id, CidrBlock="100.64.0.0/16")
    gateway = calls.create(GATEWAY, "gateway", vpcId=vpc.id)
    subnet = calls.create(SUBNET, "s", vpcId=vpc.id, cidrBlock="10.1.0.0/28", availabilityZone="eu-west-1b")
    calls.create(SUBNET, "other", vpcId=vpc.id, cidrBlock="10.1.1.0/28", availabilityZone="eu-west-1a")
    table = calls.create(TABLE, "table", vpcId=vpc.id)
    calls.create(ROUTE, "route", routeTableId=table.id, destinationCidrBlock="0.0.0.0/0", gatewayId=gateway.id)
    used = calls.create(
        "aws:ec2/routeTableAssociation:RouteTableAssociation", "uses", routeTableId=table.id, subnetId=subnet.id
    )
    ec2.create_network_interface(SubnetId=subnet.id)

    told = calls.invoke("aws:ec2/getVpc:getVpc", id=vpc.id)
    assert (told["enableDnsSupport"], told["enableDnsHostnames"], told["ownerId"]) == (True, True, "123456789012")
    ranges = {one["cidrBlock"]: one["state"] for one in told["cidrBlockAssociations"]}
    assert ranges == {"10.1.0.0/16": "associated", "100.64.0.0/16": "associated"}
    main = told["mainRouteTableId"]
    told = calls.invoke("aws:ec2/getSubnet:getSubnet", id=subnet.id)
    assert (told["vpcId"], told["availabilityZone"], told["cidrBlock"]) == (vpc.id, "eu-west-1b", "10.1.0.0/28")
    assert told["availableIpAddressCount"] == 16 - 5 - 1
    told = calls.invoke("aws:ec2/getRouteTable:getRouteTable", routeTableId=table.id)
    assert [(one["cidrBlock"], one["gatewayId"]) for one in told["routes"]] == [("0.0.0.0/0", gateway.id)]
    assert [(one["subnetId"], one["main"], one["routeTableAssociationId"]) for one in told["associations"]] == [
        (subnet.id, False, used.id)
    ]
    assert calls.invoke("aws:ec2/getRouteTable:getRouteTable", subnetId=subnet.id)["id"] == table.id
    told = calls.invoke("aws:ec2/getRouteTable:getRouteTable", routeTableId=main)
    assert [one["main"] for one in told["associations"]] == [True]
    assert told["routes"] == []


def test_what_is_not_there_is_an_empty_list_or_an_error_of_the_one(calls: Calls) -> None:
    vpc = a_vpc(calls, "10.2.0.0/16")
    nowhere = [{"name": "vpc-id", "values": ["vpc-0123456789abcdef0"]}]
    for name in ("Vpcs", "Subnets", "RouteTables"):
        assert calls.invoke(f"aws:ec2/get{name}:get{name}", filters=nowhere)["ids"] == []
    assert calls.invoke("aws:ec2/getVpcs:getVpcs", filters=[{"name": "vpc-id", "values": [vpc.id]}])["ids"] == [vpc.id]
    (main,) = calls.invoke("aws:ec2/getRouteTables:getRouteTables", vpcId=vpc.id)["ids"]
    assert calls.invoke("aws:ec2/getVpc:getVpc", id=vpc.id)["mainRouteTableId"] == main
    for name, id in (("Vpc", "vpc-0123456789abcdef0"), ("Subnet", "subnet-0123456789abcdef0")):
        with pytest.raises(Aborted, match=f"get{name}: none match in eu-west-1; set its id"):
            calls.invoke(f"aws:ec2/get{name}:get{name}", id=id)
    with pytest.raises(Aborted, match="getRouteTable: none match in eu-west-1"):
        calls.invoke("aws:ec2/getRouteTable:getRouteTable", routeTableId="rtb-0123456789abcdef0")


def test_an_unknown_parameter_is_aws_own_error(calls: Calls) -> None:
    with pytest.raises(Aborted, match="ssm GetParameter: ParameterNotFound"):
        calls.invoke("aws:ssm/getParameter:getParameter", name="/none/such")


def test_an_aws_that_does_not_answer_is_an_error_at_once(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    begun = time.monotonic()
    with pytest.raises(Aborted, match="Is the sandbox up"):
        Calls()
    assert time.monotonic() - begun < 5


def test_throttling_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws(Config(region="eu-west-1"))
    asked: list[str] = []

    def ask(region: str, service: str, operation: str, parameters: dict[str, Any]) -> dict[str, str]:
        asked.append(operation)
        if len(asked) < 3:
            raise AwsError(service, operation, "RequestLimitExceeded", "slow down")
        return {"answer": "yes"}

    monkeypatch.setattr(aws, "_ask", ask)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    assert aws.request("eu-west-1", "ec2", "DescribeVpcs") == {"answer": "yes"}
    assert len(asked) == 3


def test_a_connection_that_was_reset_is_tried_again(calls: Calls, aws: aws_cloud.Aws) -> None:
    aws.faults({"call": "ec2:DescribeVpcs", "fault": "refuse", "first": 2})
    assert calls.invoke("aws:ec2/getVpcs:getVpcs", region="eu-west-1")["ids"]
    assert aws.injected() == 2


@pytest.mark.parametrize("fault", ["throttle", "error"])
@pytest.mark.parametrize("service", ["ec2", "eks", "iam", "kms", "logs", "ssm", "sts"])
def test_every_service_that_throttles_or_breaks_is_asked_again(aws: aws_cloud.Aws, service: str, fault: str) -> None:
    aws.faults({"call": f"{service}:*", "fault": fault, "first": 2})
    operation, parameters = QUESTIONS[service]
    Aws(Config(region="eu-west-1")).request("eu-west-1", service, operation, **parameters)
    assert aws.injected() == 2


def test_a_prefix_is_followed_by_what_nothing_else_has(calls: Calls, aws: aws_cloud.Aws) -> None:
    inputs = {"assumeRolePolicy": trust("ec2.amazonaws.com"), "namePrefix": "mine-"}
    roles = [calls.create(ROLE, "role", **inputs) for _ in range(2)]
    names = {role.outputs["name"] for role in roles}
    assert len(names) == 2
    assert all(re.fullmatch(r"mine-[0-9a-f]{26}", name) for name in names)
    assert all(role.outputs["namePrefix"] == "mine-" for role in roles)
    found = calls.read(roles[0])
    assert found
    assert not calls.diff(found, inputs).diffs
    calls.update(found, {**inputs, "description": "again"})
    assert aws.client("iam").get_role(RoleName=found.id)["Role"]["Description"] == "again"
    imported = calls.imported(ROLE, "role", found.id)
    assert imported
    assert imported.outputs["namePrefix"] == "mine-"
