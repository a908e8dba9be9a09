"""Elastic addresses: public ones, and not released while something has them."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.moto_api._internal import mock_random

from sandbox.aws import service_quotas
from sandbox.aws.ec2.errors import refusal
from sandbox.aws.rules import Given, before


@before(EC2Backend, "allocate_address")
def it_is_a_public_address(_: Any, given: Given) -> None:
    """moto hands out loopback addresses, which no rule about public ones lets pass; nothing is ever sent to these."""
    if not given["address"]:
        parts = (mock_random.choice((3, 13, 18, 34, 52, 54)), *(mock_random.randint(1, 254) for _ in range(3)))
        given["address"] = ".".join(str(part) for part in parts)


@before(EC2Backend, "allocate_address")
def a_region_has_so_many(ec2: Any, _: Given) -> None:
    """AddressLimitExceeded."""
    if len(ec2.addresses) >= service_quotas.value(ec2, service_quotas.ADDRESSES):
        raise refusal("AddressLimitExceeded", "The maximum number of addresses has been reached.")


@before(EC2Backend, "release_address")
def it_is_free_when_it_is_released(ec2: Any, given: Given) -> None:
    """InvalidIPAddress.InUse while it is associated."""
    allocation, address = given["allocation_id"], given["address"]
    for one in ec2.addresses:
        named = one.allocation_id == allocation if allocation else one.public_ip == address
        if named and (one.association_id or one.eni or one.instance):
            raise refusal("InvalidIPAddress.InUse", f"Address {one.public_ip} is in use.")
