"""NAT gateways' rules: they need an internet gateway, and leave nothing behind."""

from __future__ import annotations

from functools import partial
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.nat_gateways import NatGateway

from sandbox.aws import usual, waiting
from sandbox.aws.ec2 import interfaces, internet_gateways
from sandbox.aws.ec2.errors import refusal
from sandbox.aws.rules import Given, around, attribute, before

attribute(NatGateway, "failure_code", None)
attribute(NatGateway, "failure_message", None)


@around(EC2Backend, "create_nat_gateway")
def a_nat_gateway_fails_without_an_internet_gateway(proceed: Any, ec2: Any, given: Given) -> Any:
    """A public gateway gets the state `failed` with the code Gateway.NotAttached, on AWS some seconds later."""
    subnet = ec2.get_subnet(given["subnet_id"])
    gateway = proceed(given)
    _give_address(gateway, subnet)
    gateway._eni.description = f"Interface for NAT Gateway {gateway.id}"
    gateway._eni.interface_type = "nat_gateway"
    gateway._eni.requester_managed, gateway._eni.status = True, "in-use"
    if given["connectivity_type"] != "private" and internet_gateways.of_vpc(ec2, subnet.vpc_id) is None:
        gateway.failure_code = "Gateway.NotAttached"
        gateway.failure_message = f"Network {subnet.vpc_id} has no Internet gateway attached"
        end(ec2, gateway, "failed")
    elif wait := usual.creation("AWS::EC2::NatGateway"):
        gateway.state = "pending"
        waiting.later(wait, partial(_start, gateway))
    return gateway


def _start(gateway: Any) -> None:
    if gateway.state == "pending":
        gateway.state = "available"


def _give_address(gateway: Any, subnet: Any) -> None:
    """Assign an address of the subnet. moto uses any of 10.0.0.0/8."""
    address = subnet.get_available_subnet_ip(instance=None)
    gateway.private_ip = gateway._eni.private_ip_address = gateway.address_set[0]["privateIp"] = address
    gateway._eni.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": address}]


@before(EC2Backend, "delete_nat_gateway")
def a_deleted_nat_gateway_exists(ec2: Any, given: Given) -> None:
    """Raise NatGatewayNotFound."""
    found = ec2.nat_gateways.get(given["nat_gateway_id"])
    if found is None or found.state in ("deleting", "deleted"):
        raise refusal("NatGatewayNotFound", f"The Nat Gateway {given['nat_gateway_id']} was not found")


@around(EC2Backend, "delete_nat_gateway")
def a_deleted_nat_gateway_releases_its_address_and_interface(proceed: Any, ec2: Any, given: Given) -> Any:
    """moto keeps both in use."""
    deleted = proceed(given)
    deleted.state = "deleting"
    waiting.later(usual.deletion("AWS::EC2::NatGateway"), partial(end, ec2, deleted, "deleted"))
    return deleted


def end(ec2: Any, gateway: Any, state: str) -> None:
    """End a gateway, and release its address and interface."""
    for address in ec2.addresses:
        if address.eni is gateway._eni:
            ec2.disassociate_address(address=address.public_ip)
    interfaces.remove(ec2, gateway._eni)
    gateway.state = state


@before(EC2Backend, "describe_nat_gateways")
def described_nat_gateways_exist(ec2: Any, given: Given) -> None:
    """Raise NatGatewayNotFound."""
    for gateway_id in given["nat_gateway_ids"] or []:
        if gateway_id not in ec2.nat_gateways:
            raise refusal("NatGatewayNotFound", f"The Nat Gateway {gateway_id} was not found")
