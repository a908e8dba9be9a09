"""Fargate profiles: pods of a cluster's that run without nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from .. import account, creation, iam

EXECUTION_POLICIES = ("AmazonEKSFargatePodExecutionRolePolicy",)
"""What Fargate does for a pod before it runs: pull its images."""


@dataclass(frozen=True, kw_only=True)
class FargateProfileArgs:
    """Which pods a profile takes."""

    name: str
    """Unlike the names of the cluster's other profiles."""
    selectors: Sequence[Mapping[str, Any]]
    """`namespace` and `labels` each; a pod that fits one is taken."""


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
    """A cluster's Fargate profiles, in private subnets, with the role that they share; `after` are their ways out."""
    if not profiles:
        return []
    role, policies = iam.service_role(
        f"{name}-fargate",
        "eks-fargate-pods.amazonaws.com",
        EXECUTION_POLICIES,
        condition=_of_cluster(cluster_arn, parent),
        parent=parent,
    )
    made: list[aws.eks.FargateProfile] = []
    for profile in profiles:
        made.append(
            aws.eks.FargateProfile(
                f"{name}-{profile.name}",
                cluster_name=cluster_name,
                pod_execution_role_arn=role.arn,
                subnet_ids=subnet_ids,
                selectors=[_selector(selector) for selector in profile.selectors],
                # EKS makes, and deletes, one profile of a cluster at a time.
                opts=ResourceOptions(
                    parent=parent, depends_on=[*policies, *after, *made[-1:]], hooks=creation.binding(parent)
                ),
            )
        )
    return made


def _of_cluster(cluster_arn: Output[str], parent: pulumi.Resource) -> Output[Mapping[str, object]]:
    """What keeps the role from profiles of other clusters (docs, pod-execution-role: confused deputy)."""
    own = account.identity(parent).account_id
    profiles = cluster_arn.apply(lambda arn: arn.replace(":cluster/", ":fargateprofile/") + "/*")
    return Output.all(profiles, own).apply(
        lambda of: {"ArnLike": {"aws:SourceArn": of[0]}, "StringEquals": {"aws:SourceAccount": of[1]}}
    )


def _selector(selector: Mapping[str, Any]) -> aws.eks.FargateProfileSelectorArgs:
    return aws.eks.FargateProfileSelectorArgs(namespace=selector["namespace"], labels=selector["labels"] or None)
