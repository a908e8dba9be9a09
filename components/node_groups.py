"""Managed node groups: the machines that a cluster's pods run on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.identity import service_role

NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly")
"""What a node does in AWS: describe its cluster, give pods addresses, pull images."""


@dataclass(frozen=True, kw_only=True)
class NodeGroupArgs:
    """A managed node group's shape."""

    instance_type: str
    min: int
    desired: int
    max: int
    disk_gib: int


def node_group(
    name: str,
    args: NodeGroupArgs,
    *,
    cluster_name: Output[str],
    subnet_ids: Input[Sequence[str]],
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> aws.eks.NodeGroup:
    """A node group of a cluster's, with its role and its launch template; `after` are its ways out."""
    role, policies = service_role(f"{name}-nodes", "ec2.amazonaws.com", NODE_POLICIES, parent=parent)
    template = _launch_template(name, args.disk_gib, parent)
    return aws.eks.NodeGroup(
        f"{name}-nodes",
        cluster_name=cluster_name,
        node_role_arn=role.arn,
        subnet_ids=subnet_ids,
        instance_types=[args.instance_type],
        ami_type="AL2023_x86_64_STANDARD",
        scaling_config={"min_size": args.min, "desired_size": args.desired, "max_size": args.max},
        update_config={"max_unavailable": 1},
        launch_template={"id": template.id, "version": template.latest_version.apply(str)},
        # A node joins only with its policies and a way out, and is drained only while it still has both.
        opts=ResourceOptions(parent=parent, depends_on=[*policies, *after]),
    )


def _launch_template(name: str, disk_gib: int, parent: pulumi.Resource) -> aws.ec2.LaunchTemplate:
    tags = {"Name": f"{name}-node"}
    return aws.ec2.LaunchTemplate(
        f"{name}-nodes",
        block_device_mappings=[
            {
                "device_name": "/dev/xvda",
                "ebs": {"volume_size": disk_gib, "volume_type": "gp3", "encrypted": "true"},
            }
        ],
        # A hop limit of 1 keeps pods from the node's credentials.
        metadata_options={"http_tokens": "required", "http_put_response_hop_limit": 1, "http_endpoint": "enabled"},
        tag_specifications=[{"resource_type": kind, "tags": tags} for kind in ("instance", "volume")],
        update_default_version=True,
        tags={"Name": f"{name}-nodes"},
        opts=ResourceOptions(parent=parent),
    )
