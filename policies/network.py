"""Networks: names, zones, flow logs, and endpoints of AWS's services."""

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
    what="A VPC resolves names and names its machines, because a private API endpoint is found by DNS.",
    fix="set enable_dns_support and enable_dns_hostnames",
    sources=("EKS user guide, Cluster API server endpoint",),
    severity=Severity.HIGH,
)
def vpc_dns(vpc: Resource, _: Context) -> Iterator[str]:
    """Yield switches that are off."""
    for name in ("enableDnsSupport", "enableDnsHostnames"):
        if vpc.at(name) not in (True, UNKNOWN):
            yield f"{name} is {shown(vpc.at(name))}"


@rule(
    "vpc-default-group",
    lambda: (ec2.Vpc, ec2.DefaultSecurityGroup),
    what="A VPC's default security group admits nothing, because resources without a group get it.",
    fix="adopt the group as an aws.ec2.DefaultSecurityGroup without ingress and egress",
    sources=("CIS AWS v5.0.0 5.5", "CKV2_AWS_12", "Prowler ec2_securitygroup_default_restrict_traffic", "EC2.2"),
    severity=Severity.HIGH,
)
def vpc_default_group(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Yield VPCs whose default group is not adopted, and adopted groups with rules."""
    for vpc in stack.of(ec2.Vpc):
        if not stack.users(vpc, ec2.DefaultSecurityGroup, "vpcId"):
            yield vpc, "its default group has AWS's own rules"
    for group in stack.of(ec2.DefaultSecurityGroup):
        for way in ("ingress", "egress"):
            if any(group.each(way)):
                yield group, f"it has rules for {way}"


@rule(
    "vpc-flow-logs",
    lambda: (ec2.Vpc, ec2.FlowLog),
    what="A VPC records at least its refused traffic, because attempts can't be investigated without a record.",
    fix="set network.flowLogs.traffic to reject or all",
    sources=("CIS AWS v5.0.0 3.7", "CKV2_AWS_11", "Prowler vpc_flow_logs_enabled", "AwsSolutions-VPC7", "EC2.6"),
    severity=Severity.MEDIUM,
)
def vpc_flow_logs(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Yield VPCs without a flow log."""
    for vpc in stack.of(ec2.Vpc):
        if not stack.users(vpc, ec2.FlowLog, "vpcId"):
            yield vpc, "it has no flow log"


@rule(
    "vpc-zones",
    lambda: (ec2.Vpc, ec2.Subnet),
    what="A VPC spans several zones, because zones fail.",
    fix="place its subnets in as many zones",
    sources=("Prowler vpc_subnet_different_az", "EKS user guide, Networking requirements"),
    severity=Severity.MEDIUM,
    parameters={"zones": Parameter.number(2, "The fewest zones.", minimum=1)},
)
def vpc_zones(stack: Stack, context: Context) -> Iterator[tuple[Resource, str]]:
    """Yield VPCs whose subnets are in too few zones."""
    minimum = context.parameters["zones"]
    for vpc in stack.of(ec2.Vpc):
        subnets = stack.users(vpc, ec2.Subnet, "vpcId")
        if (count := zones(subnets)) is not None and count < minimum:
            yield vpc, f"its subnets are in {count} zones, fewer than {minimum}"


@rule(
    "subnet-no-public-addresses",
    lambda: (ec2.Subnet,),
    what="A subnet gives its machines no public addresses.",
    fix="remove map_public_ip_on_launch",
    sources=("CKV_AWS_130", "Prowler vpc_subnet_no_public_ip_by_default", "EC2.15"),
    severity=Severity.HIGH,
)
def subnet_no_public_addresses(subnet: Resource, _: Context) -> Iterator[str]:
    """Yield a switch that is on."""
    if subnet.at("mapPublicIpOnLaunch") is True:
        yield "mapPublicIpOnLaunch is true"


@rule(
    "endpoint-zones",
    lambda: (ec2.VpcEndpoint,),
    what="An interface endpoint has addresses in several zones, so that a zone's failure doesn't cut off the service.",
    fix="give it a subnet in each zone",
    sources=("Prowler vpc_endpoint_multi_az_enabled",),
    severity=Severity.MEDIUM,
    parameters={"zones": Parameter.number(2, "The fewest zones.", minimum=1)},
)
def endpoint_zones(endpoint: Resource, context: Context) -> Iterator[str]:
    """Yield an interface endpoint with too few subnets, of which AWS allows a single one for each zone."""
    subnets = endpoint.at("subnetIds")
    if endpoint.at("vpcEndpointType") != "Interface" or subnets is UNKNOWN:
        return
    if len(subnets or []) < context.parameters["zones"]:
        yield f"it has {len(subnets or [])} subnets, fewer than {context.parameters['zones']}"


@rule(
    "endpoint-policy",
    lambda: (ec2.VpcEndpoint,),
    what="An endpoint's policy names principals, because others' keys could otherwise carry data out through it.",
    fix="give it a policy that names the account's principals, or has a condition on them",
    sources=("Prowler vpc_endpoint_connections_trust_boundaries", "VPC user guide, Endpoint policies"),
    severity=Severity.MEDIUM,
)
def endpoint_policy(endpoint: Resource, _: Context) -> Iterator[str]:
    """Yield no policy, and a policy of everything for everybody. EKS Auth is not known to support policies."""
    service = endpoint.at("serviceName")
    if endpoint.at("policy") is None and isinstance(service, str) and not service.endswith(".eks-auth"):
        yield "it has no policy, and AWS's default allows everything"
    for statement in statements(endpoint.at("policy")):
        everybody = ("AWS", "*") in statement.principals and not statement.conditions
        if statement.allows and everybody and "*" in statement.actions:
            yield "its policy allows everybody everything"


@rule(
    "address-used",
    lambda: (ec2.Eip, ec2.EipAssociation, ec2.NatGateway),
    what="An Elastic IP is in use, because AWS charges for unused ones too, and an account has few.",
    fix="associate it with a NAT gateway or an instance, or remove it",
    sources=("CKV2_AWS_19", "Prowler ec2_elastic_ip_unassigned", "EC2.12"),
    severity=Severity.LOW,
)
def address_used(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
    """Yield addresses that nothing uses."""
    for address in stack.of(ec2.Eip):
        in_use = address.at("instance") is not None or address.at("networkInterface") is not None
        users = [stack.users(address, type_, "allocationId") for type_ in (ec2.NatGateway, ec2.EipAssociation)]
        if not in_use and not any(users):
            yield address, "nothing uses it"


def zones(subnets: list[Resource]) -> int | None:
    """Return the number of zones of subnets; None while any is unknown."""
    found = [subnet.at("availabilityZone") or subnet.at("availabilityZoneId") for subnet in subnets if _placed(subnet)]
    return len({*found}) if len(found) == len(subnets) else None


def _placed(subnet: Resource) -> bool:
    return UNKNOWN not in (subnet.at("availabilityZone"), subnet.at("availabilityZoneId"))
