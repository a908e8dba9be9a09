from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.aws.account import AWAY, HOME, Account, refused, unique

pytestmark = pytest.mark.aws


def found(aws: Account, fleet: str, region: str = HOME, **more: Any) -> dict[str, dict[str, str]]:
    """The tags of what has this tag `fleet`, by ARN."""
    client = aws.client("resourcegroupstaggingapi", region)
    pages = client.get_paginator("get_resources").paginate(TagFilters=[{"Key": "fleet", "Values": [fleet]}], **more)
    listed = [one for page in pages for one in page["ResourceTagMappingList"]]
    return {one["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in one["Tags"]} for one in listed}


def tags(fleet: str) -> list[dict[str, str]]:
    return [{"Key": "fleet", "Value": fleet}, {"Key": "Name", "Value": "one"}]


def specification(kind: str, fleet: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": tags(fleet)}]


def test_things_of_all_services_are_found_by_their_tags(aws: Account) -> None:
    fleet = unique("fleet")
    ec2, kms, logs = aws.client("ec2"), aws.client("kms"), aws.client("logs")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=specification("vpc", fleet))["Vpc"]["VpcId"]
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=specification("elastic-ip", fleet))["AllocationId"]
    template = ec2.create_launch_template(
        LaunchTemplateName=fleet,
        LaunchTemplateData={"InstanceType": "t3.micro"},
        TagSpecifications=specification("launch-template", fleet),
    )["LaunchTemplate"]["LaunchTemplateId"]
    key = kms.create_key(Tags=[{"TagKey": "fleet", "TagValue": fleet}])["KeyMetadata"]["Arn"]
    logs.create_log_group(logGroupName=f"/{fleet}", tags={"fleet": fleet})
    ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=specification("vpc", "another"))
    listed = found(aws, fleet)
    assert {arn.rpartition(":")[2] for arn in listed} == {
        f"vpc/{vpc}",
        f"elastic-ip/{address}",
        f"launch-template/{template}",
        key.rpartition(":")[2],
        f"/{fleet}",
    }
    assert listed[f"arn:aws:ec2:{HOME}:123456789012:vpc/{vpc}"] == {"fleet": fleet, "Name": "one"}


def test_a_cluster_is_found_until_its_tag_is_taken_off(aws: Account) -> None:
    fleet = unique("fleet")
    cluster = aws.cluster(tags={"fleet": fleet})
    arn = aws.client("eks").describe_cluster(name=cluster)["cluster"]["arn"]
    assert list(found(aws, fleet)) == [arn]
    aws.client("eks").untag_resource(resourceArn=arn, tagKeys=["fleet"])
    assert found(aws, fleet) == {}


def test_each_region_lists_its_own_and_iam_is_in_one(aws: Account) -> None:
    fleet = unique("fleet")
    aws.client("ec2", AWAY).allocate_address(Domain="vpc", TagSpecifications=specification("elastic-ip", fleet))
    aws.client("iam").create_instance_profile(InstanceProfileName=fleet, Tags=tags(fleet))
    assert len(found(aws, fleet, AWAY)) == 1
    assert found(aws, fleet) == {}
    assert [*found(aws, fleet, "us-east-1")] == [f"arn:aws:iam::123456789012:instance-profile/{fleet}"]


def test_types_can_be_asked_for_and_pages_are_as_long_as_wanted(aws: Account) -> None:
    fleet = unique("fleet")
    ec2 = aws.client("ec2")
    for _ in range(3):
        ec2.allocate_address(Domain="vpc", TagSpecifications=specification("elastic-ip", fleet))
    ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=specification("vpc", fleet))
    assert len(found(aws, fleet, ResourcesPerPage=1)) == 4
    assert len(found(aws, fleet, ResourceTypeFilters=["ec2:vpc"])) == 1
    assert len(found(aws, fleet, ResourceTypeFilters=["ec2"])) == 4
    page = aws.client("resourcegroupstaggingapi").get_resources(
        TagFilters=[{"Key": "fleet", "Values": [fleet]}], ResourcesPerPage=3
    )
    assert len(page["ResourceTagMappingList"]) == 3 and page["PaginationToken"]


def test_a_token_that_was_never_given_and_a_page_too_long_are_refused(aws: Account) -> None:
    client = aws.client("resourcegroupstaggingapi")
    with refused("PaginationTokenExpiredException"):
        client.get_resources(PaginationToken="other")
    with refused("InvalidParameterException"):
        client.get_resources(ResourcesPerPage=101)
