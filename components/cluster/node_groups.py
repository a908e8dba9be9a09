"""Managed node groups: the machines of a cluster's pods."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from .. import creation, iam

NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly")
"""The rights of a node in AWS: to describe its cluster, give pods addresses, and pull images."""

_GRAVITON = re.compile(r"(a1|[a-z]+\d+[a-z]*g[a-z]*)(-[a-z0-9]+)?\..+")
"""The Graviton families: a1, and those with a g after the generation (m7g, c6gn, is4gen; not g5, which is graphics)."""

_BURSTABLE = re.compile(r"t[234][a-z]*\..+")
"""The families with CPU credits (EC2 user guide, "Burstable performance instances")."""

_AMI_TYPES = {
    ("al2023", "x86_64"): "AL2023_x86_64_STANDARD",
    ("al2023", "arm64"): "AL2023_ARM_64_STANDARD",
    ("bottlerocket", "x86_64"): "BOTTLEROCKET_x86_64",
    ("bottlerocket", "arm64"): "BOTTLEROCKET_ARM_64",
}


@dataclass(frozen=True, kw_only=True)
class NodeGroupArgs:
    """The arguments of a managed node group."""

    name: str
    """A name that is unique among the cluster's groups."""
    instance_types: Sequence[str]
    """Instance types of a single architecture."""
    capacity: Literal["on-demand", "spot"]
    min: int
    desired: int
    max: int
    autoscaled: bool
    """Whether `desired` only applies at creation."""
    disk_gib: int
    labels: Mapping[str, str]
    taints: Sequence[Mapping[str, str]]
    """`key`, `value` and `effect`, the effect with EKS's name (NO_SCHEDULE)."""
    os: Literal["al2023", "bottlerocket"]
    max_unavailable: int | str
    """A number of nodes, or a percentage (`33%`)."""


def architectures(instance_types: Sequence[str]) -> set[str]:
    """Return the architectures of the instance types: x86_64, arm64, or both."""
    return {"arm64" if _GRAVITON.fullmatch(name) else "x86_64" for name in instance_types}


def ami_type(os: str, instance_types: Sequence[str]) -> str:
    """Return EKS's name of the image for instance types of a single architecture."""
    (architecture,) = architectures(instance_types)
    return _AMI_TYPES[os, architecture]


def node_groups(
    name: str,
    groups: Sequence[NodeGroupArgs],
    *,
    cluster_name: Output[str],
    kubernetes_version: Output[str],
    subnet_ids: Input[Sequence[str]],
    after: Sequence[pulumi.Resource],
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> list[aws.eks.NodeGroup]:
    """Create a cluster's node groups, their common role and a launch template for each.

    `kubernetes_version` is the control plane's current version, so that nodes are upgraded after it. `after` is what a
    node needs to join: its egress, and the add-ons of its pods' network. `tags` are for the nodes and their disks,
    which the provider's default tags do not reach.
    """
    if not groups:
        return []
    role, policies = iam.service_role(f"{name}-nodes", "ec2.amazonaws.com", NODE_POLICIES, parent=parent)
    return [
        aws.eks.NodeGroup(
            f"{name}-{group.name}",
            cluster_name=cluster_name,
            version=kubernetes_version,
            node_role_arn=role.arn,
            subnet_ids=subnet_ids,
            instance_types=list(group.instance_types),
            capacity_type="SPOT" if group.capacity == "spot" else "ON_DEMAND",
            ami_type=ami_type(group.os, group.instance_types),
            scaling_config={"min_size": group.min, "desired_size": group.desired, "max_size": group.max},
            labels=dict(group.labels) or None,
            taints=[_taint(taint) for taint in group.taints] or None,
            update_config=_update_config(group.max_unavailable),
            launch_template=_template(name, group, tags, parent),
            opts=ResourceOptions(
                parent=parent,
                # A node needs its policies and its egress to join, and to be drained.
                depends_on=[*policies, *after],
                # Updates of other inputs would reset it. By default it is not ignored, as in pulumi_eks, because EKS
                # refuses a min above an old desired size.
                ignore_changes=["scalingConfig.desiredSize"] if group.autoscaled else [],
                hooks=creation.binding(parent),
            ),
        )
        for group in groups
    ]


def _taint(taint: Mapping[str, str]) -> aws.eks.NodeGroupTaintArgs:
    return aws.eks.NodeGroupTaintArgs(key=taint["key"], value=taint["value"] or None, effect=taint["effect"])


def _update_config(limit: int | str) -> aws.eks.NodeGroupUpdateConfigArgs:
    if isinstance(limit, str):
        return aws.eks.NodeGroupUpdateConfigArgs(max_unavailable_percentage=int(limit.removesuffix("%")))
    return aws.eks.NodeGroupUpdateConfigArgs(max_unavailable=limit)


def _template(
    name: str, group: NodeGroupArgs, tags: Mapping[str, str], parent: pulumi.Resource
) -> aws.eks.NodeGroupLaunchTemplateArgs:
    tags = {**tags, "Name": f"{name}-node"}
    template = aws.ec2.LaunchTemplate(
        f"{name}-{group.name}",
        block_device_mappings=_disks(group),
        credit_specification=credits(group.instance_types),
        # A hop limit of 1 keeps pods from the node's credentials.
        metadata_options={"http_tokens": "required", "http_put_response_hop_limit": 1, "http_endpoint": "enabled"},
        tag_specifications=[{"resource_type": kind, "tags": tags} for kind in ("instance", "volume")],
        update_default_version=True,
        tags={"Name": f"{name}-{group.name}"},
        opts=ResourceOptions(parent=parent),
    )
    return aws.eks.NodeGroupLaunchTemplateArgs(id=template.id, version=template.latest_version.apply(str))


def credits(instance_types: Sequence[str]) -> aws.ec2.LaunchTemplateCreditSpecificationArgs | None:
    """Return the credit specification of nodes that all have CPU credits; None for others, because EC2 refuses it.

    The default of T3 and T4g, `unlimited`, bills the use beyond the credits.
    """
    if not all(map(_BURSTABLE.fullmatch, instance_types)):
        return None
    return aws.ec2.LaunchTemplateCreditSpecificationArgs(cpu_credits="standard")


def _disks(group: NodeGroupArgs) -> list[Any]:
    """Return the disks: for Bottlerocket the system's, of the image's size, and a second for images and containers.

    https://bottlerocket.dev/en/os/latest/#/concepts/variants
    """
    disk = {"volume_size": group.disk_gib, "volume_type": "gp3", "encrypted": "true"}
    if group.os == "bottlerocket":
        system = {"volume_type": "gp3", "encrypted": "true"}
        return [{"device_name": "/dev/xvda", "ebs": system}, {"device_name": "/dev/xvdb", "ebs": disk}]
    return [{"device_name": "/dev/xvda", "ebs": disk}]
