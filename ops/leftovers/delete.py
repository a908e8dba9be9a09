"""Delete what is left in AWS, in the order that AWS's own dependencies ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ops.aws import AwsError, Call
from ops.leftovers.clusters import Cluster
from ops.leftovers.find import Kind, Leftover, ours, tags_of
from ops.leftovers.waiting import Patience, Say

IN_USE = {
    "DependencyViolation",
    "InvalidGroup.InUse",
    "InvalidParameterValue",
    "ResourceInUse",
    "VolumeInUse",
}
"""Errors that pass once something else has let go. A network interface in use answers InvalidParameterValue."""

CALLS: dict[Kind, tuple[str, str, str]] = {
    Kind.CLASSIC: ("elb", "delete-load-balancer", "LoadBalancerName"),
    Kind.BALANCER: ("elbv2", "delete-load-balancer", "LoadBalancerArn"),
    Kind.TARGETS: ("elbv2", "delete-target-group", "TargetGroupArn"),
    Kind.GROUP: ("ec2", "delete-security-group", "GroupId"),
    Kind.INTERFACE: ("ec2", "delete-network-interface", "NetworkInterfaceId"),
    Kind.VOLUME: ("ec2", "delete-volume", "VolumeId"),
    Kind.SNAPSHOT: ("ec2", "delete-snapshot", "SnapshotId"),
    Kind.LOGS: ("logs", "delete-log-group", "logGroupName"),
}
"""The call that deletes a thing: service, operation, and the parameter that names it."""

RULES = ("FromPort", "IpProtocol", "ToPort")
"""What a rule of a security group says beside its source, as RevokeSecurityGroupIngress wants it again."""


def delete(call: Call, cluster: Cluster, left: Iterable[Leftover], patience: Patience, say: Say) -> dict[str, str]:
    """Delete what a cluster has left; return why something is still there, by its id.

    Load balancers go first, and their interfaces minutes later. Until then AWS refuses to delete security groups.
    """
    left = list(left)
    why: dict[str, str] = {}
    for kind in Kind:
        some = [one for one in left if one.kind is kind]
        if kind is Kind.GROUP:
            for one in some:
                _revoke(call, cluster, one, {each.id for each in some})
        for one in some:
            if one.owned:
                say(f"{one.cluster}: deleting {kind.value} {one.id}" + (f" of {one.origin}" if one.origin else ""))
                if reason := _delete(call, one, patience):
                    why[one.id] = reason
        waited = [one.id for one in some if not one.owned]
        if waited and not _released(call, cluster, waited, patience, say):
            why |= dict.fromkeys(waited, "AWS has not let go of it; it goes with what it was made for")
    return why


def _delete(call: Call, one: Leftover, patience: Patience) -> str:
    """Delete one thing, again while something uses it; return why it can't be deleted, or nothing."""
    service, operation, parameter = CALLS[one.kind]
    reason = ""

    def done() -> bool:
        nonlocal reason
        try:
            call(service, operation, one.region, **{parameter: one.id})
        except AwsError as error:
            reason = "" if error.gone else str(error)
            return error.code not in IN_USE
        reason = ""
        return True

    patience.until(done)
    return reason


def _released(call: Call, cluster: Cluster, ids: Sequence[str], patience: Patience, say: Say) -> bool:
    """Wait until the interfaces that AWS manages are gone."""
    say(f"{cluster.name}: waiting for {len(ids)} network interfaces to go")
    filters = [{"Name": "network-interface-id", "Values": [*ids]}]

    def done() -> bool:
        told = call("ec2", "describe-network-interfaces", cluster.region, Filters=filters)
        return not told["NetworkInterfaces"]

    return patience.until(done)


def _revoke(call: Call, cluster: Cluster, group: Leftover, going: set[str]) -> None:
    """Take out the rules that name a group: the load balancers' controllers add them to the cluster's own groups."""
    for direction, permissions in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
        name = "ip-permission.group-id" if direction == "ingress" else "egress.ip-permission.group-id"
        filters = [{"Name": name, "Values": [group.id]}]
        told = call("ec2", "describe-security-groups", cluster.region, Filters=filters)["SecurityGroups"]
        for other in told:
            id = other["GroupId"]
            if id == group.id or not (id in going or id == cluster.group or ours(tags_of(other), cluster)):
                continue
            rules = [rule for one in other[permissions] if (rule := _naming(one, group.id))]
            _quietly(
                lambda id=id, rules=rules, direction=direction: call(
                    "ec2", f"revoke-security-group-{direction}", cluster.region, GroupId=id, IpPermissions=rules
                )
            )


def _naming(permission: Any, group: str) -> dict[str, Any] | None:
    """The part of a permission that names a group; None if it doesn't."""
    pairs = [{"GroupId": group} for pair in permission.get("UserIdGroupPairs") or () if pair.get("GroupId") == group]
    return (
        {**{key: permission[key] for key in RULES if key in permission}, "UserIdGroupPairs": pairs} if pairs else None
    )


def _quietly(change: Callable[[], Any]) -> None:
    """Make a change; whether it was possible shows when the group is deleted."""
    try:
        change()
    except AwsError:
        return
