"""NAT gateways: they need an internet gateway, and leave nothing behind."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.nat_gateways import NatGateway

from sandbox.aws.ec2 import interfaces, internet_gateways
from sandbox.aws.ec2.errors import refusal
from sandbox.aws.rules import Given, around, attribute, before

attribute(NatGateway, "failure_code", None)
attribute(NatGateway, "failure_message", None)


@around(EC2Backend, "create_nat_gateway")
def it_fails_where_there_is_no_internet_gateway(go_on: Any, ec2: Any, given: Given) -> Any:
    """A public one gets to `failed`, with the code Gateway.NotAttached, as on AWS some seconds later."""
    subnet = ec2.get_subnet(given["subnet_id"])
    made = go_on(given)
    _give_address(made, subnet)
    made._eni.description = f"Interface for NAT Gateway {made.id}"
    made._eni.interface_type = "nat_gateway"
    made._eni.requester_managed, made._eni.status = True, "in-use"
    if given["connectivity_type"] != "private" and internet_gateways.of_vpc(ec2, subnet.vpc_id) is None:
        made.failure_code = "Gateway.NotAttached"
        made.failure_message = f"Network {subnet.vpc_id} has no Internet gateway attached"
        end(ec2, made, "failed")
    return made


def _give_address(gateway: Any, subnet: Any) -> None:
    """An address of its subnet; moto takes any of 10.0.0.0/8."""
    address = subnet.get_available_subnet_ip(instance=None)
    gateway.private_ip = gateway._eni.private_ip_address = gateway.address_set[0]["privateIp"] = address
    gateway._eni.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": address}]


@before(EC2Backend, "delete_nat_gateway")
def it_exists_when_it_is_deleted(ec2: Any, given: Given) -> None:
    """NatGatewayNotFound."""
    found = ec2.nat_gateways.get(given["nat_gateway_id"])
    if found is None or found.state == "deleted":
        raise refusal("NatGatewayNotFound", f"The Nat Gateway {given['nat_gateway_id']} was not found")


@around(EC2Backend, "delete_nat_gateway")
def its_address_and_interface_are_free_once_it_is_deleted(go_on: Any, ec2: Any, given: Given) -> Any:
    """moto keeps both."""
    deleted = go_on(given)
    end(ec2, deleted, "deleted")
    return deleted


def end(ec2: Any, gateway: Any, state: str) -> None:
    """Let a gateway be gone, with its address and interface free."""
    for address in ec2.addresses:
        if address.eni is gateway._eni:
            ec2.disassociate_address(address=address.public_ip)
    interfaces.remove(ec2, gateway._eni)
    gateway.state = state


@before(EC2Backend, "describe_nat_gateways")
def those_named_exist(ec2: Any, given: Given) -> None:
    """NatGatewayNotFound."""
    for gateway_id in given["nat_gateway_ids"] or []:
        if gateway_id not in ec2.nat_gateways:
            raise refusal("NatGatewayNotFound", f"The Nat Gateway {gateway_id} was not found")
