"""Leftovers of a cluster's controllers and of EKS in AWS, found by tags and names with the cluster's own name.

Tags are compared as a whole, so that a cluster never claims the resources of another whose name begins like its own.
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
"""The VPC CNI's tag on the interfaces that it creates for nodes, whose value is the cluster's name."""

CSI = ("CSIVolumeName", "CSIVolumeSnapshotName", "ebs.csi.aws.com/cluster", "kubernetes.io/created-for/pvc/name")
"""Tags of the EBS CSI driver. Each of its volumes and snapshots has one of them; a node's own disk has none."""

TAGS_AT_ONCE = 20
"""The most load balancers in a call of DescribeTags (Elastic Load Balancing API)."""


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
    """A resource in AWS."""

    kind: Kind
    id: str
    """The id, ARN or name for the call that deletes it."""
    cluster: str
    region: str
    origin: str = ""
    """The Kubernetes object that it was created for, if its tags name one."""
    monthly: float | None = None
    """The approximate cost in dollars a month, without traffic; None if it costs nothing."""
    owned: bool = True
    """Whether a call deletes it; False for an interface that AWS deletes with its load balancer."""


TRIES = 5
"""The tries in a region whose load balancers are being deleted meanwhile."""


def find(call: Call, cluster: Cluster) -> list[Leftover]:
    """Return a cluster's leftovers, in the order of deletion. Raise AwsError.

    While the cluster exists, its own security group, its log group and its nodes' interfaces are the stack's.
    """
    for _ in range(TRIES - 1):
        try:
            return _find(call, cluster)
        except AwsError as error:
            # A load balancer was deleted between DescribeLoadBalancers and DescribeTags.
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
    return sorted(found, key=lambda leftover: ([*Kind].index(leftover.kind), leftover.id))


def ours(tags: Mapping[str, str], cluster: Cluster) -> bool:
    """Whether a resource's tags name the cluster as its owner."""
    return tags.get(f"kubernetes.io/cluster/{cluster.name}") == "owned" or tags.get(CONTROLLER) == cluster.name


def tags_of(resource: Mapping[str, Any]) -> dict[str, str]:
    """Return a resource's tags."""
    return {tag["Key"]: tag.get("Value") or "" for tag in resource.get("Tags") or ()}


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
    names = [balancer["LoadBalancerName"] for balancer in _all(call, "elb", "describe-load-balancers", cluster)]
    for some in _batches(names):
        for description in call("elb", "describe-tags", cluster.region, LoadBalancerNames=some)["TagDescriptions"]:
            if ours(tags := tags_of(description), cluster):
                yield _of(Kind.CLASSIC, description["LoadBalancerName"], cluster, tags, 18)


def _newer(call: Call, cluster: Cluster) -> Iterator[Leftover]:
    arns = [balancer["LoadBalancerArn"] for balancer in _all(call, "elbv2", "describe-load-balancers", cluster)]
    for arn, tags in _tagged(call, cluster, arns):
        yield _of(Kind.BALANCER, arn, cluster, tags, 16)


def _target_groups(call: Call, cluster: Cluster) -> Iterator[Leftover]:
    arns = [group["TargetGroupArn"] for group in _all(call, "elbv2", "describe-target-groups", cluster)]
    for arn, tags in _tagged(call, cluster, arns):
        yield _of(Kind.TARGETS, arn, cluster, tags)


def _tagged(call: Call, cluster: Cluster, arns: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    for some in _batches(arns):
        for description in call("elbv2", "describe-tags", cluster.region, ResourceArns=some)["TagDescriptions"]:
            if ours(tags := tags_of(description), cluster):
                yield description["ResourceArn"], tags


def _security_groups(call: Call, cluster: Cluster) -> Iterator[Leftover]:
    keys = [f"kubernetes.io/cluster/{cluster.name}", CONTROLLER]
    for group in _all(call, "ec2", "describe-security-groups", cluster, Filters=_filters("tag-key", *keys)):
        if ours(tags := tags_of(group), cluster) and group["GroupId"] != cluster.group:
            yield _of(Kind.GROUP, group["GroupId"], cluster, tags, about=group["GroupName"])


def _interfaces(call: Call, cluster: Cluster, found: Iterable[Leftover]) -> list[Leftover]:
    """Return the interfaces of load balancers and security groups, which AWS deletes, and those of deleted nodes."""
    found = list(found)
    groups = [leftover.id for leftover in found if leftover.kind is Kind.GROUP]
    balancers = [leftover for leftover in found if leftover.kind in (Kind.CLASSIC, Kind.BALANCER)]
    described = [f"ELB {_short(balancer)}" for balancer in balancers]
    filters = [_filters("group-id", *groups), _filters("description", *described)]
    queries = [each for each in filters if each[0]["Values"]]
    if not cluster.exists:
        queries.append(_filters(f"tag:{CNI}", cluster.name))
    interfaces: dict[str, Leftover] = {}
    for each in queries:
        for interface in _all(call, "ec2", "describe-network-interfaces", cluster, Filters=each):
            id, about = interface["NetworkInterfaceId"], interface.get("Description") or ""
            free = interface["Status"] == "available" and not interface.get("RequesterManaged")
            interfaces[id] = Leftover(
                kind=Kind.INTERFACE, id=id, cluster=cluster.name, region=cluster.region, origin=about, owned=free
            )
    return list(interfaces.values())


def _volumes(call: Call, cluster: Cluster) -> Iterator[Leftover]:
    filters = _filters(f"tag:kubernetes.io/cluster/{cluster.name}", "owned")
    for volume in _all(call, "ec2", "describe-volumes", cluster, Filters=filters):
        if _of_driver(tags := tags_of(volume)):
            yield _of(Kind.VOLUME, volume["VolumeId"], cluster, tags, 0.08 * volume["Size"])


def _snapshots(call: Call, cluster: Cluster) -> Iterator[Leftover]:
    filters = _filters(f"tag:kubernetes.io/cluster/{cluster.name}", "owned")
    for snapshot in _all(call, "ec2", "describe-snapshots", cluster, OwnerIds=["self"], Filters=filters):
        if _of_driver(tags := tags_of(snapshot)):
            about = tags.get("CSIVolumeSnapshotName", "")
            yield _of(Kind.SNAPSHOT, snapshot["SnapshotId"], cluster, tags, 0.05 * snapshot["VolumeSize"], about=about)


def _log_groups(call: Call, cluster: Cluster) -> Iterator[Leftover]:
    """Yield the control plane's log group, which EKS creates again if it logs after the group's deletion."""
    name = f"/aws/eks/{cluster.name}/cluster"
    for group in _all(call, "logs", "describe-log-groups", cluster, logGroupNamePrefix=name):
        if group["logGroupName"] == name:
            stored = group.get("storedBytes") or 0
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
    """Return the end of a load balancer's ARN, or its name, as in an interface's description."""
    return balancer.id.rpartition(":loadbalancer/")[2]


def _filters(name: str, *values: str) -> list[dict[str, Any]]:
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
"""The member of an operation's response with the list."""


def _all(call: Call, service: str, operation: str, cluster: Cluster, **parameters: Any) -> list[dict[str, Any]]:
    return call(service, operation, cluster.region, **parameters).get(RESULTS[service, operation]) or []
