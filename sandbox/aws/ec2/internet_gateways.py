"""Internet gateways' rules: a VPC has one, which stays attached while public addresses need it."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend

from sandbox.aws import service_quotas
from sandbox.aws.ec2 import interfaces
from sandbox.aws.ec2.errors import dependency, invalid, refusal
from sandbox.aws.rules import Given, before


def of_vpc(ec2: Any, vpc_id: str) -> Any | None:
    """The VPC's gateway; None if it has none."""
    gateways = ec2.internet_gateways.values()
    return next((gateway for gateway in gateways if gateway.vpc and gateway.vpc.id == vpc_id), None)


@before(EC2Backend, "create_internet_gateway")
def limit_internet_gateways_per_region(ec2: Any, _: Given) -> None:
    """Raise InternetGatewayLimitExceeded."""
    if len(ec2.internet_gateways) >= service_quotas.value(ec2, service_quotas.GATEWAYS):
        raise refusal("InternetGatewayLimitExceeded", "The maximum number of internet gateways has been reached.")


@before(EC2Backend, "attach_internet_gateway")
def a_vpc_has_one_gateway(ec2: Any, given: Given) -> None:
    """Raise InvalidParameterValue for a second gateway."""
    ec2.get_vpc(given["vpc_id"])
    other = of_vpc(ec2, given["vpc_id"])
    if other and other.id != given["internet_gateway_id"]:
        raise invalid(f"Network {given['vpc_id']} already has an internet gateway attached")


@before(EC2Backend, "detach_internet_gateway")
def a_gateway_of_public_addresses_is_not_detached(ec2: Any, given: Given) -> None:
    """Raise DependencyViolation while an interface of the VPC has a public address."""
    if any(interface.public_ip for interface in interfaces.in_vpc(ec2, given["vpc_id"])):
        raise dependency(
            f"Network {given['vpc_id']} has some mapped public address(es). Please unmap those public address(es) "
            "before detaching the gateway."
        )
