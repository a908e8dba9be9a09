"""Security groups' rules: a VPC has a default group, and no group in use is deleted."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroupRule

from sandbox.aws.ec2.errors import dependency, refusal
from sandbox.aws.rules import Given, around, attribute, before


@before(EC2Backend, "create_security_group")
def a_group_s_vpc_exists(ec2: Any, given: Given) -> None:
    """Raise InvalidVpcID.NotFound. A VPC's default group is created with it."""
    if given["vpc_id"] and not given["is_default"]:
        ec2.get_vpc(given["vpc_id"])


@around(EC2Backend, "create_security_group")
def the_default_group_admits_its_members(proceed: Any, ec2: Any, given: Given) -> Any:
    """The default group has an ingress rule from itself, which moto lacks."""
    group = proceed(given)
    if given["is_default"]:
        source = {"GroupId": group.id, "UserId": ec2.account_id}
        group.ingress_rules.append(SecurityGroupRule(ec2, "-1", group.id, None, None, None, source, is_egress=False))
    return group


@before(EC2Backend, "delete_security_group")
def the_default_group_is_not_deleted(ec2: Any, given: Given) -> None:
    """Raise CannotDelete."""
    group = _named(ec2, given)
    if group and group.is_default:
        raise refusal("CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user')


@before(EC2Backend, "delete_security_group")
def a_group_in_use_is_not_deleted(ec2: Any, given: Given) -> None:
    """Raise DependencyViolation while an interface, an endpoint or a rule of another group uses it."""
    group = _named(ec2, given)
    if group and (_used(ec2, group.id) or _referenced(ec2, group.id)):
        raise dependency(f"resource {group.id} has a dependent object")


def _named(ec2: Any, given: Given) -> Any | None:
    if given["group_id"]:
        return ec2.get_security_group_from_id(given["group_id"])
    return ec2.get_security_group_by_name_or_id(given["name"]) if given["name"] else None


def _used(ec2: Any, group_id: str) -> bool:
    if any(group_id == group.id for interface in ec2.enis.values() for group in interface.group_set or []):
        return True
    endpoints = (endpoint for endpoint in ec2.vpc_end_points.values() if endpoint.state != "deleted")
    return any(group_id in (endpoint.security_group_ids or []) for endpoint in endpoints)


def _referenced(ec2: Any, group_id: str) -> bool:
    others = (group for groups in ec2.groups.values() for group in groups.values() if group.id != group_id)
    rules = (rule for group in others for rule in [*group.ingress_rules, *group.egress_rules])
    return any(rule.source_group.get("GroupId") == group_id for rule in rules)


def _identity(rule: Any) -> tuple[Any, ...]:
    ports = () if rule.ip_protocol == "-1" else (rule.from_port, rule.to_port)
    source = rule.source_group.get("GroupId")
    return (
        rule.ip_protocol,
        *ports,
        rule.ip_range.get("CidrIp"),
        rule.ip_range.get("CidrIpv6"),
        source,
        rule.prefix_list_id,
    )


def _same(rule: Any, other: Any) -> bool:
    return _identity(rule) == _identity(other)


# Two rules are equal if they admit the same traffic, whatever their descriptions and the owner's number.
attribute(SecurityGroupRule, "__eq__", _same)
