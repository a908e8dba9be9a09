"""Security groups: what they admit and let out, and whether anything is behind them."""

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
BY_ITSELF = "Managed by Pulumi"
"""What the provider writes where there is no description."""


@dataclass(frozen=True)
class Opening:
    """One rule of a group, in whichever of its three forms."""

    ranges: list[str]
    """Those that are known."""
    whole: bool
    """Whether it is for every protocol, or every port of one."""


@rule(
    "group-no-open-ingress",
    lambda: (ec2.SecurityGroup, ec2.DefaultSecurityGroup, ec2.SecurityGroupRule, vpc.SecurityGroupIngressRule),
    what="No security group admits the whole internet: people come in by Session Manager, clusters by their peerings.",
    fix="name the ranges that call",
    sources=(
        *("CIS AWS v5.0.0 5.3", "CIS AWS v5.0.0 5.4", "CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260", "CKV_AWS_277"),
        *("Prowler ec2_securitygroup_allow_ingress_from_internet_to_any_port", "AwsSolutions-EC23", "EC2.18", "EC2.19"),
    ),
    severity=Severity.CRITICAL,
)
def group_no_open_ingress(resource: Resource, _: Context) -> Iterator[str]:
    """None of its ranges is everywhere."""
    for opening in _openings(resource, "ingress"):
        for range_ in opening.ranges:
            if range_ in EVERYWHERE:
                yield f"it admits {range_}"


@rule(
    "group-no-open-egress",
    lambda: (ec2.SecurityGroup, ec2.DefaultSecurityGroup, ec2.SecurityGroupRule, vpc.SecurityGroupEgressRule),
    what="No security group lets everything out to everywhere, or what breaks in may call home as it likes.",
    fix="name the ports that are called, 443 for instance",
    sources=("CKV_AWS_382",),
    severity=Severity.MEDIUM,
)
def group_no_open_egress(resource: Resource, _: Context) -> Iterator[str]:
    """Where a range is everywhere, ports are named."""
    for opening in _openings(resource, "egress"):
        for range_ in opening.ranges if opening.whole else ():
            if range_ in EVERYWHERE:
                yield f"it lets everything out to {range_}"


@rule(
    "group-described",
    lambda: (ec2.SecurityGroup, ec2.SecurityGroupRule, vpc.SecurityGroupIngressRule, vpc.SecurityGroupEgressRule),
    what="A security group and each of its rules say what they are for, so that nobody keeps one for fear of it.",
    fix="give it a description",
    sources=("CKV_AWS_23", "AwsSolutions-EC27"),
    severity=Severity.LOW,
)
def group_described(resource: Resource, _: Context) -> Iterator[str]:
    """They have a description of their own."""
    if resource.at("description") in (None, "", BY_ITSELF):
        yield f"its description is {shown(resource.at('description') or None)}"


@rule(
    "group-attached",
    lambda: (ec2.SecurityGroup,),
    what="A security group guards something: a forgotten one is the next one's mistake.",
    fix="give it to what it is for, or leave it out",
    sources=("CKV2_AWS_5",),
    severity=Severity.LOW,
)
def group_attached(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Something other than rules is made from it."""
    of_rules = ("securityGroupId", "referencedSecurityGroupId", "sourceSecurityGroupId")
    for group in stack.of(ec2.SecurityGroup):
        if not stack.used(group, *of_rules):
            yield group, "nothing has it"


def _openings(resource: Resource, way: str) -> Iterator[Opening]:
    """What a resource opens that way: a rule is one opening, a group has them inline."""
    ways = {token(vpc.SecurityGroupIngressRule): "ingress", token(vpc.SecurityGroupEgressRule): "egress"}
    if resource.type in ways:
        if ways[resource.type] == way:
            yield _opening(resource, ("cidrIpv4", "cidrIpv6"), "ipProtocol")
    elif resource.type == token(ec2.SecurityGroupRule):
        if resource.at("type") == way:
            yield _opening(resource, ("cidrBlocks", "ipv6CidrBlocks"), "protocol")
    else:
        for block in resource.each(way):
            yield _opening(block, ("cidrBlocks", "ipv6CidrBlocks"), "protocol")


def _opening(block: Block, ranges: tuple[str, str], protocol: str) -> Opening:
    ports = (block.at("fromPort"), block.at("toPort"))
    return Opening(
        ranges=[text for name in ranges for text in block.texts(name)],
        whole=UNKNOWN not in ports and (str(block.at(protocol)) == EVERY_PROTOCOL or ports == (0, 65535)),
    )
