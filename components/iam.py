"""IAM: policy documents, and roles that AWS services assume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from .account import identity, partition
from .ask import UnansweredError, ask

Document = dict[str, Any]
Statement = Mapping[str, Any]

PODS = "pods.eks.amazonaws.com"
"""The service that assumes the roles of pods, in every partition (EKS user guide, EKS Pod Identity)."""

POD_ACTIONS = ("sts:AssumeRole", "sts:TagSession")
"""The actions of EKS Pod Identity on a pod's role: it tags each session with the cluster and the service account."""


def policy(*statements: Statement) -> Document:
    """Return a policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": [*statements]}


def allow(actions: str | Sequence[str], resources: Any) -> Statement:
    """Return a statement that allows actions on resources."""
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def trust(
    principal: Mapping[str, Any],
    *,
    actions: Sequence[str] = ("sts:AssumeRole",),
    condition: Input[Mapping[str, Any]] | None = None,
) -> Document:
    """Return a trust policy: `principal`, {"Service": "ec2.amazonaws.com"} say, assumes the role under `condition`."""
    # AWS stores a single action as text, not as a list.
    action = actions[0] if len(actions) == 1 else list(actions)
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return policy(statement | ({"Condition": condition} if condition is not None else {}))


def within_boundary(boundary: str) -> pulumi.ResourceTransform:
    """Return a transform of the whole stack that creates every role with this permissions boundary, a policy's ARN.

    The transform also reaches the roles of remote components: pulumi_eks has no input for the boundary of a control
    plane's role.
    """

    def bound(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "aws:iam/role:Role":
            return None
        return pulumi.ResourceTransformResult(props={**args.props, "permissionsBoundary": boundary}, opts=args.opts)

    return bound


def check_boundary(boundary: str | None, within: pulumi.ProviderResource) -> Output[None]:
    """Raise pulumi.RunError for a permissions boundary that IAM would refuse on every role.

    The boundary must be an existing policy, of AWS or of the account (IAM API reference, CreateRole).
    """
    if boundary is None:
        return Output.from_input(None)
    return identity(within).account_id.apply(lambda own: _check_policy(boundary, own, within))


async def _check_policy(boundary: str, account: str, within: pulumi.ProviderResource) -> None:
    if boundary.split(":")[4] not in ("aws", account):
        raise pulumi.RunError(
            f"access.boundary: {boundary} is not a policy of the fleet's account, {account}; create it there, and use "
            "its ARN"
        )
    try:
        await ask("aws:iam/getPolicy:getPolicy", {"arn": boundary}, pulumi.InvokeOptions(provider=within))
    except UnansweredError as error:
        if not error.denied:
            raise pulumi.RunError(
                f"access.boundary: {boundary} does not exist ({error.reason}); create it before the update, as "
                "docs/permissions.md shows"
            ) from None
        pulumi.warn(f"access.boundary: AWS does not tell whether {boundary} exists ({error.reason})")


def of_account(account: str) -> Mapping[str, Any]:
    """Return the condition that a service acts on behalf of this account only."""
    return {"StringEquals": {"aws:SourceAccount": account}}


def of_service_account(cluster_arn: str, namespace: str, service_account: str) -> Mapping[str, Any]:
    """Return the condition that EKS acts for pods of a single service account in a single cluster.

    EKS user guide, "Grant Pods access to AWS resources based on tags".
    """
    return {
        "StringEquals": {
            "aws:RequestTag/eks-cluster-arn": cluster_arn,
            "aws:RequestTag/kubernetes-namespace": namespace,
            "aws:RequestTag/kubernetes-service-account": service_account,
        }
    }


def describe_clusters(*, partition: str, account: str, clusters: Mapping[str, str]) -> Document:
    """Return the policy that `aws eks update-kubeconfig` needs, for these clusters only: name to region."""
    arns = [f"arn:{partition}:eks:{region}:{account}:cluster/{name}" for name, region in sorted(clusters.items())]
    return policy(allow("eks:DescribeCluster", arns))


def describe_clusters_output(clusters: Mapping[str, str], *, parent: pulumi.Resource) -> Output[Document]:
    """Return the policy of describe_clusters, in the account and partition of the parent's provider.

    The ARNs are built from the names, because the clusters' own access entries name the roles that get this policy.
    """
    return Output.all(partition(parent).partition, identity(parent).account_id).apply(
        lambda known: describe_clusters(partition=known[0], account=known[1], clusters=clusters)
    )


def write_logs(group_arn: str) -> list[Statement]:
    """Return the statements to write to a single log group, by its ARN.

    The statements don't allow `logs:CreateLogGroup`: records that arrive after a destroy would create the group again,
    without encryption and retention. `logs:DescribeLogGroups` has no narrower resource (Service Authorization
    Reference).
    """
    every_group = ":".join([*group_arn.split(":")[:6], "*"])
    return [
        allow(["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"], [group_arn, f"{group_arn}:*"]),
        allow("logs:DescribeLogGroups", every_group),
    ]


def service_role(
    name: str,
    service: str,
    managed_policies: Sequence[str],
    *,
    actions: Sequence[str] = ("sts:AssumeRole",),
    condition: Input[Mapping[str, Any]] | None = None,
    parent: pulumi.Resource,
) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
    """Create a role that `service` (`ec2.amazonaws.com`, say) assumes, and attach AWS's own policies, by name.

    Users of the role depend on the attachments, because AWS reads the policies when the role is used.
    """
    partition_name = partition(parent).partition
    role = aws.iam.Role(
        name,
        assume_role_policy=Output.json_dumps(trust({"Service": service}, actions=actions, condition=condition)),
        opts=ResourceOptions(parent=parent),
    )
    attachments: list[pulumi.Resource] = [
        aws.iam.RolePolicyAttachment(
            f"{name}-{managed}",
            role=role.name,
            policy_arn=Output.format("arn:{0}:iam::aws:policy/{1}", partition_name, managed),
            opts=ResourceOptions(parent=parent),
        )
        for managed in managed_policies
    ]
    return role, attachments
