"""Fargate profiles: a cluster's pods that run without nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from .. import account, creation, iam

EXECUTION_POLICIES = ("AmazonEKSFargatePodExecutionRolePolicy",)
"""The right to pull a pod's images, before it runs."""


@dataclass(frozen=True, kw_only=True)
class FargateProfileArgs:
    """A profile and its pods."""

    name: str
    """A name that is unique among the cluster's profiles."""
    selectors: Sequence[Mapping[str, Any]]
    """`namespace` and `labels` each; the profile runs every pod that matches one."""


def fargate_profiles(
    name: str,
    profiles: Sequence[FargateProfileArgs],
    *,
    cluster_name: Output[str],
    cluster_arn: Output[str],
    subnet_ids: Input[Sequence[str]],
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> list[aws.eks.FargateProfile]:
    """Create a cluster's Fargate profiles in private subnets, and their common role; `after` is the subnets' egress."""
    if not profiles:
        return []
    role, policies = iam.service_role(
        f"{name}-fargate",
        "eks-fargate-pods.amazonaws.com",
        EXECUTION_POLICIES,
        condition=_of_cluster(cluster_arn, parent),
        parent=parent,
    )
    created: list[aws.eks.FargateProfile] = []
    for profile in profiles:
        created.append(
            aws.eks.FargateProfile(
                f"{name}-{profile.name}",
                cluster_name=cluster_name,
                pod_execution_role_arn=role.arn,
                subnet_ids=subnet_ids,
                selectors=[_selector(selector) for selector in profile.selectors],
                # EKS creates and deletes a single profile of a cluster at a time.
                opts=ResourceOptions(
                    parent=parent, depends_on=[*policies, *after, *created[-1:]], hooks=creation.binding(parent)
                ),
            )
        )
    return created


def _of_cluster(cluster_arn: Output[str], parent: pulumi.Resource) -> Output[Mapping[str, object]]:
    """Return the condition that keeps the role from other clusters' profiles.

    EKS user guide, "Amazon EKS Pod execution IAM role", confused deputy.
    """
    own = account.identity(parent).account_id
    profiles = cluster_arn.apply(lambda arn: arn.replace(":cluster/", ":fargateprofile/") + "/*")
    return Output.all(profiles, own).apply(
        lambda known: {"ArnLike": {"aws:SourceArn": known[0]}, "StringEquals": {"aws:SourceAccount": known[1]}}
    )


def _selector(selector: Mapping[str, Any]) -> aws.eks.FargateProfileSelectorArgs:
    return aws.eks.FargateProfileSelectorArgs(namespace=selector["namespace"], labels=selector["labels"] or None)
