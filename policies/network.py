"""Networks: names, zones, records of traffic, and ways to AWS's own services."""

from __future__ import annotations

from collections.abc import Iterator

import pulumi_aws as aws

from policies.documents import statements
from policies.inputs import UNKNOWN, Resource, shown
from policies.rule import Context, Parameter, Severity, rule
from policies.stack import Stack

ec2 = aws.ec2


@rule(
    "vpc-dns",
    lambda: (ec2.Vpc,),
    what="A VPC resolves names and gives its machines names, or nothing in it finds a private API endpoint.",
    fix="set enable_dns_support and enable_dns_hostnames",
    sources=("EKS user guide, Cluster API server endpoint",),
    severity=Severity.HIGH,
)
def vpc_dns(vpc: Resource, _: Context) -> Iterator[str]:
    """Both of its switches are on."""
    for name in ("enableDnsSupport", "enableDnsHostnames"):
        if vpc.at(name) not in (True, UNKNOWN):
            yield f"{name} is {shown(vpc.at(name))}"


@rule(
    "vpc-default-group",
    lambda: (ec2.Vpc, ec2.DefaultSecurityGroup),
    what="A VPC's default security group admits nothing, for whatever is given no group gets that one.",
    fix="take the group over by an aws.ec2.DefaultSecurityGroup without ingress and egress",
    sources=("CIS AWS v5.0.0 5.5", "CKV2_AWS_12", "Prowler ec2_securitygroup_default_restrict_traffic", "EC2.2"),
    severity=Severity.HIGH,
)
def vpc_default_group(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """It is taken over, without rules."""
    for vpc in stack.of(ec2.Vpc):
        if not stack.users(vpc, ec2.DefaultSecurityGroup, "vpcId"):
            yield vpc, "its default group is as AWS made it"
    for group in stack.of(ec2.DefaultSecurityGroup):
        for way in ("ingress", "egress"):
            if any(group.each(way)):
                yield group, f"it has rules for {way}"


@rule(
    "vpc-flow-logs",
    lambda: (ec2.Vpc, ec2.FlowLog),
    what="A VPC's traffic is recorded, what it refuses at the least, for who tried what can't be told afterwards.",
    fix="set network.flowLogs.traffic to reject or all",
    sources=("CIS AWS v5.0.0 3.7", "CKV2_AWS_11", "Prowler vpc_flow_logs_enabled", "AwsSolutions-VPC7", "EC2.6"),
    severity=Severity.MEDIUM,
)
def vpc_flow_logs(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """It has a flow log."""
    for vpc in stack.of(ec2.Vpc):
        if not stack.users(vpc, ec2.FlowLog, "vpcId"):
            yield vpc, "it has no flow log"


@rule(
    "vpc-zones",
    lambda: (ec2.Vpc, ec2.Subnet),
    what="A VPC spans several zones, for a zone is what fails.",
    fix="put its subnets into as many zones",
    sources=("Prowler vpc_subnet_different_az", "EKS user guide, Networking requirements"),
    severity=Severity.MEDIUM,
    parameters={"zones": Parameter.number(2, "How many, at the least.", minimum=1)},
)
def vpc_zones(stack: Stack, context: Context) -> Iterator[tuple[Resource, str]]:
    """Its subnets' zones are counted."""
    least = context.parameters["zones"]
    for vpc in stack.of(ec2.Vpc):
        subnets = stack.users(vpc, ec2.Subnet, "vpcId")
        if (count := zones(subnets)) is not None and count < least:
            yield vpc, f"its subnets lie in {count} zones, and {least} are asked for"


@rule(
    "subnet-no-public-addresses",
    lambda: (ec2.Subnet,),
    what="A subnet gives no public addresses to what starts in it.",
    fix="leave map_public_ip_on_launch out",
    sources=("CKV_AWS_130", "Prowler vpc_subnet_no_public_ip_by_default", "EC2.15"),
    severity=Severity.HIGH,
)
def subnet_no_public_addresses(subnet: Resource, _: Context) -> Iterator[str]:
    """Its switch is off."""
    if subnet.at("mapPublicIpOnLaunch") is True:
        yield "mapPublicIpOnLaunch is true"


@rule(
    "endpoint-zones",
    lambda: (ec2.VpcEndpoint,),
    what="An interface endpoint has an address in several zones, for a zone's failure would cut off AWS's service.",
    fix="give it a subnet in each zone",
    sources=("Prowler vpc_endpoint_multi_az_enabled",),
    severity=Severity.MEDIUM,
    parameters={"zones": Parameter.number(2, "How many, at the least.", minimum=1)},
)
def endpoint_zones(endpoint: Resource, context: Context) -> Iterator[str]:
    """Its subnets are counted: AWS takes one of a zone."""
    subnets = endpoint.at("subnetIds")
    if endpoint.at("vpcEndpointType") != "Interface" or subnets is UNKNOWN:
        return
    if len(subnets or []) < context.parameters["zones"]:
        yield f"it has {len(subnets or [])} subnets, and {context.parameters['zones']} are asked for"


@rule(
    "endpoint-policy",
    lambda: (ec2.VpcEndpoint,),
    what="An endpoint lets through what its policy names, or anybody's keys could carry data out through it.",
    fix="give it a policy whose principals, or a condition on them, are the account's own",
    sources=("Prowler vpc_endpoint_connections_trust_boundaries", "VPC user guide, Endpoint policies"),
    severity=Severity.MEDIUM,
)
def endpoint_policy(endpoint: Resource, _: Context) -> Iterator[str]:
    """It has one, and nobody may everything without a condition. EKS Auth is not known to support policies."""
    service = endpoint.at("serviceName")
    if endpoint.at("policy") is None and isinstance(service, str) and not service.endswith(".eks-auth"):
        yield "it has no policy, and AWS's own lets everything through"
    for statement in statements(endpoint.at("policy")):
        everybody = ("AWS", "*") in statement.principals and not statement.conditions
        if statement.allows and everybody and "*" in statement.actions:
            yield "its policy lets everybody do everything"


@rule(
    "address-used",
    lambda: (ec2.Eip, ec2.EipAssociation, ec2.NatGateway),
    what="An Elastic IP is in use: AWS charges for one that isn't, and an account has few.",
    fix="give it to a NAT gateway or an instance, or leave it out",
    sources=("CKV2_AWS_19", "Prowler ec2_elastic_ip_unassigned", "EC2.12"),
    severity=Severity.LOW,
)
def address_used(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Something has it."""
    for address in stack.of(ec2.Eip):
        held = address.at("instance") is not None or address.at("networkInterface") is not None
        takers = [stack.users(address, type_, "allocationId") for type_ in (ec2.NatGateway, ec2.EipAssociation)]
        if not held and not any(takers):
            yield address, "nothing has it"


def zones(subnets: list[Resource]) -> int | None:
    """In how many zones subnets lie; None while not all are known."""
    found = [subnet.at("availabilityZone") or subnet.at("availabilityZoneId") for subnet in subnets if _placed(subnet)]
    return len({*found}) if len(found) == len(subnets) else None


def _placed(subnet: Resource) -> bool:
    return UNKNOWN not in (subnet.at("availabilityZone"), subnet.at("availabilityZoneId"))
