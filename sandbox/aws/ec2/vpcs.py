"""VPCs' rules: a VPC is deleted only once it is empty, apart from what AWS created with it."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from moto.ec2.models import EC2Backend

from sandbox.aws import service_quotas, usual, waiting
from sandbox.aws.ec2 import interfaces
from sandbox.aws.ec2.errors import dependency, refusal
from sandbox.aws.rules import Given, around, before

LIVING = ("initiating-request", "pending-acceptance", "provisioning", "active")
"""The states of a living peering."""


@before(EC2Backend, "create_vpc")
def a_vpc_s_range_is_a_network(_: Any, given: Given) -> None:
    """Drop host bits, as AWS does."""
    try:
        given["cidr_block"] = str(IPv4Network(given["cidr_block"], strict=False))
    except ValueError:
        return  # moto raises the error.


@before(EC2Backend, "create_vpc")
def limit_vpcs_per_region(ec2: Any, _: Given) -> None:
    """Raise VpcLimitExceeded."""
    if len(ec2.vpcs) >= service_quotas.value(ec2, service_quotas.VPCS):
        raise refusal("VpcLimitExceeded", "The maximum number of VPCs has been reached.")


@around(EC2Backend, "create_vpc")
def a_vpc_is_pending_at_first(proceed: Any, _: Any, given: Given) -> Any:
    """The state is `pending` for the sandbox's share of AWS's usual time."""
    vpc = proceed(given)
    if wait := usual.creation("AWS::EC2::VPC"):
        vpc.state = "pending"
        waiting.later(wait, lambda: setattr(vpc, "state", "available"))
    return vpc


@around(EC2Backend, "delete_vpc")
def a_vpc_in_use_is_not_deleted(proceed: Any, ec2: Any, given: Given) -> Any:
    """Raise DependencyViolation while anything is left. The things that AWS created with the VPC are deleted with it.

    A living peering counts by assumption: AWS's console deletes it too, and the API's behaviour is undocumented.
    """
    vpc = ec2.get_vpc(given["vpc_id"])
    if list(_dependants(ec2, vpc.id)):
        raise dependency(f"The vpc '{vpc.id}' has dependencies and cannot be deleted.")
    for table in _tables(ec2, vpc.id):
        del ec2.route_tables[table.id]
    for acl in [acl for acl in ec2.network_acls.values() if acl.vpc_id == vpc.id and acl.default]:
        del ec2.network_acls[acl.id]
    ec2.groups.pop(vpc.id, None)
    return proceed(given)


def _dependants(ec2: Any, vpc_id: str) -> Any:
    yield from (gateway for gateway in ec2.internet_gateways.values() if gateway.vpc and gateway.vpc.id == vpc_id)
    yield from (gateway for gateway in ec2.egress_only_internet_gateways.values() if gateway.vpc_id == vpc_id)
    yield from (group for group in ec2.groups.get(vpc_id, {}).values() if not group.is_default)
    yield from (
        endpoint
        for endpoint in ec2.vpc_end_points.values()
        if endpoint.vpc_id == vpc_id and endpoint.state != "deleted"
    )
    yield from (table for table in _tables(ec2, vpc_id) if table.main_association_id is None)
    yield from (acl for acl in ec2.network_acls.values() if acl.vpc_id == vpc_id and not acl.default)
    yield from (subnet for subnet in ec2.describe_subnets() if subnet.vpc_id == vpc_id)
    yield from (
        peering
        for peering in ec2.vpc_pcxs.values()
        if vpc_id in (peering.vpc.id, peering.peer_vpc.id) and _lives(peering)
    )
    yield from interfaces.in_vpc(ec2, vpc_id)


def _tables(ec2: Any, vpc_id: str) -> list[Any]:
    return [table for table in ec2.route_tables.values() if table.vpc_id == vpc_id]


def _lives(peering: Any) -> bool:
    return peering._status.code in LIVING
