"""Load balancers' interfaces, which moto lacks. They keep subnets, security groups and the internet gateway in use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.utils import random_public_ip
from moto.elb.models import ELBBackend
from moto.elbv2.models import ELBv2Backend

from sandbox.aws import clock, seeded_random, waiting
from sandbox.aws.ec2 import interfaces
from sandbox.aws.route53 import alias
from sandbox.aws.rules import Given, around

LINGER = timedelta(seconds=1)
"""The time that a load balancer's interfaces stay after its deletion; on AWS some minutes.

https://docs.aws.amazon.com/eks/latest/userguide/delete-cluster.html tells people to wait for it.
"""

REQUESTER = "amazon-elb"
"""The requester of the interfaces."""


@around(ELBBackend, "create_load_balancer")
def a_classic_balancer_has_an_interface_in_each_subnet(proceed: Any, elb: Any, given: Given) -> Any:
    """The interfaces' description is `ELB NAME`. They are public unless the load balancer is internal."""
    balancer = proceed(given)
    balancer.created_time = clock.now()  # moto uses another clock for this
    balancer.dns_name = _name(elb.region_name, balancer)
    balancer.canonical_hosted_zone_name_id = alias.CLASSIC.get(elb.region_name)
    _attach(elb, f"ELB {balancer.name}", balancer.subnets, balancer.security_groups, balancer.scheme)
    return balancer


@around(ELBv2Backend, "create_load_balancer")
def a_newer_balancer_has_an_interface_in_each_subnet(proceed: Any, elb: Any, given: Given) -> Any:
    """The description is `ELB app/NAME/ID` or `ELB net/NAME/ID`, the ARN's end. moto has one form of name."""
    balancer = proceed(given)
    zones = alias.NETWORK if balancer.type == "network" else alias.CLASSIC
    balancer.canonical_hosted_zone_id = zones.get(elb.region_name)
    balancer.dns_name = _name(elb.region_name, balancer)
    subnets = [subnet.id for subnet in balancer.subnets]
    _attach(elb, _described(balancer.arn), subnets, balancer.security_groups or [], balancer.scheme)
    return balancer


@around(ELBBackend, "delete_load_balancer")
def a_classic_balancer_s_interfaces_are_deleted_later(proceed: Any, elb: Any, given: Given) -> Any:
    """The interfaces still use subnets and security groups after the call."""
    _release(elb, f"ELB {given['load_balancer_name']}")
    return proceed(given)


@around(ELBv2Backend, "delete_load_balancer")
def a_newer_balancer_s_interfaces_are_deleted_later(proceed: Any, elb: Any, given: Given) -> Any:
    """The interfaces still use subnets and security groups after the call."""
    _release(elb, _described(given["arn"]))
    return proceed(given)


def _name(region: str, balancer: Any) -> str:
    """The DNS name: network load balancers have the id of their ARN in it, and AWS's label for them elsewhere."""
    if getattr(balancer, "type", "classic") == "network":
        return f"{balancer.name}-{balancer.arn.rpartition('/')[2]}.elb.{region}.amazonaws.com"
    name = f"{'internal-' if balancer.scheme == 'internal' else ''}{balancer.name}"
    return f"{name}-{seeded_random.letters(10, '0123456789')}.{region}.elb.amazonaws.com"


def _described(arn: str) -> str:
    return f"ELB {arn.partition(':loadbalancer/')[2]}"


def _attach(elb: Any, description: str, subnets: Sequence[str], groups: Sequence[str], scheme: str) -> None:
    ec2: Any = ec2_backends[elb.account_id][elb.region_name]
    for subnet in map(ec2.get_subnet, subnets):
        address = subnet.get_available_subnet_ip(instance=None)
        interface = ec2.create_network_interface(subnet, address, group_ids=list(groups), description=description)
        interface.requester_managed, interface.requester_id, interface.status = True, REQUESTER, "in-use"
        if scheme == "internet-facing":
            interface.public_ip = random_public_ip()


def _release(elb: Any, description: str) -> None:
    ec2: Any = ec2_backends[elb.account_id][elb.region_name]
    for interface in ec2.enis.values():
        if interface.description == description:
            waiting.later(LINGER, partial(interfaces.remove, ec2, interface))
