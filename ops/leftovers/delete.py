"""Delete leftovers in AWS, in the order of AWS's own dependencies."""

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
"""The errors that end once another resource is released. A network interface in use has InvalidParameterValue."""

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
"""The call that deletes a leftover: service, operation, and the parameter with its id."""

RULES = ("FromPort", "IpProtocol", "ToPort")
"""The members of a security group's rule, beside its source, that RevokeSecurityGroupIngress needs."""


def delete(call: Call, cluster: Cluster, left: Iterable[Leftover], patience: Patience, say: Say) -> dict[str, str]:
    """Delete what a cluster has left. Return the reason for each leftover that still exists, by its id.

    Load balancers are deleted first, and AWS deletes their interfaces minutes later. Until then AWS refuses to delete
    their security groups.
    """
    left = list(left)
    reasons: dict[str, str] = {}
    for kind in Kind:
        some = [leftover for leftover in left if leftover.kind is kind]
        if kind is Kind.GROUP:
            for leftover in some:
                _revoke(call, cluster, leftover, {each.id for each in some})
        for leftover in some:
            if leftover.owned:
                origin = f" of {leftover.origin}" if leftover.origin else ""
                say(f"{leftover.cluster}: deleting {kind.value} {leftover.id}{origin}")
                if reason := _delete(call, leftover, patience):
                    reasons[leftover.id] = reason
        waited = [leftover.id for leftover in some if not leftover.owned]
        if waited and not _released(call, cluster, waited, patience, say):
            reasons |= dict.fromkeys(waited, "AWS has not released it; AWS deletes it with the resource that uses it")
    return reasons


def _delete(call: Call, leftover: Leftover, patience: Patience) -> str:
    """Delete a leftover, and try again while something uses it. Return why that is impossible, or an empty text."""
    service, operation, parameter = CALLS[leftover.kind]
    reason = ""

    def done() -> bool:
        nonlocal reason
        try:
            call(service, operation, leftover.region, **{parameter: leftover.id})
        except AwsError as error:
            reason = "" if error.gone else str(error)
            return error.code not in IN_USE
        reason = ""
        return True

    patience.until(done)
    return reason


def _released(call: Call, cluster: Cluster, ids: Sequence[str], patience: Patience, say: Say) -> bool:
    """Wait until AWS has deleted the interfaces that it manages."""
    say(f"{cluster.name}: waiting until AWS deletes {len(ids)} network interfaces")
    filters = [{"Name": "network-interface-id", "Values": [*ids]}]

    def done() -> bool:
        response = call("ec2", "describe-network-interfaces", cluster.region, Filters=filters)
        return not response["NetworkInterfaces"]

    return patience.until(done)


def _revoke(call: Call, cluster: Cluster, group: Leftover, doomed: set[str]) -> None:
    """Delete the rules that name a group. The load balancers' controllers add them to the cluster's own groups."""
    for direction, permissions in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
        name = "ip-permission.group-id" if direction == "ingress" else "egress.ip-permission.group-id"
        filters = [{"Name": name, "Values": [group.id]}]
        others = call("ec2", "describe-security-groups", cluster.region, Filters=filters)["SecurityGroups"]
        for other in others:
            id = other["GroupId"]
            if id == group.id or not (id in doomed or id == cluster.group or ours(tags_of(other), cluster)):
                continue
            rules = [rule for each in other[permissions] if (rule := _naming(each, group.id))]
            _quietly(
                lambda id=id, rules=rules, direction=direction: call(
                    "ec2", f"revoke-security-group-{direction}", cluster.region, GroupId=id, IpPermissions=rules
                )
            )


def _naming(permission: Any, group: str) -> dict[str, Any] | None:
    """Return the part of a permission that names a group; None if no part does."""
    pairs = [{"GroupId": group} for pair in permission.get("UserIdGroupPairs") or () if pair.get("GroupId") == group]
    return (
        {**{key: permission[key] for key in RULES if key in permission}, "UserIdGroupPairs": pairs} if pairs else None
    )


def _quietly(change: Callable[[], Any]) -> None:
    """Make a change, and ignore AWS's error: the group's deletion shows whether the change was needed."""
    try:
        change()
    except AwsError:
        return
