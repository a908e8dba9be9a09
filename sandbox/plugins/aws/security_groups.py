"""aws:ec2 SecurityGroup and DefaultSecurityGroup, aws:vpc SecurityGroupIngressRule and SecurityGroupEgressRule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.plugins.aws.ec2 import Ec2Resource, tags_of, where
from sandbox.plugins.aws.resource import Api, found, only
from sandbox.plugins.aws.session import AwsError
from sandbox.plugins.aws.tags import specification
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.values import Properties

_GROUP_GONE = ("InvalidGroup.NotFound", "InvalidGroupId.NotFound")
_RULE_GONE = "InvalidSecurityGroupRuleId.NotFound"


class _Group(Ec2Resource):
    """What both kinds of group have in common."""

    unread = ("revokeRulesOnDelete",)
    defaults = {"revokeRulesOnDelete": False}

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The group, with all rules that somebody made."""
        group = _group(api)
        if group is None:
            return None
        return {
            "arn": group.get("SecurityGroupArn") or api.arn("ec2", f"security-group/{api.id}"),
            "description": group["Description"],
            "egress": [_inline(permission) for permission in group["IpPermissionsEgress"]],
            "ingress": [_inline(permission) for permission in group["IpPermissions"]],
            "name": group["GroupName"],
            "namePrefix": "",
            "ownerId": group.get("OwnerId", api.aws.account),
            "vpcId": group.get("VpcId", ""),
            "tagsAll": tags_of(group),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Nothing of a group changes but its tags."""


class SecurityGroup(_Group):
    """A group without rules (AWS's own rule to everywhere is taken away): rules are resources of their own."""

    kind = "aws:ec2/securityGroup:SecurityGroup"
    knows = ("name", "description", "vpcId")
    defaults = {**_Group.defaults, "description": "Managed by Pulumi"}
    named = "name"
    replace_on = ("name", "description", "vpcId")

    def make(self, api: Api) -> str:
        """Create it, and revoke the rule to everywhere."""
        made = api.ec2(
            "CreateSecurityGroup",
            GroupName=api.get("name"),
            Description=api.get("description"),
            VpcId=api.get("vpcId"),
            TagSpecifications=specification("security-group", api.tags),
        )
        id = api.created(made["GroupId"])
        self.complete(api)
        return id

    def complete(self, api: Api) -> None:
        """Revoke AWS's rule to everywhere: no rule of anybody else's can be there yet."""
        group = api.wait(f"security group {api.id} to be visible", lambda: _group(api), 300)
        _revoke(api, ingress=[], egress=group["IpPermissionsEgress"])

    def remove(self, api: Api) -> None:
        """Delete it once nothing uses it."""
        group = _group(api)
        if group and api.state.get("revokeRulesOnDelete"):
            _revoke(api, group["IpPermissions"], group["IpPermissionsEgress"])
        api.retry(
            lambda: found(lambda: api.ec2("DeleteSecurityGroup", GroupId=api.id), *_GROUP_GONE),
            ["DependencyViolation", "InvalidGroup.InUse"],
        )
        api.wait(f"security group {api.id} to be gone", lambda: _group(api) is None, 300)

    def find(self, api: Api) -> Iterator[str]:
        """By its VPC and name, which no two share."""
        filters = where(group_name=api.inputs["name"])
        if vpc := api.get("vpcId"):
            filters += where(vpc_id=vpc)
        for group in api.ec2("DescribeSecurityGroups", Filters=filters)["SecurityGroups"]:
            yield group["GroupId"]


class DefaultSecurityGroup(_Group):
    """A VPC's own default group, taken over and emptied; it stays when the resource goes. Inline rules are refused.

    Both lists of rules are Optional and Computed in the official provider, and attributes rather than blocks: a list
    that is left out keeps what is there, and an empty one revokes it (terraform-provider-aws,
    internal/service/ec2/vpc_default_security_group.go and vpc_security_group.go).
    """

    kind = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    knows = ("vpcId", "ingress", "egress")
    replace_on = ("vpcId",)

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """Only empty lists of rules are implemented."""
        for name in ("ingress", "egress"):
            if inputs.get(name):
                yield Problem(name, f"this stand-in for AWS has not got the input {name!r} of {self.kind} but empty")

    def make(self, api: Api) -> str:
        """Find it, tag it, revoke its rules."""
        filters = where(group_name="default")
        if vpc := api.get("vpcId"):
            filters += where(vpc_id=vpc)
        group = api.wait(
            f"the default security group of {api.get('vpcId') or 'the default VPC'}",
            lambda: only(api.ec2("DescribeSecurityGroups", Filters=filters)["SecurityGroups"]),
            60,
        )
        id = api.created(group["GroupId"])
        old = tags_of(group)
        self.retag(api, sorted(old.keys() - api.tags.keys()), api.tags)
        _revoke(api, group["IpPermissions"], group["IpPermissionsEgress"])
        return id

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Revoke the rules that somebody added."""
        group = _group(api)
        if group is not None:
            _revoke(
                api,
                group["IpPermissions"] if "ingress" in changed else [],
                group["IpPermissionsEgress"] if "egress" in changed else [],
            )

    def remove(self, api: Api) -> None:
        """AWS deletes it with its VPC, and not before."""

    def find(self, api: Api) -> Iterator[str]:
        """By its VPC; taking it over again is harmless, so none is looked for."""
        yield from ()


class _Rule(Ec2Resource):
    """One rule of a group."""

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
        """One peer; no ports where the protocol is every one."""
        peers = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
        if len(given := [name for name in peers if name in inputs]) != 1:
            yield Problem(given[-1] if given else peers[0], f"a rule has one of {', '.join(peers)}")
        if inputs.get("ipProtocol") == "-1":
            for name in ("fromPort", "toPort"):
                if name in inputs:
                    yield Problem(name, "has no meaning with ipProtocol -1; leave it out")

    def make(self, api: Api) -> str:
        """Add it."""
        made = api.ec2(
            f"AuthorizeSecurityGroup{self.direction}",
            GroupId=api.get("securityGroupId"),
            IpPermissions=[_permission(api)],
            TagSpecifications=specification("security-group-rule", api.tags),
        )
        return api.created(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])

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

    def find(self, api: Api) -> Iterator[str]:
        """By what it admits, which no two rules of a group share."""
        filters = where(group_id=api.inputs["securityGroupId"])
        wanted = {name: value for name, value in _peer(api).items() if value is not None}
        for rule in api.ec2("DescribeSecurityGroupRules", Filters=filters)["SecurityGroupRules"]:
            flat = rule | {"ReferencedGroupId": rule.get("ReferencedGroupInfo", {}).get("GroupId")}
            if rule["IsEgress"] == (self.direction == "Egress") and wanted.items() <= flat.items():
                yield rule["SecurityGroupRuleId"]

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


def _group(api: Api) -> dict[str, Any] | None:
    answer = found(lambda: api.ec2("DescribeSecurityGroups", GroupIds=[api.id]), *_GROUP_GONE)
    return only(answer["SecurityGroups"]) if answer else None


def _revoke(api: Api, ingress: list[Any], egress: list[Any]) -> None:
    for direction, permissions in (("Ingress", ingress), ("Egress", egress)):
        if permissions:
            try:
                api.ec2(f"RevokeSecurityGroup{direction}", GroupId=api.id, IpPermissions=permissions)
            except AwsError as error:
                if error.code != "InvalidPermission.NotFound":
                    raise


def _peer(api: Api) -> dict[str, Any]:
    return {
        "IpProtocol": api.get("ipProtocol"),
        "FromPort": api.get("fromPort"),
        "ToPort": api.get("toPort"),
        "CidrIpv4": api.get("cidrIpv4"),
        "CidrIpv6": api.get("cidrIpv6"),
        "PrefixListId": api.get("prefixListId"),
        "ReferencedGroupId": api.get("referencedSecurityGroupId"),
    }


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


def _inline(permission: dict[str, Any]) -> Properties:
    """A rule of a group's in the form of the inline ones."""
    kinds = (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"), ("PrefixListIds", "PrefixListId"))
    ranges, ranges6, lists = ([one[key] for one in permission.get(kind, [])] for kind, key in kinds)
    groups = [pair["GroupId"] for pair in permission.get("UserIdGroupPairs", [])]
    about = (one.get("Description") for kind, _ in kinds for one in permission.get(kind, []))
    return {
        "cidrBlocks": ranges,
        "description": next((text for text in about if text), ""),
        "fromPort": permission.get("FromPort", 0),
        "ipv6CidrBlocks": ranges6,
        "prefixListIds": lists,
        "protocol": permission["IpProtocol"],
        "securityGroups": groups,
        "self": False,
        "toPort": permission.get("ToPort", 0),
    }
