"""Peering connections: between VPCs whose ranges don't overlap, each region and side with its own say.

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
def two_vpcs_have_one_peering(go_on: Any, ec2: Any, given: Given) -> Any:
    """Asked for again, AWS gives the one there is; from the other side it is VpcPeeringConnectionAlreadyExists.

    The second is documented as an error code only, the first is what callers of AWS report.
    """
    wanted = (given["vpc"].id, given["peer_vpc"].id)
    for peering in ec2.vpc_pcxs.values():
        if peering._status.code in LIVING:
            if (peering.vpc.id, peering.peer_vpc.id) == wanted:
                return peering
            if (peering.peer_vpc.id, peering.vpc.id) == wanted:
                raise refusal(
                    "VpcPeeringConnectionAlreadyExists", f"{peering.id} already connects {' and '.join(wanted)}"
                )
    return go_on(given)


@around(EC2Backend, "create_vpc_peering_connection")
def overlapping_ranges_fail(go_on: Any, _: Any, given: Given) -> Any:
    """The connection gets to `failed`, not the call."""
    made = go_on(given)
    if made._status.code == "pending-acceptance" and any(
        mine.overlaps(other) for mine in _ranges(given["vpc"]) for other in _ranges(given["peer_vpc"])
    ):
        made._status.code = "failed"
        made._status.message = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"
    return made


def _ranges(vpc: Any) -> list[IPv4Network]:
    return [IPv4Network(one["cidr_block"], strict=False) for one in vpc.get_cidr_block_association_set()]


@around(EC2Backend, "create_vpc_peering_connection")
def each_region_has_its_own_tags_of_it(go_on: Any, ec2: Any, given: Given) -> Any:
    """moto shows the requester's tags on both sides; the accepter's region gets a view of its own, state shared."""
    made = go_on(given)
    peer = given["peer_vpc"]
    accepter = ec2_backends[peer.owner_id][peer.region]
    if accepter is not ec2 and accepter.vpc_pcxs.get(made.id) is made:
        view = copy.copy(made)
        view.ec2_backend = accepter
        accepter.vpc_pcxs[made.id] = view
    return made


@before(EC2Backend, "accept_vpc_peering_connection")
def a_vpc_has_so_many_active_ones(ec2: Any, given: Given) -> None:
    """ActiveVpcPeeringConnectionPerVpcLimitExceeded."""
    peering = ec2.get_vpc_peering_connection(given["vpc_pcx_id"])
    for vpc in (peering.vpc, peering.peer_vpc):
        backend = ec2_backends[vpc.owner_id][vpc.region]
        active = [one for one in backend.vpc_pcxs.values() if one._status.code == "active"]
        most = service_quotas.value(backend, service_quotas.PEERINGS)
        if len([one for one in active if vpc.id in (one.vpc.id, one.peer_vpc.id)]) >= most:
            raise refusal(
                "ActiveVpcPeeringConnectionPerVpcLimitExceeded",
                f"{vpc.id} has {most} active VPC peering connections, and may have no more",
            )


@around(EC2Backend, "accept_vpc_peering_connection")
def it_is_provisioned_before_it_is_active(go_on: Any, _: Any, given: Given) -> Any:
    """For as long as AWS usually takes, if the sandbox waits so long."""
    accepted = go_on(given)
    if wait := usual.creation("AWS::EC2::VPCPeeringConnection"):
        accepted._status.code = "provisioning"
        waiting.later(wait, lambda: _activate(accepted))
    return accepted


def _activate(peering: Any) -> None:
    if peering._status.code == "provisioning":
        peering._status.accept()


@before(EC2Backend, "modify_vpc_peering_connection_options")
def options_need_an_active_peering(ec2: Any, given: Given) -> None:
    """OperationNotPermitted."""
    peering = ec2.get_vpc_peering_connection(given["vpc_pcx_id"])
    if peering._status.code != "active":
        raise refusal(
            "OperationNotPermitted",
            f"Peering {peering.id} is not active. Peering options can be added only to active peerings.",
        )


@before(EC2Backend, "modify_vpc_peering_connection_options")
def options_are_set_in_the_region_of_their_side(ec2: Any, given: Given) -> None:
    """OperationNotPermitted."""
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
    """OperationNotPermitted unless DNS hostnames and DNS support are on in the VPC whose names are asked for."""
    peering = ec2.get_vpc_peering_connection(given["vpc_pcx_id"])
    for name, vpc in (("requester_options", peering.vpc), ("accepter_options", peering.peer_vpc)):
        wanted = (given[name] or {}).get("AllowDnsResolutionFromRemoteVpc")
        if wanted and not (_on(vpc.enable_dns_support) and _on(vpc.enable_dns_hostnames)):
            raise refusal(
                "OperationNotPermitted",
                f"{peering.id}: DNS resolution from the remote VPC needs DNS support and DNS hostnames in {vpc.id}",
            )


def _on(flag: Any) -> bool:
    return str(flag).lower() == "true"


@before(EC2Backend, "delete_vpc_peering_connection")
def only_a_living_one_is_deleted(ec2: Any, given: Given) -> None:
    """InvalidStateTransition from deleted, failed and rejected."""
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
def the_list_is_filtered(_: Any, response: Any, given: Given) -> Any:
    """moto ignores filters; InvalidParameterValue for one that EC2 doesn't have."""
    from moto.core.responses import ActionResult

    ids = response._get_param("VpcPeeringConnectionIds", [])
    found = response.ec2_backend.describe_vpc_peering_connections(vpc_peering_ids=ids)
    for name, values in response._filters_from_querystring().items():
        found = [peering for peering in found if set(values) & _values(peering, name)]
    return ActionResult({"VpcPeeringConnections": found})


def _values(peering: Any, name: str) -> set[str]:
    """What a filter of DescribeVpcPeeringConnections looks at."""
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


# All of a VPC's ranges, where moto shows the first alone.
attribute(VPCPeeringConnection, "requester_vpc_info", _info("requester"))
attribute(VPCPeeringConnection, "accepter_vpc_info", _info("accepter"))
