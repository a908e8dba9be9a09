"""aws:ec2 SecurityGroup and DefaultSecurityGroup."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sandbox.plugins.aws.ec2 import Ec2Resource, tags_of, where
from sandbox.plugins.aws.holders import GROUP, delete, lingering
from sandbox.plugins.aws.names import Names
from sandbox.plugins.aws.resource import Api, found, only
from sandbox.plugins.aws.table import Calls, Plain, Row
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.values import Properties

_GROUP_GONE = ("InvalidGroup.NotFound", "InvalidGroupId.NotFound")


class _Group(Plain, Ec2Resource):
    """The base of both kinds of group."""

    row = Row(
        service="ec2",
        calls=Calls(create="CreateSecurityGroup", read="DescribeSecurityGroups"),
        id="GroupId",
        item="SecurityGroups.0",
        missing=_GROUP_GONE,
        spelled={"name": "GroupName"},
        outputs=("arn", "description", "name", "namePrefix", "ownerId", "vpcId"),
        noun="security-group",
    )
    unread = ("revokeRulesOnDelete",)
    defaults = {"revokeRulesOnDelete": False}

    def outputs(self, api: Api, item: Mapping[str, Any], known: Properties) -> Properties:
        """Add all rules that somebody made."""
        return super().outputs(api, item, known) | {
            "egress": [_inline(permission) for permission in item["IpPermissionsEgress"]],
            "ingress": [_inline(permission) for permission in item["IpPermissions"]],
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Do nothing, because only tags of a group change."""


class SecurityGroup(_Group):
    """A group without rules (AWS's own rule to everywhere is taken away): rules are resources of their own."""

    kind = "aws:ec2/securityGroup:SecurityGroup"
    knows = ("name", "description", "vpcId")
    defaults = {**_Group.defaults, "description": "Managed by Pulumi"}
    named = "name"
    names = Names(never="sg-", prefix=229)
    replace_on = ("name", "description", "vpcId")
    computed = ("vpcId",)

    def make(self, api: Api) -> str:
        """Create it, and revoke the rule to everywhere."""
        id = super().make(api)
        self.complete(api)
        return id

    def complete(self, api: Api) -> None:
        """Revoke AWS's rules to everywhere: no rule of anybody else's can be there yet."""
        api.wait(f"security group {api.id} to be visible", lambda: self.look(api, {}), 300)
        for ranges in ({"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}):
            everywhere = {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0, **ranges}
            found(
                lambda rule=everywhere: api.ec2("RevokeSecurityGroupEgress", GroupId=api.id, IpPermissions=[rule]),
                "InvalidPermission.NotFound",
                "InvalidParameterValue",
            )

    def remove(self, api: Api) -> None:
        """Delete it once nothing uses it."""
        lingering(api, "group-id")
        if api.state.get("revokeRulesOnDelete"):
            _revoke_all(api)
        delete(api, GROUP, "DeleteSecurityGroup", _GROUP_GONE, GroupId=api.id)
        api.wait(f"security group {api.id} to be gone", lambda: self.look(api, {}) is None, 300)


class DefaultSecurityGroup(_Group):
    """A VPC's own default group, taken over and emptied; it stays when the resource goes.

    Empty lists of rules keep it empty: without them the official provider leaves the rules that somebody adds later.
    """

    kind = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    knows = ("vpcId", "ingress", "egress")
    replace_on = ("vpcId",)
    computed = knows

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """No inline rules."""
        for name in ("ingress", "egress"):
            if inputs.get(name):
                yield Problem(name, "this stand-in for AWS has no inline rules, only an empty list of them")

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
        if old != api.tags:
            self.retag(api, sorted(old.keys() - api.tags.keys()), api.tags)
        _revoke_all(api)
        return id

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Take the rules away that somebody added."""
        _revoke_all(api, {direction for direction in ("ingress", "egress") if direction in changed})

    def remove(self, api: Api) -> None:
        """AWS deletes it with its VPC, and not before."""


def _revoke_all(api: Api, directions: Collection[str] = ("ingress", "egress")) -> None:
    """Revoke each rule by its id, as the official provider does."""
    response = api.ec2("DescribeSecurityGroupRules", Filters=where(group_id=api.id))
    for rule in response["SecurityGroupRules"]:
        direction = "egress" if rule["IsEgress"] else "ingress"
        if direction in directions:
            found(
                lambda rule=rule, direction=direction: api.ec2(
                    f"RevokeSecurityGroup{direction.title()}",
                    GroupId=api.id,
                    SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]],
                ),
                "InvalidSecurityGroupRuleId.NotFound",
                *_GROUP_GONE,
            )


def _inline(permission: dict[str, Any]) -> Properties:
    """A rule of a group's in the form of the inline ones."""
    kinds = (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"), ("PrefixListIds", "PrefixListId"))
    ranges, ranges6, lists = ([entry[key] for entry in permission.get(kind, [])] for kind, key in kinds)
    groups = [pair["GroupId"] for pair in permission.get("UserIdGroupPairs", [])]
    about = (entry.get("Description") for kind, _ in kinds for entry in permission.get(kind, []))
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
