"""Private zones' rules for their VPCs."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends
from moto.route53.exceptions import Route53ClientError
from moto.route53.models import HostedZoneIdentifier, Route53Backend

from sandbox.aws.rules import Given, around, before


@around(HostedZoneIdentifier, "generate")
def a_zone_s_id_begins_with_a_z(proceed: Any, _: Any, given: Given) -> str:
    """Programs distinguish ids from names by the Z. moto's ids begin with any character."""
    return f"Z{proceed(given)[1:]}"


@before(Route53Backend, "create_hosted_zone")
def a_private_zone_begins_with_a_vpc(route53: Any, given: Given) -> None:
    """Raise InvalidVPCId without an existing VPC, or ConflictingDomainExists."""
    if given["private_zone"]:
        _check(route53, given["name"], given["vpcid"], given["vpcregion"])


@before(Route53Backend, "associate_vpc_with_hosted_zone")
def a_vpc_has_one_private_zone_of_a_name(route53: Any, given: Given) -> None:
    """Raise InvalidVPCId for a missing VPC, or ConflictingDomainExists, also for the zone that it has."""
    zone = route53.get_hosted_zone(given["zone_id"])
    if zone.private_zone:
        _check(route53, zone.name, given["vpcid"], given["vpcregion"])


@before(Route53Backend, "disassociate_vpc_from_hosted_zone")
def only_an_associated_vpc_is_disassociated(route53: Any, given: Given) -> None:
    """VPCAssociationNotFound."""
    zone = route53.get_hosted_zone(given["zone_id"])
    if given["vpcid"] not in {vpc.get("vpc_id") for vpc in zone.vpcs}:
        raise Route53ClientError(
            "VPCAssociationNotFound",
            f"The VPC {given['vpcid']} and hosted zone {zone.resource_id} that you specified are not associated.",
        )


def _check(route53: Any, name: str, vpc: str | None, region: str | None) -> None:
    if not vpc or not region or vpc not in ec2_backends[route53.account_id][region].vpcs:
        raise Route53ClientError("InvalidVPCId", f"The VPC: {vpc} in region {region} that you provided does not exist")
    for zone in route53.zones.values():
        if zone.private_zone and zone.name == name and vpc in {other.get("vpc_id") for other in zone.vpcs}:
            raise Route53ClientError(
                "ConflictingDomainExists",
                f"The VPC that you chose, {vpc} in region {region}, is already associated with another private hosted "
                f"zone that has an overlapping name space, {name}.",
            )
