"""The rights of IAM principals in a cluster: access entries, and EKS's access policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from .. import account

POLICIES = {
    "cluster-admin": "AmazonEKSClusterAdminPolicy",
    "admin": "AmazonEKSAdminPolicy",
    "edit": "AmazonEKSEditPolicy",
    "view": "AmazonEKSViewPolicy",
}
"""EKS's access policies, by the names of Kubernetes' own roles that they equal."""

FLEET_ROLES = {"admin": "cluster-admin", "user": "view"}
"""The policies of the fleet's own roles, by their keys."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What an IAM principal may do in a cluster."""

    arn: Input[str]
    policy: str | None = None
    """One of POLICIES; None: only what its groups are bound to."""
    namespaces: tuple[str, ...] = ()
    """Where the policy holds; empty: everywhere."""
    groups: tuple[str, ...] = ()
    """Of Kubernetes' RBAC."""


def principal_key(arn: str) -> str:
    """An IAM ARN as a part of a resource's name: account, kind, path and name."""
    return arn.partition("::")[2]


def grants(
    cluster_name: Input[str], name: str, granted: Mapping[str, Grant], *, parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """An access entry for each grant, by its name, with its access policy."""
    made: list[pulumi.Resource] = []
    partition = account.partition(parent).partition
    child = ResourceOptions(parent=parent)
    for who, grant in granted.items():
        entry = aws.eks.AccessEntry(
            f"{name}-{who}",
            cluster_name=cluster_name,
            principal_arn=grant.arn,
            # The input is Optional and Computed (the provider's access_entry.go): left out, it keeps what EKS has.
            kubernetes_groups=list(grant.groups),
            opts=child,
        )
        made.append(entry)
        if grant.policy is None:
            continue
        made.append(
            aws.eks.AccessPolicyAssociation(
                f"{name}-{who}-{grant.policy.removeprefix('cluster-')}",
                cluster_name=cluster_name,
                principal_arn=entry.principal_arn,
                policy_arn=Output.format(
                    "arn:{0}:eks::aws:cluster-access-policy/{1}", partition, POLICIES[grant.policy]
                ),
                access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(
                    type="namespace" if grant.namespaces else "cluster", namespaces=list(grant.namespaces) or None
                ),
                # EKS knows one scope of a policy on an entry: the new association is the old one changed, and deleting
                # the old afterwards would take it away.
                opts=ResourceOptions(parent=parent, delete_before_replace=True),
            )
        )
    return made
