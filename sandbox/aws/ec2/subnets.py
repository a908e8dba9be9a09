"""Subnets' rules: they are in a zone of their region, and none in use is deleted."""

from __future__ import annotations

import itertools
from ipaddress import IPv4Network
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.subnets import Subnet

from sandbox.aws.ec2 import interfaces
from sandbox.aws.ec2.errors import dependency, invalid, refusal
from sandbox.aws.rules import Given, around, before

_SIZES = range(16, 29)
"""The valid prefix lengths of a subnet (https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html)."""

_RESERVED = 4
"""The number of first addresses of a subnet that AWS reserves, beside the last one."""


@before(EC2Backend, "create_subnet")
def a_subnet_s_zone_is_in_its_region(ec2: Any, given: Given) -> None:
    """Raise InvalidParameterValue for another region's zone. Without a zone, AWS chooses one of the region."""
    zones = {zone.name: zone.zone_id for zone in ec2.describe_availability_zones()}
    if not given["availability_zone"] and not given["availability_zone_id"]:
        given["availability_zone"] = min(zones)
    for name, known in (("availability_zone", zones.keys()), ("availability_zone_id", zones.values())):
        if given[name] and given[name] not in known:
            parameter = "availabilityZone" if name == "availability_zone" else "availabilityZoneId"
            raise invalid(
                f"Value ({given[name]}) for parameter {parameter} is invalid. Subnets can currently only be created in "
                f"the following availability zones: {', '.join(sorted(zones))}."
            )


@before(EC2Backend, "create_subnet")
def a_subnet_s_range_is_a_network_of_an_allowed_size(_: Any, given: Given) -> None:
    """Raise InvalidSubnet.Range outside /16 to /28. Drop host bits, as AWS does."""
    if not given["cidr_block"]:
        return
    try:
        network = IPv4Network(given["cidr_block"], strict=False)
    except ValueError:
        return  # moto raises the error.
    if network.prefixlen not in _SIZES:
        raise refusal("InvalidSubnet.Range", f"The CIDR '{given['cidr_block']}' is invalid.")
    given["cidr_block"] = str(network)


@before(EC2Backend, "delete_subnet")
def a_subnet_in_use_is_not_deleted(ec2: Any, given: Given) -> None:
    """Raise DependencyViolation while an interface is in it, also of an instance, NAT gateway or control plane."""
    ec2.get_subnet(given["subnet_id"])
    if interfaces.in_subnet(ec2, given["subnet_id"]):
        raise dependency(f"The subnet '{given['subnet_id']}' has dependencies and cannot be deleted.")


@around(EC2Backend, "delete_subnet")
def a_subnet_s_route_table_association_is_deleted_with_it(proceed: Any, ec2: Any, given: Given) -> Any:
    """moto leaves it in the route table, which then can't be deleted."""
    result = proceed(given)
    for table in ec2.route_tables.values():
        for association in [id_ for id_, subnet in table._associations.items() if subnet == given["subnet_id"]]:
            del table._associations[association]
    return result


@around(Subnet, "get_available_subnet_ip")
def the_lowest_free_address_is_taken(_: Any, subnet: Any, given: Given) -> str:
    """AWS reserves five addresses of a subnet. moto assigns them, and reuses addresses in no order."""
    hosts = itertools.islice(subnet.cidr, _RESERVED, subnet.cidr.num_addresses - 1)
    taken = {interface.private_ip_address for interface in interfaces.in_subnet(subnet.ec2_backend, subnet.id)}
    for host in hosts:
        if str(host) not in subnet._subnet_ips and str(host) not in taken:
            subnet._subnet_ips[str(host)] = given["instance"]
            return str(host)
    raise refusal(
        "InsufficientFreeAddressesInSubnet",
        f"The subnet '{subnet.id}' has insufficient free addresses for this request.",
    )
