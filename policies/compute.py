"""Machines: the bastion's and the nodes' launch templates, groups and profiles."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from policies.inputs import UNKNOWN, Resource, shown, token
from policies.network import zones
from policies.rule import Context, Parameter, Severity, rule
from policies.stack import Stack

ec2, eks, autoscaling = aws.ec2, aws.eks, aws.autoscaling
EBS = "ebs.csi.aws.com"
"""The provisioner of EBS volumes."""

CREDENTIALS = {
    "an access key": re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a secret access key": re.compile(r"(?i)aws_?secret_?access_?key\W{1,4}[A-Za-z0-9/+]{40}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a token": re.compile(r"(?i)\b(bearer|token|password)\b['\"]?\s*[:=]?\s*['\"]?[A-Za-z0-9._~+/-]{32,}"),
}
"""The patterns of secrets in a text, by the name that a message uses."""


@rule(
    "instance-imdsv2",
    lambda: (ec2.LaunchTemplate,),
    what="An instance gives its credentials only to calls with a session token, which request forgery can't get.",
    fix='set metadata_options.http_tokens to "required"',
    sources=("CIS AWS v5.0.0 5.7", "CKV_AWS_79", "Prowler ec2_launch_template_imdsv2_required", "EC2.170"),
    severity=Severity.HIGH,
)
def instance_imdsv2(template: Resource, _: Context) -> Iterator[str]:
    """Yield a metadata service that does not require a token."""
    if template.at("metadataOptions.httpTokens") not in ("required", UNKNOWN):
        yield f"metadataOptions.httpTokens is {shown(template.at('metadataOptions.httpTokens'))}"


@rule(
    "instance-hop-limit",
    lambda: (ec2.LaunchTemplate,),
    what="An instance's credentials stay on it: with one hop more, its pods and containers can read them too.",
    fix="set metadata_options.http_put_response_hop_limit to 1",
    sources=("CKV_AWS_341", "EKS best practices, Restrict access to the instance profile"),
    severity=Severity.HIGH,
    parameters={"hops": Parameter.number(1, "The most hops.", minimum=1, maximum=64)},
)
def instance_hop_limit(template: Resource, context: Context) -> Iterator[str]:
    """Yield a missing limit, for which EKS uses 2, or a limit that is too high."""
    hops = template.at("metadataOptions.httpPutResponseHopLimit")
    if hops is not UNKNOWN and (hops is None or hops > context.parameters["hops"]):
        yield f"metadataOptions.httpPutResponseHopLimit is {shown(hops)}"


@rule(
    "instance-no-public-address",
    lambda: (ec2.LaunchTemplate,),
    what="No instance has a public address, because the internet can't call an instance without one.",
    fix='set associate_public_ip_address to "false"',
    sources=("CKV_AWS_88", "CKV_AWS_389", "Prowler ec2_launch_template_no_public_ip", "EC2.25"),
    severity=Severity.HIGH,
)
def instance_no_public_address(template: Resource, _: Context) -> Iterator[str]:
    """Yield network interfaces with a public address."""
    for interface in template.each("networkInterfaces"):
        if interface.at("associatePublicIpAddress") in ("true", True):
            yield "networkInterfaces.associatePublicIpAddress is true"


@rule(
    "disk-encrypted",
    lambda: (ec2.LaunchTemplate, eks.NodeGroup),
    what="Every disk is encrypted, because its snapshots outlive the instance.",
    fix='give each of block_device_mappings an ebs with encrypted: "true"',
    sources=("CIS AWS v5.0.0 5.1.1", "CKV_AWS_3", "CKV_AWS_8", "AwsSolutions-EC26", "EC2.181"),
    severity=Severity.HIGH,
)
def disk_encrypted(resource: Resource, _: Context) -> Iterator[str]:
    """Yield unencrypted disks of a template, and node groups without one: an image's disks are unencrypted."""
    if resource.type == token(eks.NodeGroup):
        if resource.at("launchTemplate") is None:
            yield "it has no launch template, so its disks are unencrypted as in the image"
        return
    if resource.at("blockDeviceMappings") in (None, []):
        yield "it has no block_device_mappings, so its disks are unencrypted as in the image"
    for disk in resource.each("blockDeviceMappings"):
        if disk.at("ebs") is not None and disk.at("ebs.encrypted") not in ("true", True, UNKNOWN):
            yield f"{shown(disk.at('deviceName'))}: ebs.encrypted is {shown(disk.at('ebs.encrypted'))}"


@rule(
    "disk-type",
    lambda: (ec2.LaunchTemplate,),
    what="Disks are of a type whose speed does not depend on the size, and which costs less than its predecessors.",
    fix='set ebs.volume_type to "gp3"',
    sources=("EBS user guide, General Purpose SSD volumes",),
    severity=Severity.LOW,
    parameters={"types": Parameter.texts(["gp3"], "The allowed types.")},
)
def disk_type(template: Resource, context: Context) -> Iterator[str]:
    """Yield disks of any other type."""
    for disk in template.each("blockDeviceMappings"):
        type_ = disk.at("ebs.volumeType")
        if disk.at("ebs") is not None and type_ not in (*context.parameters["types"], UNKNOWN):
            yield f"{shown(disk.at('deviceName'))}: ebs.volumeType is {shown(type_)}"


@rule(
    "volume-encrypted",
    lambda: (kubernetes.storage.v1.StorageClass,),
    what="The volumes of pods are encrypted, whoever claims them.",
    fix='set the parameter encrypted: "true"',
    sources=("ours", "EKS best practices, Data encryption and secrets management", "CKV_AWS_3"),
    severity=Severity.HIGH,
)
def volume_encrypted(kind: Resource, _: Context) -> Iterator[str]:
    """Yield a class of EBS volumes that are not encrypted."""
    encrypted = kind.at("parameters.encrypted")
    if kind.at("provisioner") == EBS and encrypted not in ("true", UNKNOWN):
        yield f"parameters.encrypted is {shown(encrypted)}"


@rule(
    "user-data-no-secrets",
    lambda: (ec2.LaunchTemplate,),
    what="User data contains no secret, because whoever may describe the template or runs on the instance can read it.",
    fix="let the instance fetch it by its role, for example from Secrets Manager",
    sources=("CKV_AWS_46", "Prowler ec2_launch_template_no_secrets"),
    severity=Severity.CRITICAL,
)
def user_data_no_secrets(template: Resource, _: Context) -> Iterator[str]:
    """Yield the kind of each secret found. The message does not repeat the secret."""
    text = _decoded(template.at("userData"))
    for kind, pattern in CREDENTIALS.items():
        if pattern.search(text):
            yield f"its user data contains what looks like {kind}"


@rule(
    "node-no-ssh",
    lambda: (ec2.LaunchTemplate, eks.NodeGroup),
    what="No instance has an SSH key: people use Session Manager, which records who did what.",
    fix="remove key_name and remote_access",
    sources=("CKV_AWS_100", "EKS best practices, Minimize access to worker nodes"),
    severity=Severity.MEDIUM,
)
def node_no_ssh(resource: Resource, _: Context) -> Iterator[str]:
    """Yield a template's key name, or a node group's remote access."""
    path = "remoteAccess" if resource.type == token(eks.NodeGroup) else "keyName"
    if resource.at(path) not in (None, UNKNOWN):
        yield f"it has {path}"


@rule(
    "node-private",
    lambda: (
        eks.NodeGroup,
        eks.FargateProfile,
        autoscaling.Group,
        ec2.Subnet,
        ec2.RouteTable,
        ec2.RouteTableAssociation,
        ec2.Route,
        ec2.InternetGateway,
    ),
    what="Machines are in private subnets, which have no route to an internet gateway.",
    fix="place it in the private subnets",
    sources=("CIS EKS v1.7.0 5.4.3", "EKS best practices, Deploy workers onto private subnets"),
    severity=Severity.HIGH,
)
def node_private(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Yield machines in a subnet whose route table leads to an internet gateway."""
    public = _public(stack)
    for nodes, subnets in _nodes(stack):
        open_ = sorted(subnet.name for subnet in subnets if subnet.urn in public)
        if open_:
            yield nodes, f"{', '.join(open_)} has a route to an internet gateway"


@rule(
    "node-zones",
    lambda: (eks.NodeGroup, autoscaling.Group, ec2.Subnet),
    what="Machines can start in several zones, because zones fail.",
    fix="give it subnets in as many zones",
    sources=("Prowler autoscaling_group_multiple_az", "EKS best practices, Data plane", "AutoScaling.2"),
    severity=Severity.MEDIUM,
    parameters={"zones": Parameter.number(2, "The fewest zones.", minimum=1)},
)
def node_zones(stack: Stack, context: Context) -> Iterator[tuple[Resource, str]]:
    """Yield machines whose subnets are in too few zones."""
    minimum = context.parameters["zones"]
    for nodes, subnets in _nodes(stack):
        count = zones(subnets)
        if subnets and count is not None and count < minimum and nodes.type != token(eks.FargateProfile):
            yield nodes, f"its subnets are in {count} zones, fewer than {minimum}"


@rule(
    "group-launch-template",
    lambda: (autoscaling.Group,),
    what="An Auto Scaling group starts machines from a launch template, and checks their health.",
    fix="set launch_template and health_check_type",
    sources=(
        *("CKV_AWS_315", "Prowler autoscaling_group_using_ec2_launch_template", "AwsSolutions-AS2"),
        "AutoScaling.9",
    ),
    severity=Severity.MEDIUM,
)
def group_launch_template(group: Resource, _: Context) -> Iterator[str]:
    """Yield a group without a launch template or a health check. A launch configuration has no metadata options."""
    if group.at("launchTemplate") is None and group.at("mixedInstancesPolicy") is None:
        yield "launchTemplate is not set"
    if group.at("healthCheckType") is None:
        yield "healthCheckType is not set"


def _nodes(stack: Stack) -> Iterator[tuple[Resource, list[Resource]]]:
    """Yield everything that starts machines, with its subnets."""
    kinds = ((eks.NodeGroup, "subnetIds"), (eks.FargateProfile, "subnetIds"), (autoscaling.Group, "vpcZoneIdentifiers"))
    for type_, subnets in kinds:
        for nodes in stack.of(type_):
            yield nodes, stack.sources(nodes, subnets, ec2.Subnet)


def _public(stack: Stack) -> set[str]:
    """Return the URNs of the subnets with a route to an internet gateway."""
    return {
        subnet.urn
        for gateway in stack.of(ec2.InternetGateway)
        for route in stack.users(gateway, ec2.Route, "gatewayId")
        for table in stack.sources(route, "routeTableId", ec2.RouteTable)
        for association in stack.users(table, ec2.RouteTableAssociation, "routeTableId")
        for subnet in stack.sources(association, "subnetId", ec2.Subnet)
    }


def _decoded(user_data: Any) -> str:
    try:
        return base64.b64decode(user_data).decode(errors="replace") if isinstance(user_data, str) else ""
    except binascii.Error:
        return ""
