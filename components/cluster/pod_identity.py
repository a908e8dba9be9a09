"""Which AWS rights the pods of a cluster have: by EKS Pod Identity, or by an identity provider of IAM's."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from .. import iam

AUDIENCE = "sts.amazonaws.com"
"""Whom tokens of service accounts are for."""

ROLE_NAME = 64
"""The most characters of a role's name (IAM API reference, CreateRole)."""

AUTO_NAMED = 8
"""Characters that Pulumi puts behind a resource's own name: a dash and seven hexadecimal digits."""


@dataclass(frozen=True, kw_only=True)
class PodIdentityArgs:
    """A service account whose pods have an IAM role."""

    namespace: str
    service_account: str
    role_arn: str | None = None
    """None: a role is made, with the policies and the statements."""
    policies: Sequence[str] = ()
    """IAM policies' ARNs."""
    statements: Sequence[iam.Statement] = ()
    """A policy of the role's own, beside them."""


def pod_identities(
    name: str,
    wanted: Sequence[PodIdentityArgs],
    *,
    cluster_name: Input[str],
    cluster_arn: Input[str],
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """The associations, each with its role where none is given; pods that start after them have the rights."""
    made: list[pulumi.Resource] = []
    for one in wanted:
        who = association_name(name, one.namespace, one.service_account)
        role_arn, attached = (one.role_arn, []) if one.role_arn else _role(who, one, cluster_arn, parent)
        made.append(
            aws.eks.PodIdentityAssociation(
                who,
                cluster_name=cluster_name,
                namespace=one.namespace,
                service_account=one.service_account,
                role_arn=role_arn,
                # A pod that starts has its rights from its first call on.
                opts=ResourceOptions(parent=parent, depends_on=attached),
            )
        )
    return made


def association_name(cluster: str, namespace: str, service_account: str) -> str:
    """The name of a service account's association in Pulumi."""
    return f"{cluster}-{namespace}-{service_account}-pods"


def attachment_name(association: str, policy_arn: str) -> str:
    """The name of a policy's attachment in Pulumi."""
    return f"{association}-{policy_arn.rpartition('/')[2]}"


def role_name(association: str) -> str:
    """The name of an association's role in Pulumi.

    It is the association's as long as IAM takes that with Pulumi's suffix; a longer one is cut, and ends in a hash.
    """
    room = ROLE_NAME - AUTO_NAMED
    if len(association) <= room:
        return association
    digest = hashlib.sha256(association.encode()).hexdigest()[:8]
    return f"{association[: room - len(digest) - 1]}-{digest}"


def _role(
    who: str, one: PodIdentityArgs, cluster_arn: Input[str], parent: pulumi.Resource
) -> tuple[Output[str], list[pulumi.Resource]]:
    child = ResourceOptions(parent=parent)
    role = aws.iam.Role(
        role_name(who),
        description=f"Pods of {one.namespace}/{one.service_account}",
        assume_role_policy=Output.json_dumps(
            Output.from_input(cluster_arn).apply(
                lambda arn: iam.trust(
                    {"Service": iam.PODS},
                    actions=iam.POD_ACTIONS,
                    condition=iam.of_service_account(arn, one.namespace, one.service_account),
                )
            )
        ),
        opts=child,
    )
    attached: list[pulumi.Resource] = [
        aws.iam.RolePolicyAttachment(attachment_name(who, policy), role=role.name, policy_arn=policy, opts=child)
        for policy in one.policies
    ]
    if one.statements:
        document = Output.json_dumps(iam.policy(*one.statements))
        attached.append(aws.iam.RolePolicy(f"{who}-own", role=role.name, policy=document, opts=child))
    return role.arn, attached


def identity_provider(name: str, issuer: Input[str], *, parent: pulumi.Resource) -> aws.iam.OpenIdConnectProvider:
    """IAM's trust in the tokens of a cluster's service accounts; IAM knows the certificate authority by itself."""
    return aws.iam.OpenIdConnectProvider(
        f"{name}-oidc", url=issuer, client_id_lists=[AUDIENCE], opts=ResourceOptions(parent=parent)
    )
