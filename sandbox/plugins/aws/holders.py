"""Deleting what other things may still use: the retries, and at their end what holds it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.plugins.aws.ec2 import where
from sandbox.plugins.aws.resource import Api, found
from sandbox.plugins.aws.session import AwsError

_HELD = ("DependencyViolation", "InvalidGroup.InUse")


@dataclass(frozen=True)
class Holder:
    """A kind of thing that holds another."""

    noun: str
    operation: str
    filter: str
    """The filter that finds it by the id of the kept resource."""
    key: str
    """The key of the list in the response; its items' id is the singular, `SubnetId`."""
    id: str


def _interfaces(by: str) -> Holder:
    return Holder("network interface", "DescribeNetworkInterfaces", by, "NetworkInterfaces", "NetworkInterfaceId")


GROUP = (
    _interfaces("group-id"),
    Holder("a rule of", "DescribeSecurityGroups", "ip-permission.group-id", "SecurityGroups", "GroupId"),
    Holder("a rule of", "DescribeSecurityGroups", "egress.ip-permission.group-id", "SecurityGroups", "GroupId"),
)
SUBNET = (_interfaces("subnet-id"),)
VPC = (
    _interfaces("vpc-id"),
    Holder("subnet", "DescribeSubnets", "vpc-id", "Subnets", "SubnetId"),
    Holder("security group", "DescribeSecurityGroups", "vpc-id", "SecurityGroups", "GroupId"),
    Holder("route table", "DescribeRouteTables", "vpc-id", "RouteTables", "RouteTableId"),
    Holder(
        "internet gateway", "DescribeInternetGateways", "attachment.vpc-id", "InternetGateways", "InternetGatewayId"
    ),
)
"""The kinds of things that keep a security group, a subnet and a VPC from being deleted."""


def lingering(api: Api, by: str) -> None:
    """Look for network interfaces, as the official provider does before it deletes what they are in.

    It deletes those that Lambda, Comprehend and DMS left behind (terraform-provider-aws, deleteLingeringENIs): here
    there are none.
    """
    api.ec2("DescribeNetworkInterfaces", Filters=where(**{by.replace("-", "_"): api.id}))


def delete(api: Api, holders: Collection[Holder], operation: str, gone: Collection[str], **parameters: Any) -> None:
    """Delete something, again while it is held; then AWS's error is raised, with what holds it."""
    try:
        api.retry(lambda: found(lambda: api.ec2(operation, **parameters), *gone), _HELD)
    except AwsError as error:
        names = list(_names(api, holders)) if error.code in _HELD else []
        if not names:
            raise
        said = f"{error.message.rstrip('.')}. It is held by {', '.join(names)}."
        raise AwsError("ec2", operation, error.code, said) from error


def _names(api: Api, holders: Collection[Holder]) -> Iterator[str]:
    for holder in holders:
        filters = [{"Name": holder.filter, "Values": [api.id]}]
        for item in api.ec2(holder.operation, Filters=filters)[holder.key]:
            if item[holder.id] != api.id and not _of_vpc(item):
                about = item.get("GroupName") or item.get("Description")
                yield f"{holder.noun} {item[holder.id]}" + (f" ({about})" if about else "")


def _of_vpc(item: dict[str, Any]) -> bool:
    """Whether something comes and goes with its VPC: the default group, the main route table."""
    return item.get("GroupName") == "default" or any(
        association.get("Main") for association in item.get("Associations", [])
    )
