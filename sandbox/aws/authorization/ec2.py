"""EC2's checks of a call: every resource that it names, those that it creates, and their tags.

Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2". A call that isn't listed is
judged on `*`, as all of Describe... are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.ec2.models import ec2_backends

from sandbox.aws.authorization.call import Call, named, tags_of
from sandbox.aws.authorization.policies import Check, listed


@dataclass(frozen=True)
class On:
    """The resources on which a call is checked."""

    existing: Mapping[str, str] = field(default_factory=dict[str, str])
    """The kinds of the named resources, by parameter."""
    new: str = ""
    """The kind of the created resource; empty if there is none."""


_GROUP = {"GroupId": "security-group"}
_RULES = {**_GROUP, "SecurityGroupRuleId": "security-group-rule"}
_PEERING = {"VpcPeeringConnectionId": "vpc-peering-connection"}
_TABLE = {"RouteTableId": "route-table"}
_TEMPLATE = {"LaunchTemplateId": "launch-template"}

ACTIONS: Mapping[str, On] = {
    "CreateVpc": On(new="vpc"),
    "ModifyVpcAttribute": On({"VpcId": "vpc"}),
    "DescribeVpcAttribute": On({"VpcId": "vpc"}),
    "DeleteVpc": On({"VpcId": "vpc"}),
    "CreateSubnet": On({"VpcId": "vpc"}, "subnet"),
    "ModifySubnetAttribute": On({"SubnetId": "subnet"}),
    "DeleteSubnet": On({"SubnetId": "subnet"}),
    "CreateSecurityGroup": On({"VpcId": "vpc"}, "security-group"),
    "DeleteSecurityGroup": On(_GROUP),
    "AuthorizeSecurityGroupIngress": On(_GROUP, "security-group-rule"),
    "AuthorizeSecurityGroupEgress": On(_GROUP, "security-group-rule"),
    "ModifySecurityGroupRules": On(_GROUP),
    "RevokeSecurityGroupIngress": On(_GROUP),
    "RevokeSecurityGroupEgress": On(_GROUP),
    "CreateInternetGateway": On(new="internet-gateway"),
    "AttachInternetGateway": On({"InternetGatewayId": "internet-gateway", "VpcId": "vpc"}),
    "DetachInternetGateway": On({"InternetGatewayId": "internet-gateway", "VpcId": "vpc"}),
    "DeleteInternetGateway": On({"InternetGatewayId": "internet-gateway"}),
    "CreateEgressOnlyInternetGateway": On({"VpcId": "vpc"}, "egress-only-internet-gateway"),
    "DeleteEgressOnlyInternetGateway": On({"EgressOnlyInternetGatewayId": "egress-only-internet-gateway"}),
    "AllocateAddress": On(new="elastic-ip"),
    "ReleaseAddress": On({"AllocationId": "elastic-ip"}),
    "DisassociateAddress": On({"AllocationId": "elastic-ip"}),
    "CreateNatGateway": On({"AllocationId": "elastic-ip", "SubnetId": "subnet"}, "natgateway"),
    "DeleteNatGateway": On({"NatGatewayId": "natgateway"}),
    "CreateRouteTable": On({"VpcId": "vpc"}, "route-table"),
    "DeleteRouteTable": On(_TABLE),
    "AssociateRouteTable": On({**_TABLE, "SubnetId": "subnet"}),
    "ReplaceRouteTableAssociation": On(_TABLE),
    "DisassociateRouteTable": On({"AssociationId": "route-table"}),
    "CreateRoute": On(_TABLE),
    "ReplaceRoute": On(_TABLE),
    "DeleteRoute": On(_TABLE),
    "CreateVpcEndpoint": On(
        {"VpcId": "vpc", **_TABLE, "SubnetId": "subnet", "SecurityGroupId": "security-group"}, "vpc-endpoint"
    ),
    "ModifyVpcEndpoint": On(
        {
            "VpcEndpointId": "vpc-endpoint",
            "AddRouteTableId": "route-table",
            "RemoveRouteTableId": "route-table",
            "AddSubnetId": "subnet",
            "RemoveSubnetId": "subnet",
            "AddSecurityGroupId": "security-group",
            "RemoveSecurityGroupId": "security-group",
        }
    ),
    "DeleteVpcEndpoints": On({"VpcEndpointId": "vpc-endpoint"}),
    "CreateFlowLogs": On({"ResourceId": "vpc"}, "vpc-flow-log"),
    "DeleteFlowLogs": On({"FlowLogId": "vpc-flow-log"}),
    "CreateVpcPeeringConnection": On({"VpcId": "vpc"}, "vpc-peering-connection"),
    "AcceptVpcPeeringConnection": On({**_PEERING, "AccepterVpcId": "vpc"}),
    "DeleteVpcPeeringConnection": On(_PEERING),
    "ModifyVpcPeeringConnectionOptions": On(_PEERING),
    "CreateLaunchTemplate": On(new="launch-template"),
    "CreateLaunchTemplateVersion": On(_TEMPLATE),
    "ModifyLaunchTemplate": On(_TEMPLATE),
    "DeleteLaunchTemplate": On(_TEMPLATE),
    "CreateTags": On({"ResourceId": "*"}),
    "DeleteTags": On({"ResourceId": "*"}),
    "DeleteNetworkInterface": On({"NetworkInterfaceId": "network-interface"}),
    "DeleteVolume": On({"VolumeId": "volume"}),
    "DeleteSnapshot": On({"SnapshotId": "snapshot"}),
}
"""The resources by operation."""

KINDS = {
    "vpc": "vpc",
    "subnet": "subnet",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "igw": "internet-gateway",
    "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip",
    "nat": "natgateway",
    "rtb": "route-table",
    "vpce": "vpc-endpoint",
    "fl": "vpc-flow-log",
    "pcx": "vpc-peering-connection",
    "lt": "launch-template",
    "i": "instance",
    "vol": "volume",
    "snap": "snapshot",
    "eni": "network-interface",
}
"""The kinds of resources, by the prefixes of their ids."""

PARTS = ("instance", "volume", "network-interface")
"""The kinds of resources that RunInstances creates."""


def checks(call: Call) -> Iterator[Check]:
    """Every check of a call of EC2."""
    on = ACTIONS.get(call.operation)
    if on is None:
        yield call.check("*")
        return
    requested = _requested(call)
    for parameter, kind in on.existing.items():
        for id_ in named(_with_found(call), parameter):
            yield call.check(
                arn(call, kind, id_), tags=tags(call, call.region, id_), requested=requested, keys=_peered(call)
            )
    if on.new:
        yield call.check(call.arn(f"{on.new}/*"), requested=requested, keys=_peered(call))
        if requested:
            new = call.arn(f"{on.new}/*")
            yield call.check(new, action="ec2:CreateTags", requested=requested, ec2_CreateAction=call.operation)
    if role := call.params.get("DeliverLogsPermissionArn"):
        yield call.check(role, action="iam:PassRole", iam_PassedToService="vpc-flow-logs.amazonaws.com")
    if call.params.get("PrivateDnsEnabled") == "true" and call.operation == "CreateVpcEndpoint":
        yield call.check("arn:aws:route53:::hostedzone/*", action="route53:AssociateVPCWithHostedZone")


def arn(call: Call, kind: str, id_: str) -> str:
    """The ARN of an EC2 resource. If the kind is `*`, the id's prefix decides."""
    kind = KINDS.get(id_.partition("-")[0], "*") if kind == "*" else kind
    arn = call.arn(f"{kind}/{id_}", "ec2")
    # Snapshots' and images' ARNs have no account.
    return arn.replace(f":{call.principal.account}:", "::") if kind in ("snapshot", "image") else arn


def tags(call: Call, region: str, id_: str) -> dict[str, str]:
    """The tags of an EC2 resource."""
    return dict(ec2_backends[call.principal.account][region].tags.get(id_, {}))


def launch(call: Call, template: str, version: str | None) -> Iterator[Check]:
    """The checks of RunInstances that EKS and Auto Scaling make for their caller, from a launch template."""
    found = _template(call, template)
    if found is None:
        return
    named_by = arn(call, "launch-template", found.id)
    parts = [call.arn(f"{kind}/*", "ec2") for kind in (*PARTS, "subnet", "security-group")]
    run = "ec2:RunInstances"
    yield call.check(named_by, action=run, tags=tags(call, call.region, found.id), ec2_LaunchTemplate=named_by)
    for part in (*parts, f"arn:aws:ec2:{call.region}::image/*"):
        yield call.check(part, action=run, ec2_LaunchTemplate=named_by)
    data = _template_data(call, template, version)
    for each in listed(data.get("TagSpecification") or data.get("TagSpecifications")):
        yield call.check(
            call.arn(f"{each['ResourceType']}/*", "ec2"),
            action="ec2:CreateTags",
            requested=tags_of(each.get("Tag") or each.get("Tags")),
            ec2_CreateAction="RunInstances",
        )


def _requested(call: Call) -> dict[str, str]:
    if call.operation in ("CreateTags", "DeleteTags"):
        return tags_of(call.params.get("Tag"))
    given = [tags_of(each.get("Tag")) for each in listed(call.params.get("TagSpecification"))]
    return {key: value for each in given for key, value in each.items()}


def _with_found(call: Call) -> Mapping[str, Any]:
    """The parameters, with the resources that a call uses without naming them."""
    backend: Any = ec2_backends[call.principal.account][call.region]
    found: dict[str, Any] = {**call.params}
    if call.operation == "DisassociateRouteTable":
        association = call.params.get("AssociationId")
        tables = (table for table in backend.route_tables.values() if association in table.all_associations_ids)
        found["AssociationId"] = next((table.id for table in tables), association)
    if call.operation == "DisassociateAddress":
        id_ = call.params.get("AssociationId")
        addresses = (address for address in backend.addresses if address.association_id == id_)
        found["AllocationId"] = next((address.allocation_id for address in addresses), "unknown")
    if call.operation == "AcceptVpcPeeringConnection" and (peering := _peering(call)) is not None:
        found["AccepterVpcId"] = peering.peer_vpc.id
    if name := call.params.get("LaunchTemplateName"):
        templates = (template.id for template in backend.launch_templates.values() if template.name == name)
        found.setdefault("LaunchTemplateId", next(templates, "unknown"))
    return found


def _peering(call: Call) -> Any | None:
    id_ = call.params.get("VpcPeeringConnectionId")
    every: Any = ec2_backends[call.principal.account][call.region].vpc_pcxs
    return every.get(id_)


def _peered(call: Call) -> dict[str, str]:
    """The VPCs of a peering, as condition keys."""
    peering = _peering(call)
    if peering is None:
        return {}
    sides = {"RequesterVpc": peering.vpc, "AccepterVpc": peering.peer_vpc}
    owner = call.principal.account
    return {f"ec2:{side}": f"arn:aws:ec2:{vpc.region}:{owner}:vpc/{vpc.id}" for side, vpc in sides.items()}


def _template(call: Call, template: str) -> Any | None:
    backend: Any = ec2_backends[call.principal.account][call.region]
    return next((known for known in backend.launch_templates.values() if template in (known.id, known.name)), None)


def _template_data(call: Call, template: str, version: str | None) -> Mapping[str, Any]:
    """The data of a version; empty for a missing one, because EC2 checks its existence after the authorization."""
    found = _template(call, template)
    if found is None or ((version or "").isdigit() and int(version or 0) > len(found.versions)):
        return {}
    return found.get_version(version or "$Default").data


def profiles(call: Call, template: str, version: str | None) -> Iterator[str]:
    """The ARN or name of a launch template's instance profile, if it has one."""
    data = _template_data(call, template, version)
    profile: Mapping[str, Any] = data.get("IamInstanceProfile", {})
    if found := profile.get("Arn") or profile.get("Name"):
        yield str(found)
