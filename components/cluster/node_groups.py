"""Managed node groups: the machines that a cluster's pods run on."""

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
"""What a node does in AWS: describe its cluster, give pods addresses, pull images."""

_GRAVITON = re.compile(r"(a1|[a-z]+\d+[a-z]*g[a-z]*)(-[a-z0-9]+)?\..+")
"""Graviton's families: a1, and those with a g after the generation (m7g, c6gn, is4gen; not g5, that is graphics)."""

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
    """A managed node group's shape."""

    name: str
    """Unlike the names of the cluster's other groups."""
    instance_types: Sequence[str]
    """Of one architecture."""
    capacity: Literal["on-demand", "spot"]
    min: int
    desired: int
    max: int
    autoscaled: bool
    """Whether `desired` holds at creation alone."""
    disk_gib: int
    labels: Mapping[str, str]
    taints: Sequence[Mapping[str, str]]
    """`key`, `value` and `effect`, the effect in EKS's words (NO_SCHEDULE)."""
    os: Literal["al2023", "bottlerocket"]
    max_unavailable: int | str
    """A number of nodes, or a percentage (`33%`)."""


def architectures(instance_types: Sequence[str]) -> set[str]:
    """What the instance types run: x86_64, arm64, or both."""
    return {"arm64" if _GRAVITON.fullmatch(name) else "x86_64" for name in instance_types}


def ami_type(os: str, instance_types: Sequence[str]) -> str:
    """EKS's name of the image that the instance types, of one architecture, start from."""
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
    """A cluster's node groups, with the role they share and a launch template each.

    `kubernetes_version` is the control plane's as it stands, so that nodes are upgraded once it has been. `after` is
    what a node needs to join: its ways out, and the add-ons that give its pods a network. `tags` are the nodes' and
    their disks', which the provider's default tags do not reach.
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
                # A node joins only with its policies and a way out, and is drained only while it still has both.
                depends_on=[*policies, *after],
                # An update of anything else would set it back. By default it is not ignored, as in pulumi_eks: EKS
                # refuses a min above the desired size that it would go on being sent.
                ignore_changes=["scalingConfig.desiredSize"] if group.autoscaled else [],
                hooks=creation.binding(parent),
            ),
        )
        for group in groups
    ]


def _taint(taint: Mapping[str, str]) -> aws.eks.NodeGroupTaintArgs:
    return aws.eks.NodeGroupTaintArgs(key=taint["key"], value=taint["value"] or None, effect=taint["effect"])


def _update_config(most: int | str) -> aws.eks.NodeGroupUpdateConfigArgs:
    if isinstance(most, str):
        return aws.eks.NodeGroupUpdateConfigArgs(max_unavailable_percentage=int(most.removesuffix("%")))
    return aws.eks.NodeGroupUpdateConfigArgs(max_unavailable=most)


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
    """The credit specification of nodes that all have CPU credits; None for others, for which EC2 refuses one.

    The default of T3 and T4g, `unlimited`, goes on past the credits and bills that.
    """
    if not all(map(_BURSTABLE.fullmatch, instance_types)):
        return None
    return aws.ec2.LaunchTemplateCreditSpecificationArgs(cpu_credits="standard")


def _disks(group: NodeGroupArgs) -> list[Any]:
    """Bottlerocket keeps the system on its first disk, as large as the image, and images and containers on a second.

    https://bottlerocket.dev/en/os/latest/#/concepts/variants
    """
    disk = {"volume_size": group.disk_gib, "volume_type": "gp3", "encrypted": "true"}
    if group.os == "bottlerocket":
        system = {"volume_type": "gp3", "encrypted": "true"}
        return [{"device_name": "/dev/xvda", "ebs": system}, {"device_name": "/dev/xvdb", "ebs": disk}]
    return [{"device_name": "/dev/xvda", "ebs": disk}]
