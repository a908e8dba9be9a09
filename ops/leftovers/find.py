"""What a cluster's controllers, and EKS, have left in AWS: found by the tags and names that carry the cluster's own.

Tags are compared whole, so that a cluster never takes the things of another whose name begins like its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ops.aws import AwsError, Call
from ops.leftovers.clusters import Cluster

CONTROLLER = "elbv2.k8s.aws/cluster"
"""The AWS load balancer controller's tag, whose value is the cluster's name."""

CNI = "cluster.k8s.amazonaws.com/name"
"""The VPC CNI's tag on the interfaces that it gives to nodes, whose value is the cluster's name."""

CSI = ("CSIVolumeName", "CSIVolumeSnapshotName", "ebs.csi.aws.com/cluster", "kubernetes.io/created-for/pvc/name")
"""Tags of the EBS CSI driver, one of which each of its volumes and snapshots has. A node's own disk has none."""

TAGS_AT_ONCE = 20
"""The most load balancers whose tags one call of DescribeTags returns (Elastic Load Balancing API)."""


class Kind(Enum):
    """A kind of leftover, in the order of deletion."""

    CLASSIC = "classic load balancer"
    BALANCER = "load balancer"
    INTERFACE = "network interface"
    TARGETS = "target group"
    GROUP = "security group"
    VOLUME = "volume"
    SNAPSHOT = "snapshot"
    LOGS = "log group"


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """One thing in AWS."""

    kind: Kind
    id: str
    """The id, ARN or name by which AWS deletes it."""
    cluster: str
    region: str
    origin: str = ""
    """The Kubernetes object that it was made for, if its tags say so."""
    monthly: float | None = None
    """About how many dollars it costs a month, without traffic; None for what costs nothing."""
    owned: bool = True
    """Whether it is deleted by a call; False for an interface that goes with its load balancer."""


TRIES = 5
"""Looks at a region in which load balancers go while they are looked at."""


def find(call: Call, cluster: Cluster) -> list[Leftover]:
    """Return what a cluster has left, in the order of deletion. Raise AwsError.

    While the cluster exists, its own security group, its log group and its nodes' interfaces are the stack's.
    """
    for _ in range(TRIES - 1):
        try:
            return _find(call, cluster)
        except AwsError as error:
            # A load balancer was deleted between the list and the look at its tags.
            if not error.gone:
                raise
    return _find(call, cluster)


def _find(call: Call, cluster: Cluster) -> list[Leftover]:
    found = [*_classic(call, cluster), *_newer(call, cluster), *_target_groups(call, cluster)]
    found += _security_groups(call, cluster)
    found += _interfaces(call, cluster, found)
    found += [*_volumes(call, cluster), *_snapshots(call, cluster)]
    if not cluster.exists:
        found += _log_groups(call, cluster)
    return sorted(found, key=lambda one: ([*Kind].index(one.kind), one.id))


def ours(tags: Mapping[str, str], cluster: Cluster) -> bool:
    """Whether a thing's tags say that the cluster owns it."""
    return tags.get(f"kubernetes.io/cluster/{cluster.name}") == "owned" or tags.get(CONTROLLER) == cluster.name


def tags_of(thing: Mapping[str, Any]) -> dict[str, str]:
    """Return a thing's tags."""
    return {tag["Key"]: tag.get("Value") or "" for tag in thing.get("Tags") or ()}


def origin(tags: Mapping[str, str]) -> str:
    """Return the Service, Ingress or claim that the tags name; empty if they name none."""
    if service := tags.get("kubernetes.io/service-name") or tags.get("service.k8s.aws/stack"):
        return f"Service {service}"
    if ingress := tags.get("ingress.k8s.aws/stack"):
        return f"Ingress {ingress}"
    if claim := tags.get("kubernetes.io/created-for/pvc/name"):
        return f"claim {tags.get('kubernetes.io/created-for/pvc/namespace', '?')}/{claim}"
    return ""


def _classic(call: Call, cluster: Cluster) -> Iterator[Leftover]:
    names = [one["LoadBalancerName"] for one in _all(call, "elb", "describe-load-balancers", cluster)]
    for some in _batches(names):
        for told in call("elb", "describe-tags", cluster.region, LoadBalancerNames=some)["TagDescriptions"]:
            if ours(tags := tags_of(told), cluster):
                yield _of(Kind.CLASSIC, told["LoadBalancerName"], cluster, tags, 18)


def _newer(call: Call, cluster: Cluster) -> Iterator[Leftover]:
    arns = [one["LoadBalancerArn"] for one in _all(call, "elbv2", "describe-load-balancers", cluster)]
    for arn, tags in _tagged(call, cluster, arns):
        yield _of(Kind.BALANCER, arn, cluster, tags, 16)


def _target_groups(call: Call, cluster: Cluster) -> Iterator[Leftover]:
    arns = [one["TargetGroupArn"] for one in _all(call, "elbv2", "describe-target-groups", cluster)]
    for arn, tags in _tagged(call, cluster, arns):
        yield _of(Kind.TARGETS, arn, cluster, tags)


def _tagged(call: Call, cluster: Cluster, arns: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    for some in _batches(arns):
        for told in call("elbv2", "describe-tags", cluster.region, ResourceArns=some)["TagDescriptions"]:
            if ours(tags := tags_of(told), cluster):
                yield told["ResourceArn"], tags


def _security_groups(call: Call, cluster: Cluster) -> Iterator[Leftover]:
    keys = [f"kubernetes.io/cluster/{cluster.name}", CONTROLLER]
    for told in _all(call, "ec2", "describe-security-groups", cluster, Filters=_where("tag-key", *keys)):
        if ours(tags := tags_of(told), cluster) and told["GroupId"] != cluster.group:
            yield _of(Kind.GROUP, told["GroupId"], cluster, tags, about=told["GroupName"])


def _interfaces(call: Call, cluster: Cluster, found: Iterable[Leftover]) -> list[Leftover]:
    """The interfaces of the load balancers and security groups, which go by themselves, and those of gone nodes."""
    found = list(found)
    groups = [one.id for one in found if one.kind is Kind.GROUP]
    described = [f"ELB {_short(one)}" for one in found if one.kind in (Kind.CLASSIC, Kind.BALANCER)]
    filters = [_where("group-id", *groups), _where("description", *described)]
    asked = [each for each in filters if each[0]["Values"]]
    if not cluster.exists:
        asked.append(_where(f"tag:{CNI}", cluster.name))
    interfaces: dict[str, Leftover] = {}
    for each in asked:
        for told in _all(call, "ec2", "describe-network-interfaces", cluster, Filters=each):
            id, about = told["NetworkInterfaceId"], told.get("Description") or ""
            free = told["Status"] == "available" and not told.get("RequesterManaged")
            interfaces[id] = Leftover(
                kind=Kind.INTERFACE, id=id, cluster=cluster.name, region=cluster.region, origin=about, owned=free
            )
    return list(interfaces.values())


def _volumes(call: Call, cluster: Cluster) -> Iterator[Leftover]:
    filters = _where(f"tag:kubernetes.io/cluster/{cluster.name}", "owned")
    for told in _all(call, "ec2", "describe-volumes", cluster, Filters=filters):
        if _of_driver(tags := tags_of(told)):
            yield _of(Kind.VOLUME, told["VolumeId"], cluster, tags, 0.08 * told["Size"])


def _snapshots(call: Call, cluster: Cluster) -> Iterator[Leftover]:
    filters = _where(f"tag:kubernetes.io/cluster/{cluster.name}", "owned")
    for told in _all(call, "ec2", "describe-snapshots", cluster, OwnerIds=["self"], Filters=filters):
        if _of_driver(tags := tags_of(told)):
            about = tags.get("CSIVolumeSnapshotName", "")
            yield _of(Kind.SNAPSHOT, told["SnapshotId"], cluster, tags, 0.05 * told["VolumeSize"], about=about)


def _log_groups(call: Call, cluster: Cluster) -> Iterator[Leftover]:
    """The control plane's log group, which EKS creates again if it logs after the group's deletion."""
    name = f"/aws/eks/{cluster.name}/cluster"
    for told in _all(call, "logs", "describe-log-groups", cluster, logGroupNamePrefix=name):
        if told["logGroupName"] == name:
            stored = told.get("storedBytes") or 0
            yield _of(Kind.LOGS, name, cluster, {}, 0.03 * stored / 1e9, about="EKS, for its control plane")


def _of_driver(tags: Mapping[str, str]) -> bool:
    return any(tag in tags for tag in CSI)


def _of(
    kind: Kind, id: str, cluster: Cluster, tags: Mapping[str, str], monthly: float | None = None, about: str = ""
) -> Leftover:
    return Leftover(
        kind=kind, id=id, cluster=cluster.name, region=cluster.region, origin=origin(tags) or about, monthly=monthly
    )


def _short(balancer: Leftover) -> str:
    """The end of a load balancer's ARN, or its name: an interface's description has it."""
    return balancer.id.rpartition(":loadbalancer/")[2]


def _where(name: str, *values: str) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": [*values]}]


def _batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), TAGS_AT_ONCE):
        yield names[start : start + TAGS_AT_ONCE]


RESULTS = {
    ("elb", "describe-load-balancers"): "LoadBalancerDescriptions",
    ("elbv2", "describe-load-balancers"): "LoadBalancers",
    ("elbv2", "describe-target-groups"): "TargetGroups",
    ("ec2", "describe-security-groups"): "SecurityGroups",
    ("ec2", "describe-network-interfaces"): "NetworkInterfaces",
    ("ec2", "describe-volumes"): "Volumes",
    ("ec2", "describe-snapshots"): "Snapshots",
    ("logs", "describe-log-groups"): "logGroups",
}
"""The member of an operation's response that lists the things."""


def _all(call: Call, service: str, operation: str, cluster: Cluster, **parameters: Any) -> list[dict[str, Any]]:
    return call(service, operation, cluster.region, **parameters).get(RESULTS[service, operation]) or []
