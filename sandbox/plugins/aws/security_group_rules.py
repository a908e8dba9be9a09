"""aws:vpc SecurityGroupIngressRule and SecurityGroupEgressRule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.plugins.aws.ec2 import Ec2Resource, tags_of
from sandbox.plugins.aws.resource import Api, found, only
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.diff import Diff
from sandbox.plugins.provider.resource import Call
from sandbox.plugins.provider.values import Properties

_GROUP_GONE = ("InvalidGroup.NotFound", "InvalidGroupId.NotFound")
_RULE_GONE = "InvalidSecurityGroupRuleId.NotFound"
_PEERS = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")


class _Rule(Ec2Resource):
    """A rule of a group."""

    direction: str
    """`Ingress` or `Egress`."""
    knows = (
        "securityGroupId",
        "ipProtocol",
        "fromPort",
        "toPort",
        "cidrIpv4",
        "cidrIpv6",
        "prefixListId",
        "referencedSecurityGroupId",
        "description",
    )
    replace_on = ("securityGroupId",)
    cidrs = ("cidrIpv4", "cidrIpv6")
    owned = ("description",)

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """Yield anything but one peer, and ports of a rule for all protocols."""
        if len(given := [name for name in _PEERS if name in inputs]) != 1:
            yield Problem(given[-1] if given else _PEERS[0], f"a rule has one of {', '.join(_PEERS)}")
        if inputs.get("ipProtocol") == "-1":
            for name in ("fromPort", "toPort"):
                if name in inputs:
                    yield Problem(name, "has no meaning with ipProtocol -1; leave it out")

    def make(self, api: Api) -> str:
        """Add it, and tag it by a call of its own."""
        made = api.ec2(
            f"AuthorizeSecurityGroup{self.direction}",
            GroupId=api.get("securityGroupId"),
            IpPermissions=[_permission(api)],
        )
        id = api.created(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])
        self.retag(api, [], api.tags)
        return id

    def diff(self, call: Call[Any]) -> Diff:
        """A rule cannot change the kind of its peer."""
        found = super().diff(call)
        kinds = {name for name in _PEERS if found.changes.get(name) in ("add", "delete")}
        return Diff(
            changes=found.changes,
            replaces=found.replaces | kinds,
            delete_before_replace=found.delete_before_replace,
        )

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The rule."""
        rule = self._rule(api)
        if rule is None:
            return None
        every = rule["IpProtocol"] == "-1"
        return {
            "arn": rule.get("SecurityGroupRuleArn") or api.arn("ec2", f"security-group-rule/{api.id}"),
            "cidrIpv4": rule.get("CidrIpv4"),
            "cidrIpv6": rule.get("CidrIpv6"),
            "description": rule.get("Description") or None,
            "fromPort": None if every else rule.get("FromPort"),
            "ipProtocol": rule["IpProtocol"],
            "prefixListId": rule.get("PrefixListId"),
            "referencedSecurityGroupId": rule.get("ReferencedGroupInfo", {}).get("GroupId"),
            "securityGroupId": rule["GroupId"],
            "securityGroupRuleId": api.id,
            "toPort": None if every else rule.get("ToPort"),
            "tagsAll": tags_of(rule),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Modify the rule under its id."""
        rule = {
            "IpProtocol": api.get("ipProtocol"),
            "FromPort": api.inputs.get("fromPort", -1),
            "ToPort": api.inputs.get("toPort", -1),
            "Description": api.get("description"),
            "CidrIpv4": api.get("cidrIpv4"),
            "CidrIpv6": api.get("cidrIpv6"),
            "PrefixListId": api.get("prefixListId"),
            "ReferencedGroupId": api.get("referencedSecurityGroupId"),
        }
        rule = {name: value for name, value in rule.items() if value is not None}
        api.ec2(
            "ModifySecurityGroupRules",
            GroupId=api.get("securityGroupId"),
            SecurityGroupRules=[{"SecurityGroupRuleId": api.id, "SecurityGroupRule": rule}],
        )

    def remove(self, api: Api) -> None:
        """Revoke it."""
        found(
            lambda: api.ec2(
                f"RevokeSecurityGroup{self.direction}",
                GroupId=api.state["securityGroupId"],
                SecurityGroupRuleIds=[api.id],
            ),
            _RULE_GONE,
            "InvalidPermission.NotFound",
            *_GROUP_GONE,
        )

    def _rule(self, api: Api) -> dict[str, Any] | None:
        answer = found(
            lambda: api.ec2("DescribeSecurityGroupRules", SecurityGroupRuleIds=[api.id]), _RULE_GONE, *_GROUP_GONE
        )
        return only(answer["SecurityGroupRules"]) if answer else None


class SecurityGroupIngressRule(_Rule):
    """A rule for what may come in."""

    kind = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    direction = "Ingress"


class SecurityGroupEgressRule(_Rule):
    """A rule for what may go out."""

    kind = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    direction = "Egress"


def _permission(api: Api) -> dict[str, Any]:
    """A rule in the form that Authorize takes."""
    about = {"Description": api.get("description")} if api.get("description") else {}
    permission: dict[str, Any] = {"IpProtocol": api.get("ipProtocol")}
    for name, key in (("fromPort", "FromPort"), ("toPort", "ToPort")):
        if api.get(name) is not None:
            permission[key] = api.get(name)
    if value := api.get("cidrIpv4"):
        permission["IpRanges"] = [{"CidrIp": value, **about}]
    elif value := api.get("cidrIpv6"):
        permission["Ipv6Ranges"] = [{"CidrIpv6": value, **about}]
    elif value := api.get("prefixListId"):
        permission["PrefixListIds"] = [{"PrefixListId": value, **about}]
    elif value := api.get("referencedSecurityGroupId"):
        owner, _, group = value.rpartition("/")
        permission["UserIdGroupPairs"] = [{"GroupId": group, **({"UserId": owner} if owner else {}), **about}]
    return permission
