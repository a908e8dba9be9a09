"""VPCs: nothing of them may be left when they are deleted, save what came with them."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from moto.ec2.models import EC2Backend

from sandbox.aws import service_quotas, usual, waiting
from sandbox.aws.ec2 import interfaces
from sandbox.aws.ec2.errors import dependency, refusal
from sandbox.aws.rules import Given, around, before

LIVING = ("initiating-request", "pending-acceptance", "provisioning", "active")
"""The states of a peering that is there."""


@before(EC2Backend, "create_vpc")
def its_range_is_a_network(_: Any, given: Given) -> None:
    """Host bits are dropped, as AWS does."""
    try:
        given["cidr_block"] = str(IPv4Network(given["cidr_block"], strict=False))
    except ValueError:
        return  # moto says what is wrong with it


@before(EC2Backend, "create_vpc")
def a_region_has_so_many(ec2: Any, _: Given) -> None:
    """VpcLimitExceeded."""
    if len(ec2.vpcs) >= service_quotas.value(ec2, service_quotas.VPCS):
        raise refusal("VpcLimitExceeded", "The maximum number of VPCs has been reached.")


@around(EC2Backend, "create_vpc")
def it_is_pending_at_first(go_on: Any, _: Any, given: Given) -> Any:
    """For as long as AWS usually takes, if the sandbox waits so long."""
    made = go_on(given)
    if wait := usual.creation("AWS::EC2::VPC"):
        made.state = "pending"
        waiting.later(wait, lambda: setattr(made, "state", "available"))
    return made


@around(EC2Backend, "delete_vpc")
def it_is_empty_when_it_is_deleted(go_on: Any, ec2: Any, given: Given) -> Any:
    """DependencyViolation while anything is left; what AWS made with the VPC goes with it.

    That a living peering counts is an assumption: AWS's console deletes it along, for its API nothing is documented.
    """
    vpc = ec2.get_vpc(given["vpc_id"])
    if list(_dependants(ec2, vpc.id)):
        raise dependency(f"The vpc '{vpc.id}' has dependencies and cannot be deleted.")
    for table in _tables(ec2, vpc.id):
        del ec2.route_tables[table.id]
    for acl in [acl for acl in ec2.network_acls.values() if acl.vpc_id == vpc.id and acl.default]:
        del ec2.network_acls[acl.id]
    ec2.groups.pop(vpc.id, None)
    return go_on(given)


def _dependants(ec2: Any, vpc_id: str) -> Any:
    yield from (gateway for gateway in ec2.internet_gateways.values() if gateway.vpc and gateway.vpc.id == vpc_id)
    yield from (gateway for gateway in ec2.egress_only_internet_gateways.values() if gateway.vpc_id == vpc_id)
    yield from (group for group in ec2.groups.get(vpc_id, {}).values() if not group.is_default)
    yield from (one for one in ec2.vpc_end_points.values() if one.vpc_id == vpc_id and one.state != "deleted")
    yield from (table for table in _tables(ec2, vpc_id) if table.main_association_id is None)
    yield from (acl for acl in ec2.network_acls.values() if acl.vpc_id == vpc_id and not acl.default)
    yield from (subnet for subnet in ec2.describe_subnets() if subnet.vpc_id == vpc_id)
    yield from (one for one in ec2.vpc_pcxs.values() if vpc_id in (one.vpc.id, one.peer_vpc.id) and _lives(one))
    yield from interfaces.in_vpc(ec2, vpc_id)


def _tables(ec2: Any, vpc_id: str) -> list[Any]:
    return [table for table in ec2.route_tables.values() if table.vpc_id == vpc_id]


def _lives(peering: Any) -> bool:
    return peering._status.code in LIVING
