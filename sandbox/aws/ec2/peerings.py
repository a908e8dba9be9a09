"""Peering connections' rules: ranges that don't overlap, and tags and options of each side.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html.
"""

from __future__ import annotations

import copy
from ipaddress import IPv4Network
from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.vpc_peering_connections import VPCPeeringConnection
from moto.ec2.responses.vpc_peering_connections import VPCPeeringConnections

from sandbox.aws import service_quotas, usual, waiting
from sandbox.aws.ec2.errors import invalid, refusal
from sandbox.aws.ec2.vpcs import LIVING
from sandbox.aws.rules import Given, around, attribute, before


@around(EC2Backend, "create_vpc_peering_connection")
def two_vpcs_have_one_peering(proceed: Any, ec2: Any, given: Given) -> Any:
    """A second request returns the existing peering; from the other side raise VpcPeeringConnectionAlreadyExists.

    Callers of AWS report the first. The second is documented only as an error code.
    """
    pair = (given["vpc"].id, given["peer_vpc"].id)
    for peering in ec2.vpc_pcxs.values():
        if peering._status.code in LIVING:
            if (peering.vpc.id, peering.peer_vpc.id) == pair:
                return peering
            if (peering.peer_vpc.id, peering.vpc.id) == pair:
                raise refusal(
                    "VpcPeeringConnectionAlreadyExists", f"{peering.id} already connects {' and '.join(pair)}"
                )
    return proceed(given)


@around(EC2Backend, "create_vpc_peering_connection")
def overlapping_ranges_fail(proceed: Any, _: Any, given: Given) -> Any:
    """The peering gets the state `failed`, and the call succeeds."""
    peering = proceed(given)
    if peering._status.code == "pending-acceptance" and any(
        own.overlaps(other) for own in _ranges(given["vpc"]) for other in _ranges(given["peer_vpc"])
    ):
        peering._status.code = "failed"
        peering._status.message = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"
    return peering


def _ranges(vpc: Any) -> list[IPv4Network]:
    return [
        IPv4Network(association["cidr_block"], strict=False) for association in vpc.get_cidr_block_association_set()
    ]


@around(EC2Backend, "create_vpc_peering_connection")
def a_peering_has_tags_of_its_own_in_each_region(proceed: Any, ec2: Any, given: Given) -> Any:
    """moto shows the requester's tags on both sides. The accepter's region gets a view of its own with shared state."""
    peering = proceed(given)
    peer = given["peer_vpc"]
    accepter = ec2_backends[peer.owner_id][peer.region]
    if accepter is not ec2 and accepter.vpc_pcxs.get(peering.id) is peering:
        view = copy.copy(peering)
        view.ec2_backend = accepter
        accepter.vpc_pcxs[peering.id] = view
    return peering


@before(EC2Backend, "accept_vpc_peering_connection")
def limit_active_peerings_per_vpc(ec2: Any, given: Given) -> None:
    """Raise ActiveVpcPeeringConnectionPerVpcLimitExceeded."""
    peering = ec2.get_vpc_peering_connection(given["vpc_pcx_id"])
    for vpc in (peering.vpc, peering.peer_vpc):
        backend = ec2_backends[vpc.owner_id][vpc.region]
        active = [other for other in backend.vpc_pcxs.values() if other._status.code == "active"]
        most = service_quotas.value(backend, service_quotas.PEERINGS)
        if len([other for other in active if vpc.id in (other.vpc.id, other.peer_vpc.id)]) >= most:
            raise refusal(
                "ActiveVpcPeeringConnectionPerVpcLimitExceeded",
                f"{vpc.id} has {most} active VPC peering connections, and may have no more",
            )


@around(EC2Backend, "accept_vpc_peering_connection")
def a_peering_is_provisioned_before_it_is_active(proceed: Any, _: Any, given: Given) -> Any:
    """The state is `provisioning` for the sandbox's share of AWS's usual time."""
    accepted = proceed(given)
    if wait := usual.creation("AWS::EC2::VPCPeeringConnection"):
        accepted._status.code = "provisioning"
        waiting.later(wait, lambda: _activate(accepted))
    return accepted


def _activate(peering: Any) -> None:
    if peering._status.code == "provisioning":
        peering._status.accept()


@before(EC2Backend, "modify_vpc_peering_connection_options")
def options_need_an_active_peering(ec2: Any, given: Given) -> None:
    """Raise OperationNotPermitted."""
    peering = ec2.get_vpc_peering_connection(given["vpc_pcx_id"])
    if peering._status.code != "active":
        raise refusal(
            "OperationNotPermitted",
            f"Peering {peering.id} is not active. Peering options can be added only to active peerings.",
        )


@before(EC2Backend, "modify_vpc_peering_connection_options")
def options_are_set_in_the_region_of_their_side(ec2: Any, given: Given) -> None:
    """Raise OperationNotPermitted."""
    peering = ec2.get_vpc_peering_connection(given["vpc_pcx_id"])
    for name, vpc in (("requester_options", peering.vpc), ("accepter_options", peering.peer_vpc)):
        if given[name] and (vpc.region, vpc.owner_id) != (ec2.region_name, ec2.account_id):
            side = name.split("_")[0]
            raise refusal(
                "OperationNotPermitted",
                f"The {side} options of {peering.id} can be modified only in {vpc.region}, where its {side} VPC is",
            )


@before(EC2Backend, "modify_vpc_peering_connection_options")
def names_are_resolved_only_where_the_vpc_has_dns(ec2: Any, given: Given) -> None:
    """Raise OperationNotPermitted unless the VPC of the names has DNS hostnames and DNS support."""
    peering = ec2.get_vpc_peering_connection(given["vpc_pcx_id"])
    for name, vpc in (("requester_options", peering.vpc), ("accepter_options", peering.peer_vpc)):
        enabled = (given[name] or {}).get("AllowDnsResolutionFromRemoteVpc")
        if enabled and not (_on(vpc.enable_dns_support) and _on(vpc.enable_dns_hostnames)):
            raise refusal(
                "OperationNotPermitted",
                f"{peering.id}: DNS resolution from the remote VPC needs DNS support and DNS hostnames in {vpc.id}",
            )


def _on(flag: Any) -> bool:
    return str(flag).lower() == "true"


@before(EC2Backend, "delete_vpc_peering_connection")
def only_a_living_peering_is_deleted(ec2: Any, given: Given) -> None:
    """Raise InvalidStateTransition from deleted, failed and rejected."""
    peering = ec2.get_vpc_peering_connection(given["vpc_pcx_id"])
    if peering._status.code not in LIVING:
        raise refusal(
            "InvalidStateTransition",
            f"Invalid state transition for {peering.id}, attempted to transition from "
            f"{peering._status.code} to deleting",
        )


def _ids_exist(ec2: Any, given: Given) -> None:
    for peering_id in given["vpc_peering_ids"] or []:
        ec2.get_vpc_peering_connection(peering_id)


before(EC2Backend, "describe_vpc_peering_connections")(_ids_exist)


@around(VPCPeeringConnections, "describe_vpc_peering_connections")
def peerings_are_filtered(_: Any, response: Any, given: Given) -> Any:
    """moto ignores filters. Raise InvalidParameterValue for one that EC2 lacks."""
    from moto.core.responses import ActionResult

    ids = response._get_param("VpcPeeringConnectionIds", [])
    found = response.ec2_backend.describe_vpc_peering_connections(vpc_peering_ids=ids)
    for name, values in response._filters_from_querystring().items():
        found = [peering for peering in found if set(values) & _values(peering, name)]
    return ActionResult({"VpcPeeringConnections": found})


def _values(peering: Any, name: str) -> set[str]:
    """The values that a filter of DescribeVpcPeeringConnections is compared with."""
    tags = {tag["key"]: tag["value"] for tag in peering.get_tags()}
    if name.startswith("tag:"):
        return {tags[name[4:]]} if name[4:] in tags else set()
    simple = {
        "vpc-peering-connection-id": lambda: {peering.id},
        "status-code": lambda: {peering._status.code},
        "status-message": lambda: {peering._status.message},
        "tag-key": lambda: set(tags),
    }
    if name in simple:
        return simple[name]()
    for side, vpc in (("requester", peering.vpc), ("accepter", peering.peer_vpc)):
        if name == f"{side}-vpc-info.vpc-id":
            return {vpc.id}
        if name == f"{side}-vpc-info.owner-id":
            return {vpc.owner_id}
        if name == f"{side}-vpc-info.cidr-block":
            return {str(block) for block in _ranges(vpc)}
    raise invalid(f"The filter '{name}' is invalid")


def _info(side: str) -> property:
    original = getattr(VPCPeeringConnection, f"{side}_vpc_info")

    def info(peering: Any) -> dict[str, Any]:
        vpc = peering.vpc if side == "requester" else peering.peer_vpc
        return {**original.fget(peering), "CidrBlockSet": [{"CidrBlock": str(block)} for block in _ranges(vpc)]}

    return property(info)


# moto shows only the first range of a VPC.
attribute(VPCPeeringConnection, "requester_vpc_info", _info("requester"))
attribute(VPCPeeringConnection, "accepter_vpc_info", _info("accepter"))
