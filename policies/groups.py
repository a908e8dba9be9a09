"""Security groups: the ranges that they admit and let out, and their use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pulumi_aws as aws

from policies.inputs import UNKNOWN, Block, Resource, shown, token
from policies.rule import Context, Severity, rule
from policies.stack import Stack

ec2, vpc = aws.ec2, aws.vpc
EVERYWHERE = ("0.0.0.0/0", "::/0")
EVERY_PROTOCOL = "-1"
DEFAULT_DESCRIPTION = "Managed by Pulumi"
"""The provider's default description."""


@dataclass(frozen=True)
class Opening:
    """A rule of a group, in any of its three forms."""

    ranges: list[str]
    """The known ranges."""
    whole: bool
    """Whether the rule is for every protocol, or for every port of a protocol."""


@rule(
    "group-no-open-ingress",
    lambda: (ec2.SecurityGroup, ec2.DefaultSecurityGroup, ec2.SecurityGroupRule, vpc.SecurityGroupIngressRule),
    what="No security group admits the whole internet: people use Session Manager, and clusters their peerings.",
    fix="name the ranges of the callers",
    sources=(
        *("CIS AWS v5.0.0 5.3", "CIS AWS v5.0.0 5.4", "CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260", "CKV_AWS_277"),
        *("Prowler ec2_securitygroup_allow_ingress_from_internet_to_any_port", "AwsSolutions-EC23", "EC2.18", "EC2.19"),
    ),
    severity=Severity.CRITICAL,
)
def group_no_open_ingress(resource: Resource, _: Context) -> Iterator[str]:
    """Yield the ranges that are the whole internet."""
    for opening in _openings(resource, "ingress"):
        for range_ in opening.ranges:
            if range_ in EVERYWHERE:
                yield f"it admits {range_}"


@rule(
    "group-no-open-egress",
    lambda: (ec2.SecurityGroup, ec2.DefaultSecurityGroup, ec2.SecurityGroupRule, vpc.SecurityGroupEgressRule),
    what="No security group allows all traffic to everywhere, because an intruder could then send data anywhere.",
    fix="name the ports that are called, for example 443",
    sources=("CKV_AWS_382",),
    severity=Severity.MEDIUM,
)
def group_no_open_egress(resource: Resource, _: Context) -> Iterator[str]:
    """Yield rules to the whole internet without ports."""
    for opening in _openings(resource, "egress"):
        for range_ in opening.ranges if opening.whole else ():
            if range_ in EVERYWHERE:
                yield f"it allows all traffic to {range_}"


@rule(
    "group-described",
    lambda: (ec2.SecurityGroup, ec2.SecurityGroupRule, vpc.SecurityGroupIngressRule, vpc.SecurityGroupEgressRule),
    what="A security group and each of its rules state their purpose, so that unneeded ones can be removed.",
    fix="give it a description",
    sources=("CKV_AWS_23", "AwsSolutions-EC27"),
    severity=Severity.LOW,
)
def group_described(resource: Resource, _: Context) -> Iterator[str]:
    """Yield a missing description, or the provider's default."""
    if resource.at("description") in (None, "", DEFAULT_DESCRIPTION):
        yield f"its description is {shown(resource.at('description') or None)}"


@rule(
    "group-attached",
    lambda: (ec2.SecurityGroup,),
    what="A security group is in use: a forgotten one can be attached by mistake.",
    fix="attach it to its resource, or remove it",
    sources=("CKV2_AWS_5",),
    severity=Severity.LOW,
)
def group_attached(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Yield groups that only rules refer to."""
    of_rules = ("securityGroupId", "referencedSecurityGroupId", "sourceSecurityGroupId")
    for group in stack.of(ec2.SecurityGroup):
        if not stack.used(group, *of_rules):
            yield group, "nothing uses it"


def _openings(resource: Resource, direction: str) -> Iterator[Opening]:
    """Yield a resource's openings in a direction: a rule is a single opening, a group has its own inline."""
    directions = {token(vpc.SecurityGroupIngressRule): "ingress", token(vpc.SecurityGroupEgressRule): "egress"}
    if resource.type in directions:
        if directions[resource.type] == direction:
            yield _opening(resource, ("cidrIpv4", "cidrIpv6"), "ipProtocol")
    elif resource.type == token(ec2.SecurityGroupRule):
        if resource.at("type") == direction:
            yield _opening(resource, ("cidrBlocks", "ipv6CidrBlocks"), "protocol")
    else:
        for block in resource.each(direction):
            yield _opening(block, ("cidrBlocks", "ipv6CidrBlocks"), "protocol")


def _opening(block: Block, ranges: tuple[str, str], protocol: str) -> Opening:
    ports = (block.at("fromPort"), block.at("toPort"))
    return Opening(
        ranges=[text for name in ranges for text in block.texts(name)],
        whole=UNKNOWN not in ports and (str(block.at(protocol)) == EVERY_PROTOCOL or ports == (0, 65535)),
    )
