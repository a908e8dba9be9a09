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
"""EKS's access policies, by the names of the equal roles of Kubernetes."""

FLEET_ROLES = {"admin": "cluster-admin", "user": "view"}
"""The policies of the fleet's own roles, by their keys."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """The rights of an IAM principal in a cluster."""

    arn: Input[str]
    policy: str | None = None
    """An access policy of POLICIES; None: only the rights of its groups."""
    namespaces: tuple[str, ...] = ()
    """The namespaces of the policy; empty: all."""
    groups: tuple[str, ...] = ()
    """Groups of Kubernetes' RBAC."""


def principal_key(arn: str) -> str:
    """Return an IAM ARN as a part of a resource's name: account, kind, path and name."""
    return arn.partition("::")[2]


def grants(
    cluster_name: Input[str], name: str, granted: Mapping[str, Grant], *, parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """Create an access entry for each grant, by its name, with its access policy."""
    created: list[pulumi.Resource] = []
    partition = account.partition(parent).partition
    child = ResourceOptions(parent=parent)
    for grantee, grant in granted.items():
        entry = aws.eks.AccessEntry(
            f"{name}-{grantee}",
            cluster_name=cluster_name,
            principal_arn=grant.arn,
            # The input is Optional and Computed (the provider's access_entry.go): an omitted list keeps EKS's value.
            kubernetes_groups=list(grant.groups),
            opts=child,
        )
        created.append(entry)
        if grant.policy is None:
            continue
        created.append(
            aws.eks.AccessPolicyAssociation(
                f"{name}-{grantee}-{grant.policy.removeprefix('cluster-')}",
                cluster_name=cluster_name,
                principal_arn=entry.principal_arn,
                policy_arn=Output.format(
                    "arn:{0}:eks::aws:cluster-access-policy/{1}", partition, POLICIES[grant.policy]
                ),
                access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(
                    type="namespace" if grant.namespaces else "cluster", namespaces=list(grant.namespaces) or None
                ),
                # EKS has a single scope of a policy on an entry. The new association updates the old one, and deleting
                # the old one afterwards would delete both.
                opts=ResourceOptions(parent=parent, delete_before_replace=True),
            )
        )
    return created
