"""The stand-in's functions that tell what an account has, against AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.plugins import aws_cloud
from tests.sandbox.plugins.aws_calls import Aborted, Calls

pytestmark = pytest.mark.aws

VPCS, EIPS = "aws:ec2/getVpcs:getVpcs", "aws:ec2/getEips:getEips"
INSTANCES, TYPE = "aws:ec2/getInstances:getInstances", "aws:ec2/getInstanceType:getInstanceType"
OFFERINGS = "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings"
PEERED = "aws:ec2/getVpcPeeringConnections:getVpcPeeringConnections"
GROUP, GROUPS = "aws:cloudwatch/getLogGroup:getLogGroup", "aws:cloudwatch/getLogGroups:getLogGroups"
QUOTA = "aws:servicequotas/getServiceQuota:getServiceQuota"
PEERINGS = {"ServiceCode": "vpc", "QuotaCode": "L-7E9ECCDB"}


def tagged(kind: str, value: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "fleet", "Value": value}]}]


def by_tag(value: str) -> list[dict[str, Any]]:
    return [{"name": "tag:fleet", "values": [value]}]


def test_vpcs_are_found_in_the_region_that_is_asked_about(aws: aws_cloud.Aws, calls: Calls) -> None:
    there = aws.client("ec2", "eu-west-3")
    made = there.create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=tagged("vpc", "vpcs"))["Vpc"]["VpcId"]
    everything = calls.invoke(VPCS, region="eu-west-3")
    assert sorted(everything["ids"]) == sorted(one["VpcId"] for one in there.describe_vpcs()["Vpcs"])
    assert calls.invoke(VPCS, region="eu-west-3", filters=by_tag("vpcs"))["ids"] == [made]
    assert calls.invoke(VPCS, region="eu-west-3", tags={"fleet": "vpcs"})["ids"] == [made]
    assert calls.invoke(VPCS, filters=by_tag("vpcs"))["ids"] == []


def test_peerings_are_found_by_either_side(aws: aws_cloud.Aws, calls: Calls) -> None:
    ec2 = aws.client("ec2")
    one, other = (ec2.create_vpc(CidrBlock=f"10.{place}.0.0/16")["Vpc"]["VpcId"] for place in (2, 3))
    made = ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=other)["VpcPeeringConnection"]
    made = made["VpcPeeringConnectionId"]

    def found(side: str, vpc: str, status: str) -> list[str]:
        filters = {f"{side}-vpc-info.vpc-id": vpc, "status-code": status}
        return calls.invoke(PEERED, filters=[{"name": name, "values": [to]} for name, to in filters.items()])["ids"]

    assert found("requester", one, "active") == []
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=made)
    assert found("requester", one, "active") == found("accepter", other, "active") == [made]
    assert found("requester", other, "active") == found("accepter", one, "active") == []


def test_log_groups_are_found_by_their_beginning_and_one_by_its_name(aws: aws_cloud.Aws, calls: Calls) -> None:
    logs = aws.client("logs")
    names = [f"/aws/eks/asked-{number}/cluster" for number in range(60)]
    for name in names:
        logs.create_log_group(logGroupName=name, tags={"fleet": "asked"})
    found = calls.invoke(GROUPS, logGroupNamePrefix="/aws/eks/asked-")
    assert sorted(found["logGroupNames"]) == sorted(names), "every page is read"
    assert all(arn.endswith("/cluster") for arn in found["arns"])
    assert calls.invoke(GROUPS, logGroupNamePrefix="/aws/eks/asked-", region="eu-west-3")["logGroupNames"] == []
    one = calls.invoke(GROUP, name=names[1])
    assert (one["name"], one["tags"], one["retentionInDays"]) == (names[1], {"fleet": "asked"}, 0)
    with pytest.raises(Aborted, match="empty result"):
        calls.invoke(GROUP, name="/aws/eks/asked-6/clus")


def test_addresses_are_found_by_their_tags(aws: aws_cloud.Aws, calls: Calls) -> None:
    ec2 = aws.client("ec2")
    made = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip", "eips"))
    other = ec2.allocate_address(Domain="vpc")
    assert {made["AllocationId"], other["AllocationId"]} <= {*calls.invoke(EIPS)["allocationIds"]}
    found = calls.invoke(EIPS, filters=by_tag("eips"))
    assert (found["allocationIds"], found["publicIps"]) == ([made["AllocationId"]], [made["PublicIp"]])


def test_instances_are_found_while_they_run(aws: aws_cloud.Aws, calls: Calls) -> None:
    ec2 = aws.client("ec2")
    made = ec2.run_instances(
        ImageId="ami-12c6146b",
        MinCount=2,
        MaxCount=2,
        InstanceType="m5.large",
        TagSpecifications=tagged("instance", "instances"),
    )
    one, two = (instance["InstanceId"] for instance in made["Instances"])
    assert sorted(calls.invoke(INSTANCES, filters=by_tag("instances"))["ids"]) == sorted([one, two])
    ec2.stop_instances(InstanceIds=[two])
    assert calls.invoke(INSTANCES, filters=by_tag("instances"))["ids"] == [one]
    assert calls.invoke(INSTANCES, instanceTags={"fleet": "instances"})["ids"] == [one]
    stopped = calls.invoke(INSTANCES, filters=by_tag("instances"), instanceStateNames=["stopped"])
    assert stopped["ids"] == [two]
    wild = [{"name": "instance-type", "values": ["m5*", "c5*"]}]
    assert one in calls.invoke(INSTANCES, filters=wild)["ids"]
    ec2.terminate_instances(InstanceIds=[one, two])


def test_many_instances_come_in_pages(aws: aws_cloud.Aws, calls: Calls) -> None:
    ec2 = aws.client("ec2", "us-east-1")
    for _ in range(101):
        ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, InstanceType="t3.micro")
    assert len(set(calls.invoke(INSTANCES, region="us-east-1")["ids"])) == 101


def test_an_instance_type_has_its_size(calls: Calls) -> None:
    told = calls.invoke(TYPE, instanceType="m5.xlarge")
    assert (told["defaultVcpus"], told["memorySize"], told["supportedArchitectures"]) == (4, 16384, ["x86_64"])
    assert (told["maximumNetworkInterfaces"], told["maximumIpv4AddressesPerInterface"]) == (4, 15)
    with pytest.raises(Aborted, match="InvalidInstanceType"):
        calls.invoke(TYPE, instanceType="m5.unheard-of")


def test_a_quota_is_what_was_granted_or_else_what_everyone_has(aws: aws_cloud.Aws, calls: Calls) -> None:
    named = {"serviceCode": "vpc", "quotaCode": "L-7E9ECCDB"}
    told = calls.invoke(QUOTA, **named)
    assert (told["value"], told["defaultValue"], told["quotaName"]) == (
        50,
        50,
        "Active VPC peering connections per VPC",
    )
    aws.client("service-quotas").request_service_quota_increase(**PEERINGS, DesiredValue=125)
    told = calls.invoke(QUOTA, **named)
    assert (told["value"], told["defaultValue"]) == (125, 50)
    assert calls.invoke(QUOTA, **named, region="eu-west-3")["value"] == 50


def test_a_quota_is_known_by_its_code_alone(calls: Calls) -> None:
    with pytest.raises(Aborted, match="finds a quota by its quotaCode only; set quotaCode"):
        calls.invoke(QUOTA, serviceCode="vpc", quotaName="VPCs per Region")
    with pytest.raises(Aborted, match="GetAWSDefaultServiceQuota: NoSuchResourceException"):
        calls.invoke(QUOTA, serviceCode="vpc", quotaCode="L-0")


def test_who_may_not_ask_is_told_so(aws: aws_cloud.Aws, calls: Calls) -> None:
    deny = {"Effect": "Deny", "Resource": "*", "Action": "servicequotas:GetServiceQuota"}
    named = {"UserName": "operator", "PolicyName": "denied"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    aws.client("iam").put_user_policy(**named, PolicyDocument=document)
    try:
        with pytest.raises(Aborted, match="service-quotas GetServiceQuota: AccessDeniedException"):
            calls.invoke(QUOTA, serviceCode="vpc", quotaCode="L-7E9ECCDB")
    finally:
        aws.client("iam").delete_user_policy(**named)


def test_the_types_that_a_region_or_a_zone_offers_are_found_by_name(calls: Calls) -> None:
    def offered(**arguments: Any) -> Any:
        names = [{"name": "instance-type", "values": ["t3.micro", "t3.mirco"]}]
        return calls.invoke(OFFERINGS, region="eu-west-3", filters=names, **arguments)

    found = offered()
    assert (found["instanceTypes"], found["locations"]) == (["t3.micro"], ["eu-west-3"])
    zones = offered(locationType="availability-zone")
    assert sorted(zones["locations"]) == ["eu-west-3a", "eu-west-3b", "eu-west-3c"]
    assert {*zones["locationTypes"]} == {"availability-zone"}
