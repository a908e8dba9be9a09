"""An IAM role for an AWS service, with managed policies."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions


class ServiceRole(pulumi.ComponentResource):
    """eks:index:ServiceRole: the role, and an attachment for each managed policy."""

    def __init__(
        self,
        name: str,
        *,
        service: str,
        description: str,
        actions: Sequence[str],
        policies: Mapping[str, Input[str]],
        tags: Any,
        parent: pulumi.Resource,
    ) -> None:
        """`policies` maps the ARN in the partition `aws`, which names the attachment, to the ARN in this one."""
        super().__init__("eks:index:ServiceRole", name, {}, ResourceOptions(parent=parent))
        statement = {"Action": list(actions), "Effect": "Allow", "Principal": {"Service": [service]}}
        self.role = aws.iam.Role(
            f"{name}-role",
            description=description,
            assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
            tags=tags,
            opts=ResourceOptions(parent=self),
        )
        self.attachments = [
            aws.iam.RolePolicyAttachment(
                f"{name}-{hashlib.sha1(id.encode(), usedforsecurity=False).hexdigest()[:8]}",
                policy_arn=arn,
                role=self.role.name,
                opts=ResourceOptions(parent=self),
            )
            for id, arn in policies.items()
        ]
        self.register_outputs({"directRole": self.role, "resolvedRole": self.role})


def cluster_role(name: str, tags: Any, parent: pulumi.Resource) -> ServiceRole:
    """The role by which EKS manages a cluster."""
    partition = aws.get_partition_output(opts=pulumi.InvokeOutputOptions(parent=parent)).partition
    policy = "AmazonEKSClusterPolicy"
    return ServiceRole(
        f"{name}-eksRole",
        service="eks.amazonaws.com",
        description="Allows EKS to manage clusters on your behalf.",
        actions=("sts:AssumeRole", "sts:TagSession"),
        policies={f"arn:aws:iam::aws:policy/{policy}": Output.format("arn:{0}:iam::aws:policy/{1}", partition, policy)},
        tags=tags,
        parent=parent,
    )
