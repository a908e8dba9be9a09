"""Availability zones with their states, and the instance types that regions have."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.ec2 import zones
from tests.sandbox.aws.account import HOME, Account, refused, unique

pytestmark = pytest.mark.aws

NOT_HERE = "m7i.large"
"""Of Intel's seventh generation, which me-south-1 doesn't have."""


def names(ec2: Any, **filters: str) -> list[str]:
    """The zones that filters find."""
    given = [{"Name": name, "Values": [value]} for name, value in filters.items()]
    return [one["ZoneName"] for one in ec2.describe_availability_zones(Filters=given)["AvailabilityZones"]]


def test_a_zone_can_be_called_impaired(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    assert names(aws.ec2, state="available") == [f"{HOME}a", f"{HOME}b", f"{HOME}c"]
    monkeypatch.setitem(zones.STATES, f"{HOME}b", "impaired")
    assert names(aws.ec2, state="available") == [f"{HOME}a", f"{HOME}c"]
    assert names(aws.ec2, state="impaired") == [f"{HOME}b"]
    assert names(aws.ec2) == [f"{HOME}a", f"{HOME}b", f"{HOME}c"]
    monkeypatch.undo()
    assert names(aws.ec2, state="impaired") == []


def test_an_account_has_two_zones_in_us_west_1(aws: Account) -> None:
    assert len(names(aws.client("ec2", "us-west-1"), state="available")) == 2


def offered(ec2: Any, kind: str = "region", *types: str) -> set[tuple[str, str]]:
    """The types and their places that a filter finds."""
    filters = [{"Name": "instance-type", "Values": list(types)}]
    found = ec2.get_paginator("describe_instance_type_offerings").paginate(LocationType=kind, Filters=filters)
    return {(one["InstanceType"], one["Location"]) for page in found for one in page["InstanceTypeOfferings"]}


def test_a_region_offers_what_aws_has_there(aws: Account) -> None:
    both = ("m5.large", NOT_HERE)
    assert offered(aws.ec2, "region", *both) == {(one, HOME) for one in both}
    assert offered(aws.client("ec2", "me-south-1"), "region", *both) == {("m5.large", "me-south-1")}
    assert offered(aws.client("ec2", "us-west-1"), "availability-zone", "m5.large") == {
        ("m5.large", "us-west-1a"),
        ("m5.large", "us-west-1b"),
    }


def test_offerings_are_found_by_a_wildcard(aws: Account) -> None:
    found = {kind for kind, _ in offered(aws.ec2, "region", "t3.*")}
    assert {"t3.nano", "t3.large"} < found
    assert all(kind.startswith("t3.") for kind in found)


def test_a_type_is_described_only_where_it_is_offered(aws: Account) -> None:
    aws.ec2.describe_instance_types(InstanceTypes=[NOT_HERE])
    away = aws.client("ec2", "me-south-1")
    with refused("InvalidInstanceType", NOT_HERE):
        away.describe_instance_types(InstanceTypes=[NOT_HERE])
    pages = away.get_paginator("describe_instance_types").paginate()
    assert NOT_HERE not in {one["InstanceType"] for page in pages for one in page["InstanceTypes"]}


@pytest.mark.parametrize("where", ["template", "overrides"])
def test_a_group_needs_types_that_the_region_has(aws: Account, where: str) -> None:
    ec2, autoscaling = aws.client("ec2", "me-south-1"), aws.client("autoscaling", "me-south-1")
    made = ec2.create_launch_template(
        LaunchTemplateName=unique("template"),
        LaunchTemplateData={"InstanceType": NOT_HERE if where == "template" else "m5.large"},
    )
    template = {"LaunchTemplateId": made["LaunchTemplate"]["LaunchTemplateId"]}
    mixed = {"LaunchTemplate": {"LaunchTemplateSpecification": template, "Overrides": [{"InstanceType": NOT_HERE}]}}
    source = {"LaunchTemplate": template} if where == "template" else {"MixedInstancesPolicy": mixed}
    with refused("ValidationError", f"do not exist: .{NOT_HERE}"):
        autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=unique("asg"), MinSize=0, MaxSize=0, AvailabilityZones=["me-south-1a"], **source
        )
