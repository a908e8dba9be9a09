"""Elastic addresses' rules: they are public, and none in use is released."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.moto_api._internal import mock_random

from sandbox.aws import service_quotas
from sandbox.aws.ec2.errors import refusal
from sandbox.aws.rules import Given, before


@before(EC2Backend, "allocate_address")
def an_address_is_public(_: Any, given: Given) -> None:
    """moto allocates loopback addresses, which rules for public addresses refuse. Nothing is ever sent to these."""
    if not given["address"]:
        parts = (mock_random.choice((3, 13, 18, 34, 52, 54)), *(mock_random.randint(1, 254) for _ in range(3)))
        given["address"] = ".".join(str(part) for part in parts)


@before(EC2Backend, "allocate_address")
def limit_addresses_per_region(ec2: Any, _: Given) -> None:
    """Raise AddressLimitExceeded."""
    if len(ec2.addresses) >= service_quotas.value(ec2, service_quotas.ADDRESSES):
        raise refusal("AddressLimitExceeded", "The maximum number of addresses has been reached.")


@before(EC2Backend, "release_address")
def an_address_in_use_is_not_released(ec2: Any, given: Given) -> None:
    """Raise InvalidIPAddress.InUse while it is associated."""
    allocation, address = given["allocation_id"], given["address"]
    for known in ec2.addresses:
        named = known.allocation_id == allocation if allocation else known.public_ip == address
        if named and (known.association_id or known.eni or known.instance):
            raise refusal("InvalidIPAddress.InUse", f"Address {known.public_ip} is in use.")
