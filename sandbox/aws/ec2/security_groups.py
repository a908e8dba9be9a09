"""Security groups: a VPC's default one is its own, and none goes while something uses or names it."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroupRule

from sandbox.aws.ec2.errors import dependency, refusal
from sandbox.aws.rules import Given, around, attribute, before


@before(EC2Backend, "create_security_group")
def its_vpc_exists(ec2: Any, given: Given) -> None:
    """InvalidVpcID.NotFound; a VPC's default group is made with it."""
    if given["vpc_id"] and not given["is_default"]:
        ec2.get_vpc(given["vpc_id"])


@around(EC2Backend, "create_security_group")
def the_default_one_lets_its_members_talk(go_on: Any, ec2: Any, given: Given) -> Any:
    """Its ingress rule from itself; moto makes it without."""
    made = go_on(given)
    if given["is_default"]:
        source = {"GroupId": made.id, "UserId": ec2.account_id}
        made.ingress_rules.append(SecurityGroupRule(ec2, "-1", made.id, None, None, None, source, is_egress=False))
    return made


@before(EC2Backend, "delete_security_group")
def the_default_one_is_not_deleted(ec2: Any, given: Given) -> None:
    """CannotDelete."""
    group = _named(ec2, given)
    if group and group.is_default:
        raise refusal("CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user')


@before(EC2Backend, "delete_security_group")
def it_is_unused_when_it_is_deleted(ec2: Any, given: Given) -> None:
    """DependencyViolation while an interface or endpoint has it, or a rule of another group names it."""
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
    endpoints = (one for one in ec2.vpc_end_points.values() if one.state != "deleted")
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


# Two rules are one if they let through the same: neither a description nor an owner's number tells them apart.
attribute(SecurityGroupRule, "__eq__", _same)
