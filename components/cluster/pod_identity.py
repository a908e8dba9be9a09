"""AWS rights of a cluster's pods, by EKS Pod Identity or by an identity provider of IAM."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from .. import iam

AUDIENCE = "sts.amazonaws.com"
"""The audience of service accounts' tokens."""

ROLE_NAME = 64
"""The longest name of a role (IAM API reference, CreateRole)."""

AUTO_NAMED = 8
"""The length of Pulumi's suffix of a resource's name: a dash and seven hexadecimal digits."""


@dataclass(frozen=True, kw_only=True)
class PodIdentityArgs:
    """A service account whose pods have an IAM role."""

    namespace: str
    service_account: str
    role_arn: str | None = None
    """The role; None: a role is created, with the policies and the statements."""
    policies: Sequence[str] = ()
    """ARNs of IAM policies."""
    statements: Sequence[iam.Statement] = ()
    """The statements of an inline policy."""


def pod_identities(
    name: str,
    requested: Sequence[PodIdentityArgs],
    *,
    cluster_name: Input[str],
    cluster_arn: Input[str],
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Create the associations, and roles for those without one. Pods that start afterwards have the rights."""
    created: list[pulumi.Resource] = []
    for identity in requested:
        association = association_name(name, identity.namespace, identity.service_account)
        role_arn, attached = (
            (identity.role_arn, []) if identity.role_arn else _role(association, identity, cluster_arn, parent)
        )
        created.append(
            aws.eks.PodIdentityAssociation(
                association,
                cluster_name=cluster_name,
                namespace=identity.namespace,
                service_account=identity.service_account,
                role_arn=role_arn,
                # A pod needs its rights at its first call.
                opts=ResourceOptions(parent=parent, depends_on=attached),
            )
        )
    return created


def association_name(cluster: str, namespace: str, service_account: str) -> str:
    """Return the Pulumi name of a service account's association."""
    return f"{cluster}-{namespace}-{service_account}-pods"


def attachment_name(association: str, policy_arn: str) -> str:
    """Return the Pulumi name of a policy's attachment."""
    return f"{association}-{policy_arn.rpartition('/')[2]}"


def role_name(association: str) -> str:
    """Return the Pulumi name of an association's role.

    The name is the association's if IAM allows it with Pulumi's suffix; a longer one is cut, and ends in a hash.
    """
    limit = ROLE_NAME - AUTO_NAMED
    if len(association) <= limit:
        return association
    digest = hashlib.sha256(association.encode()).hexdigest()[:8]
    return f"{association[: limit - len(digest) - 1]}-{digest}"


def _role(
    association: str, identity: PodIdentityArgs, cluster_arn: Input[str], parent: pulumi.Resource
) -> tuple[Output[str], list[pulumi.Resource]]:
    child = ResourceOptions(parent=parent)
    role = aws.iam.Role(
        role_name(association),
        description=f"Pods of {identity.namespace}/{identity.service_account}",
        assume_role_policy=Output.json_dumps(
            Output.from_input(cluster_arn).apply(
                lambda arn: iam.trust(
                    {"Service": iam.PODS},
                    actions=iam.POD_ACTIONS,
                    condition=iam.of_service_account(arn, identity.namespace, identity.service_account),
                )
            )
        ),
        opts=child,
    )
    attached: list[pulumi.Resource] = [
        aws.iam.RolePolicyAttachment(
            attachment_name(association, policy), role=role.name, policy_arn=policy, opts=child
        )
        for policy in identity.policies
    ]
    if identity.statements:
        document = Output.json_dumps(iam.policy(*identity.statements))
        attached.append(aws.iam.RolePolicy(f"{association}-own", role=role.name, policy=document, opts=child))
    return role.arn, attached


def identity_provider(name: str, issuer: Input[str], *, parent: pulumi.Resource) -> aws.iam.OpenIdConnectProvider:
    """Create IAM's trust in the tokens of a cluster's service accounts. IAM trusts EKS's CA itself."""
    return aws.iam.OpenIdConnectProvider(
        f"{name}-oidc", url=issuer, client_id_lists=[AUDIENCE], opts=ResourceOptions(parent=parent)
    )
