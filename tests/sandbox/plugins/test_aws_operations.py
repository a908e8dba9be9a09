"""The operations that the stand-in for AWS calls are the official ones, so that a role's rights can be read off.

Read from terraform-provider-aws (internal/service): a right that the official provider needs and the stand-in doesn't
would be missing in a policy that was tried in the sandbox.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.plugins.aws.session import Answer, Aws, AwsError
from sandbox.plugins.provider.values import UNKNOWN
from tests.sandbox.plugins import aws_cloud
from tests.sandbox.plugins.aws_calls import Aborted, Calls, Thing

pytestmark = pytest.mark.aws

VPC, SUBNET, ROLE = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:iam/role:Role"
GROUP, RULE = "aws:ec2/securityGroup:SecurityGroup", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)

DOCUMENT = TRUST.replace('"Principal": {"Service": "ec2.amazonaws.com"}', '"Resource": "*"')


class Heard:
    """What was asked of AWS."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Answer]] = []
        self.answers: dict[str, Callable[[Answer], Answer]] = {}
        """By operation, what is answered in AWS's place."""

    def names(self) -> list[str]:
        """The operations since the last look, in order."""
        names = [name for name, _ in self.said]
        self.said.clear()
        return names

    def of(self, name: str) -> list[Answer]:
        """The parameters of each call of an operation since the last look."""
        return [parameters for said, parameters in self.said if said == name]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """Every operation from here on."""
    heard, lock, ask = Heard(), threading.Lock(), Aws._ask

    def listen(self: Aws, region: str, service: str, operation: str, parameters: Answer) -> Answer:
        with lock:
            heard.said.append((operation, parameters))
        if operation in heard.answers:
            return heard.answers[operation](parameters)
        return ask(self, region, service, operation, parameters)

    monkeypatch.setattr(Aws, "_ask", listen)
    return heard


def a_vpc(calls: Calls, **inputs: Any) -> Thing:
    return calls.create(VPC, "vpc", cidrBlock="10.0.0.0/16", **inputs)


def a_subnet(calls: Calls, vpc: Thing) -> Thing:
    return calls.create(SUBNET, "subnet", vpcId=vpc.id, cidrBlock="10.0.0.0/24", availabilityZone="eu-west-1a")


def filters(parameters: Answer) -> dict[str, list[str]]:
    return {one["Name"]: one["Values"] for one in parameters["Filters"]}


def test_who_asks_is_looked_up_at_the_start(heard: Heard, aws: aws_cloud.Aws) -> None:
    Calls()
    assert heard.names() == ["GetCallerIdentity"]
    Calls(skipCredentialsValidation=True, skipRequestingAccountId=True)
    assert heard.names() == []


def test_network_interfaces_are_looked_for_before_a_subnet_or_group_goes(calls: Calls, heard: Heard) -> None:
    vpc = a_vpc(calls)
    for thing, by in ((a_subnet(calls, vpc), "subnet-id"), (calls.create(GROUP, "g", vpcId=vpc.id), "group-id")):
        heard.said.clear()
        calls.delete(thing)
        (asked,) = heard.of("DescribeNetworkInterfaces")
        assert filters(asked) == {by: [thing.id]}
        names = heard.names()
        deletion = "DeleteSubnet" if by == "subnet-id" else "DeleteSecurityGroup"
        assert names.index("DescribeNetworkInterfaces") < names.index(deletion)


def test_a_rule_is_tagged_by_a_call_of_its_own(calls: Calls, heard: Heard) -> None:
    group = calls.create(GROUP, "group", vpcId=a_vpc(calls).id)
    heard.said.clear()
    rule = calls.create(RULE, "rule", securityGroupId=group.id, ipProtocol="-1", cidrIpv4="10.0.0.0/8")
    (made,) = heard.of("AuthorizeSecurityGroupIngress")
    assert "TagSpecifications" not in made
    (tagged,) = heard.of("CreateTags")
    assert tagged == {"Resources": [rule.id], "Tags": [{"Key": "fleet", "Value": "one"}]}
    assert rule.outputs["tagsAll"] == {"fleet": "one"}


def test_a_new_group_loses_both_of_awss_rules(calls: Calls, heard: Heard) -> None:
    vpc = a_vpc(calls)
    heard.said.clear()
    calls.create(GROUP, "group", vpcId=vpc.id)
    ranges = [rule for one in heard.of("RevokeSecurityGroupEgress") for rule in one["IpPermissions"]]
    assert [{*one} - {"IpProtocol", "FromPort", "ToPort"} for one in ranges] == [{"IpRanges"}, {"Ipv6Ranges"}]


def test_the_default_group_is_emptied_rule_by_rule(calls: Calls, heard: Heard) -> None:
    vpc = a_vpc(calls)
    heard.said.clear()
    calls.create("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "closed", vpcId=vpc.id)
    assert len(heard.of("DescribeSecurityGroupRules")) == 1
    for direction in ("Ingress", "Egress"):
        (revoked,) = heard.of(f"RevokeSecurityGroup{direction}")
        assert len(revoked["SecurityGroupRuleIds"]) == 1
        assert "IpPermissions" not in revoked


def test_rules_that_somebody_adds_to_the_default_group_stay_unless_it_is_to_have_none(
    calls: Calls, aws: aws_cloud.Aws
) -> None:
    kind = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    inputs = {"vpcId": a_vpc(calls).id}
    none = {**inputs, "ingress": [], "egress": []}
    group = calls.create(kind, "closed", **inputs)
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    aws.client("ec2").authorize_security_group_ingress(GroupId=group.id, IpPermissions=[rule])
    found = calls.read(group)
    assert found
    assert not calls.diff(found, inputs).diffs
    found.inputs = calls.checked(kind, "closed", none).inputs
    found = calls.read(found)
    assert found
    assert list(calls.diff(found, none).diffs) == ["ingress"]
    calls.update(found, none)
    (told,) = aws.client("ec2").describe_security_groups(GroupIds=[group.id])["SecurityGroups"]
    assert (told["IpPermissions"], told["IpPermissionsEgress"]) == ([], [])


def test_an_address_has_its_name_read_and_is_let_go_of_first(calls: Calls, heard: Heard, aws: aws_cloud.Aws) -> None:
    address = calls.create("aws:ec2/eip:Eip", "address", domain="vpc")
    (asked,) = heard.of("DescribeAddressesAttribute")
    assert asked == {"AllocationIds": [address.id], "Attribute": "domain-name"}
    assert address.outputs["ptrRecord"] == ""
    ec2 = aws.client("ec2")
    interface = ec2.create_network_interface(SubnetId=a_subnet(calls, a_vpc(calls)).id)["NetworkInterface"]
    ec2.associate_address(AllocationId=address.id, NetworkInterfaceId=interface["NetworkInterfaceId"])
    found = calls.read(address)
    assert found
    heard.said.clear()
    calls.delete(found)
    assert heard.of("DisassociateAddress") == [{"AssociationId": found.outputs["associationId"]}]
    assert heard.names() == ["DisassociateAddress", "ReleaseAddress"]


def test_an_interface_endpoint_has_its_prefix_list_and_its_addresses_read(calls: Calls, heard: Heard) -> None:
    vpc = a_vpc(calls)
    subnet = a_subnet(calls, vpc)
    endpoint = calls.create(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "tokens",
        vpcId=vpc.id,
        serviceName="com.amazonaws.eu-west-1.sts",
        vpcEndpointType="Interface",
        subnetIds=[subnet.id],
    )
    heard.said.clear()
    calls.read(endpoint)
    assert [filters(one) for one in heard.of("DescribePrefixLists")] == [
        {"prefix-list-name": ["com.amazonaws.eu-west-1.sts"]}
    ]
    assert heard.of("DescribeNetworkInterfaces") == [{"NetworkInterfaceIds": endpoint.outputs["networkInterfaceIds"]}]
    (configuration,) = endpoint.outputs["subnetConfigurations"]
    assert configuration["subnetId"] == subnet.id
    assert configuration["ipv4"].startswith("10.0.0.")


def test_the_default_version_of_a_template_is_set_at_each_change(calls: Calls, heard: Heard) -> None:
    kind = "aws:ec2/launchTemplate:LaunchTemplate"
    inputs = {"instanceType": "t3.micro", "updateDefaultVersion": True}
    template = calls.create(kind, "template", **inputs)
    for change, version in (
        ({"instanceType": "t3.small"}, "2"),
        ({"instanceType": "t3.small", "tags": {"a": "b"}}, "2"),
    ):
        heard.said.clear()
        calls.update(template, {**inputs, **change})
        assert [one["DefaultVersion"] for one in heard.of("ModifyLaunchTemplate")] == [version]
    plain = calls.create(kind, "plain", instanceType="t3.micro")
    heard.said.clear()
    calls.update(plain, {"instanceType": "t3.small"})
    assert heard.of("ModifyLaunchTemplate") == []


def test_only_attributes_of_a_vpc_that_differ_are_set(calls: Calls, heard: Heard) -> None:
    a_vpc(calls)
    assert "ModifyVpcAttribute" not in heard.names()
    a_vpc(calls, enableDnsHostnames=True)
    assert len(heard.of("ModifyVpcAttribute")) == 1


def test_a_role_is_described_by_the_operation_for_it_and_deleted_without_being_read(calls: Calls, heard: Heard) -> None:
    role = calls.create(ROLE, "role", assumeRolePolicy=TRUST)
    heard.said.clear()
    calls.update(role, {"assumeRolePolicy": TRUST, "description": "d", "maxSessionDuration": 7200})
    assert [name for name in heard.names() if name.startswith("Update")] == ["UpdateRoleDescription", "UpdateRole"]
    assert (role.outputs["description"], role.outputs["maxSessionDuration"]) == ("d", 7200)
    calls.update(role, {"assumeRolePolicy": TRUST, "description": "d"})
    assert (role.outputs["description"], role.outputs["maxSessionDuration"]) == ("d", 3600)
    heard.said.clear()
    calls.delete(role)
    assert heard.names() == ["ListInstanceProfilesForRole", "DeleteRole"]
    calls.delete(role)
    assert heard.names() == ["ListInstanceProfilesForRole", "DeleteRole"]


def test_policies_that_the_state_has_are_let_go_of_with_the_role(
    calls: Calls, heard: Heard, aws: aws_cloud.Aws
) -> None:
    role = calls.create(ROLE, "role", assumeRolePolicy=TRUST)
    iam = aws.client("iam")
    iam.attach_role_policy(RoleName=role.id, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.put_role_policy(RoleName=role.id, PolicyName="p", PolicyDocument=DOCUMENT)
    found = calls.read(role)
    assert found
    heard.said.clear()
    calls.delete(found)
    assert {"DetachRolePolicy", "DeleteRolePolicy", "DeleteRole"} <= {*heard.names()}


def test_a_bucket_is_looked_at_twice_and_its_website_once(calls: Calls, heard: Heard, aws: aws_cloud.Aws) -> None:
    aws.client("s3").create_bucket(Bucket="looked-at", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    calls.invoke("aws:s3/getBucket:getBucket", bucket="looked-at")
    assert heard.names() == ["HeadBucket", "HeadBucket", "GetBucketWebsite"]


def test_an_instance_profiles_role_is_read(calls: Calls, heard: Heard) -> None:
    role = calls.create(ROLE, "role", assumeRolePolicy=TRUST)
    profile = calls.create("aws:iam/instanceProfile:InstanceProfile", "profile", role=role.id)
    heard.said.clear()
    calls.read(profile)
    assert heard.names() == ["GetInstanceProfile", "GetRole"]


def test_an_attachment_goes_before_its_successor_comes(calls: Calls) -> None:
    """The other way round, the end of the old one would take the new one away where both are the same."""
    kind = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    role = calls.create(ROLE, "role", assumeRolePolicy=TRUST)
    inputs = {"role": role.id, "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    attached = calls.create(kind, "attached", **inputs)
    diff = calls.diff(attached, {**inputs, "policyArn": "arn:aws:iam::aws:policy/ViewOnlyAccess"})
    assert diff.replaces
    assert diff.deleteBeforeReplace


def test_who_shares_a_document_is_read_and_its_tags_come_with_it(calls: Calls, heard: Heard) -> None:
    content = '{"schemaVersion": "1.0", "sessionType": "Standard_Stream"}'
    document = calls.create(
        "aws:ssm/document:Document", "session", name="session-ops", documentType="Session", content=content
    )
    assert document.outputs["tagsAll"] == {"fleet": "one"}
    heard.said.clear()
    calls.read(document)
    assert heard.names() == ["DescribeDocument", "GetDocument", "DescribeDocumentPermission"]
    calls.delete(document)
    assert heard.names() == ["DescribeDocumentPermission", "DeleteDocument"]


def test_a_key_is_seen_to_be_tagged_and_to_be_going(calls: Calls, heard: Heard) -> None:
    key = calls.create("aws:kms/key:Key", "key", deletionWindowInDays=7)
    assert len(heard.of("ListResourceTags")) == 2
    heard.said.clear()
    calls.update(key, {"deletionWindowInDays": 7, "tags": {"a": "b"}})
    assert len(heard.of("ListResourceTags")) == 2
    heard.said.clear()
    calls.delete(key)
    assert heard.names() == ["ScheduleKeyDeletion", "DescribeKey"]


def a_group(calls: Calls, **inputs: Any) -> tuple[Thing, dict[str, Any]]:
    """An Auto Scaling group of one instance."""
    template = calls.create(
        "aws:ec2/launchTemplate:LaunchTemplate", "t", imageId="ami-12c6146b", instanceType="t3.micro"
    )
    subnet = a_subnet(calls, a_vpc(calls))
    given = {
        "minSize": 1,
        "maxSize": 2,
        "launchTemplate": {"id": template.id, "version": "1"},
        "vpcZoneIdentifiers": [subnet.id],
        **inputs,
    }
    return calls.create("aws:autoscaling/group:Group", "machines", **given), given


def failed(_: Answer) -> Answer:
    """Scaling activities, one of which failed a while later."""
    from datetime import datetime, timedelta, timezone

    later = datetime.now(timezone.utc) + timedelta(minutes=1)
    activity = {"ActivityId": "a-1", "StatusCode": "Failed", "Progress": 100, "StartTime": later}
    return {"Activities": [{**activity, "StatusMessage": "InsufficientInstanceCapacity"}]}


def test_a_launch_that_fails_ends_the_wait_for_instances(calls: Calls, heard: Heard) -> None:
    heard.answers["DescribeScalingActivities"] = failed
    with pytest.raises(Aborted, match=r"scaling activity \(a-1\): Failed: InsufficientInstanceCapacity"):
        a_group(calls)
    ignoring, _ = a_group(calls, ignoreFailedScalingActivities=True)
    assert ignoring.id


def test_a_refresh_that_is_under_way_is_cancelled_for_the_next(calls: Calls, heard: Heard) -> None:
    group, inputs = a_group(calls, instanceRefresh={"strategy": "Rolling"})
    statuses = iter(["InProgress", "Cancelling", "Cancelled"])

    def refuse_once(_: Answer) -> Answer:
        if len(heard.of("StartInstanceRefresh")) == 1:
            raise AwsError("autoscaling", "StartInstanceRefresh", "InstanceRefreshInProgress", "one is under way")
        return {"InstanceRefreshId": "r-2"}

    heard.answers["StartInstanceRefresh"] = refuse_once
    heard.answers["CancelInstanceRefresh"] = lambda _: {"InstanceRefreshId": "r-1"}
    heard.answers["DescribeInstanceRefreshes"] = lambda _: {"InstanceRefreshes": [{"Status": next(statuses)}]}
    heard.said.clear()
    calls.update(group, {**inputs, "launchTemplate": {**inputs["launchTemplate"], "version": "$Latest"}})
    refreshes = [name for name in heard.names() if "InstanceRefresh" in name]
    described = ["DescribeInstanceRefreshes"] * 3
    assert refreshes == ["StartInstanceRefresh", "CancelInstanceRefresh", *described, "StartInstanceRefresh"]


def test_a_setting_of_a_group_that_is_left_out_is_reset(calls: Calls, heard: Heard) -> None:
    group, inputs = a_group(calls, maxInstanceLifetime=86400, terminationPolicies=["OldestInstance"])
    less = {name: value for name, value in inputs.items() if name not in ("maxInstanceLifetime", "terminationPolicies")}
    heard.said.clear()
    calls.update(group, less)
    (asked,) = heard.of("UpdateAutoScalingGroup")
    del asked["AutoScalingGroupName"]
    expected = {"MaxInstanceLifetime": 0, "TerminationPolicies": ["Default"], "NewInstancesProtectedFromScaleIn": False}
    assert asked == expected


def test_protected_instances_are_let_go_of_with_their_group(calls: Calls, heard: Heard) -> None:
    group, _ = a_group(calls, protectFromScaleIn=True)
    heard.said.clear()
    calls.delete(group)
    assert len(heard.of("SetInstanceProtection")) == 1


def test_what_holds_a_thing_is_named_when_it_cannot_be_deleted(calls: Calls, aws: aws_cloud.Aws) -> None:
    vpc = a_vpc(calls)
    subnet = a_subnet(calls, vpc)
    group, other = (calls.create(GROUP, name, vpcId=vpc.id) for name in ("group", "other"))
    interface = aws.client("ec2").create_network_interface(SubnetId=subnet.id, Groups=[group.id], Description="ELB web")
    held_by = f"network interface {interface['NetworkInterface']['NetworkInterfaceId']} (ELB web)"
    calls.create(RULE, "rule", securityGroupId=other.id, ipProtocol="-1", referencedSecurityGroupId=group.id)
    calls.timeout = 0.3
    with pytest.raises(Aborted) as refused:
        calls.delete(group)
    assert "ec2 DeleteSecurityGroup: DependencyViolation: " in str(refused.value)
    assert f"It is held by {held_by}, a rule of {other.id} ({other.outputs['name']})." in str(refused.value)
    with pytest.raises(Aborted) as refused:
        calls.delete(subnet)
    assert f"It is held by {held_by}." in str(refused.value)
    with pytest.raises(Aborted) as refused:
        calls.delete(vpc)
    assert held_by in str(refused.value)
    assert f"subnet {subnet.id}" in str(refused.value)
    assert "(default)" not in str(refused.value)


def test_which_changes_of_a_template_make_its_versions_unknown_beforehand(calls: Calls) -> None:
    kind = "aws:ec2/launchTemplate:LaunchTemplate"
    inputs = {"instanceType": "t3.micro", "updateDefaultVersion": True}
    template = calls.create(kind, "template", **inputs)
    both = {"latestVersion", "defaultVersion"}
    for change, expected in (
        ({"instanceType": "t3.small"}, both),
        ({"tags": {"a": "b"}}, both),
        ({"description": "d"}, set[str]()),
    ):
        foretold = calls.foretell(template, {**inputs, **change})
        assert {name for name in both if foretold[name] is UNKNOWN} == expected
    foretold = calls.foretell(template, {"instanceType": "t3.micro", "defaultVersion": 2})
    assert not {name for name in both if foretold[name] is UNKNOWN}
