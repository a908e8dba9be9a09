"""IAM: what roles may do, and who may assume them."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import pulumi_aws as aws

from policies.documents import Statement, statements
from policies.inputs import Resource, token
from policies.rule import Context, Parameter, Severity, rule
from policies.stack import Stack

iam = aws.iam
POD_TAGS = ("aws:requesttag/kubernetes-namespace", "aws:requesttag/kubernetes-service-account")
"""The tags that EKS sets on a pod's session (EKS user guide, "Grant Pods access to AWS resources based on tags")."""

ESCALATING = (
    *("iam:PassRole", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy"),
    *("iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:AttachGroupPolicy", "iam:AddUserToGroup"),
    *("iam:PutRolePolicy", "iam:PutUserPolicy", "iam:PutGroupPolicy", "iam:DeleteRolePermissionsBoundary"),
    *("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "sts:AssumeRole"),
    *("eks:CreateAccessEntry", "eks:AssociateAccessPolicy", "eks:CreatePodIdentityAssociation"),
    *("ssm:StartSession", "ssm:SendCommand", "ec2-instance-connect:SendSSHPublicKey"),
    *("lambda:UpdateFunctionCode", "kms:CreateGrant", "kms:PutKeyPolicy"),
)
"""The actions that extend a principal's own rights, alone or through an existing resource."""


@rule(
    "rights-not-all",
    lambda: (iam.RolePolicy, iam.Policy, iam.Role),
    what="Nobody may do everything, because a policy of `*` on `*` makes its holder the account's administrator.",
    fix="name the actions and resources that are needed",
    sources=(
        *("CIS AWS v1.4.0 1.16", "CKV_AWS_62", "CKV_AWS_63", "CKV2_AWS_40", "IAM.1"),
        *("Prowler iam_inline_policy_no_administrative_privileges", "AwsSolutions-IAM5"),
    ),
    severity=Severity.CRITICAL,
)
def rights_not_all(resource: Resource, _: Context) -> Iterator[str]:
    """Yield statements that allow everything on everything."""
    for statement in _granted(resource):
        if {"*", "*:*"} & {*statement.actions} and "*" in statement.resources:
            yield "it allows every action on every resource"


@rule(
    "rights-no-admin-policy",
    lambda: (iam.RolePolicyAttachment, iam.Role),
    what="No role has an AWS managed policy for administrators.",
    fix="attach a policy of the rights that are needed",
    sources=("CKV_AWS_274", "CKV2_AWS_56", "Prowler iam_role_administratoraccess_policy"),
    severity=Severity.CRITICAL,
    parameters={
        "policies": Parameter.texts(
            ["AdministratorAccess", "IAMFullAccess", "PowerUserAccess"], "The forbidden AWS managed policies, by name."
        )
    },
)
def rights_no_admin_policy(resource: Resource, context: Context) -> Iterator[str]:
    """Yield attached policies for administrators."""
    path = "managedPolicyArns" if resource.type == token(iam.Role) else "policyArn"
    for arn in resource.texts(path):
        if arn.rpartition("/")[2] in context.parameters["policies"]:
            yield f"it has {arn}"


@rule(
    "rights-on-resources",
    lambda: (iam.RolePolicy, iam.Policy, iam.Role),
    what="A statement names its actions, and their resources if the actions support resource ARNs.",
    fix="name the actions and their resources' ARNs, or add an action without resources to the parameter anywhere",
    sources=("CKV_AWS_355", "CKV_AWS_288", "CKV_AWS_290", "AwsSolutions-IAM5", "IAM.21"),
    severity=Severity.HIGH,
    parameters={
        "anywhere": Parameter.texts(
            [
                *("ssm:UpdateInstanceInformation", "ssmmessages:*", "ec2:Describe*", "logs:DescribeLogGroups"),
                *("ecr:GetAuthorizationToken", "sts:GetCallerIdentity", "eks:ListClusters"),
            ],
            "The actions allowed on `*`: those that support no resource ARN (Service Authorization Reference).",
        )
    },
)
def rights_on_resources(resource: Resource, context: Context) -> Iterator[str]:
    """Yield wildcards for all of a service's actions, and actions on `*` that the parameter does not list."""
    anywhere = [action.lower() for action in context.parameters["anywhere"]]
    for statement in _granted(resource):
        for action in statement.actions:
            if action.endswith(":*") and action not in anywhere:
                yield f"it allows {action}"
            elif "*" in statement.resources and not any(fnmatchcase(action, pattern) for pattern in anywhere):
                yield f"it allows {action} on every resource"


@rule(
    "rights-not-more",
    lambda: (iam.RolePolicy, iam.Policy, iam.Role),
    what="Nobody can extend their own rights, for example by passing any role or rewriting a policy.",
    fix="name the roles, users or clusters, or add a condition",
    sources=(
        *("CKV_AWS_286", "CKV_AWS_287", "CKV_AWS_289"),
        "Prowler iam_inline_policy_allows_privilege_escalation",
    ),
    severity=Severity.CRITICAL,
)
def rights_not_more(resource: Resource, _: Context) -> Iterator[str]:
    """Yield escalating actions whose resource is a wildcard."""
    for statement in _granted(resource):
        if statement.conditions or not any("*" in arn for arn in statement.resources):
            continue
        found = [action for action in ESCALATING if statement.covers(action)]
        if found:
            yield f"it allows {', '.join(found[:3])}{' and more' if found[3:] else ''} on {statement.resources[0]}"


@rule(
    "trust-named",
    lambda: (iam.Role,),
    what="A role names the principals that may assume it, because anybody could use a role that everybody may assume.",
    fix="name the service, or the principals of the account",
    sources=("CKV_AWS_60", "CKV_AWS_61"),
    severity=Severity.CRITICAL,
)
def trust_named(role: Resource, _: Context) -> Iterator[str]:
    """Yield principals that are wildcards, or whole accounts without a condition."""
    for statement in _trust(role):
        for _kind, name in statement.principals:
            if "*" in name:
                yield f"its trust policy names {name}"
            elif name.endswith(":root") and not statement.conditions:
                yield f"its trust policy names {name}, which is all of the account"


@rule(
    "trust-on-behalf",
    lambda: (iam.Role,),
    what="A service assumes a role for the fleet's own resources only, because other accounts use the same service.",
    fix="add a condition on aws:SourceAccount or aws:SourceArn",
    sources=(
        "Prowler iam_role_cross_service_confused_deputy_prevention",
        "IAM user guide, The confused deputy problem",
    ),
    severity=Severity.MEDIUM,
    parameters={
        "services": Parameter.texts(
            ["vpc-flow-logs.amazonaws.com", "eks-fargate-pods.amazonaws.com"],
            "The services that send the account and ARN that they act for.",
        )
    },
)
def trust_on_behalf(role: Resource, context: Context) -> Iterator[str]:
    """Yield statements for such a service without either condition."""
    for statement in _trust(role):
        services = [name for _, name in statement.principals if name in context.parameters["services"]]
        if services and not {"aws:sourceaccount", "aws:sourcearn"} & statement.conditions.keys():
            yield f"{', '.join(services)} may assume it for any account"


@rule(
    "trust-workload",
    lambda: (iam.Role,),
    what="A role for pods is for a single service account, and not for every pod of a cluster.",
    fix="add conditions on the namespace and the service account, or on sub and aud for an OIDC provider",
    sources=("EKS best practices, Scope the IAM Role trust policy for IRSA Roles",),
    severity=Severity.HIGH,
)
def trust_workload(role: Resource, _: Context) -> Iterator[str]:
    """Yield statements for EKS or an identity provider that lack a condition, or have wildcards in it."""
    for statement in _trust(role):
        for kind, name in statement.principals:
            if name == "pods.eks.amazonaws.com":
                missing = [key for key in POD_TAGS if not _named(statement, key)]
            elif kind == "Federated" and ":oidc-provider/" in name:
                issuer = name.partition(":oidc-provider/")[2].lower()
                missing = [key for key in (f"{issuer}:sub", f"{issuer}:aud") if not _named(statement, key)]
            else:
                continue
            if missing:
                yield f"{name} may assume it without a condition on {' and '.join(missing)}"


@rule(
    "node-rights",
    lambda: (aws.eks.NodeGroup, iam.RolePolicy, iam.Policy, iam.Role, iam.RolePolicyAttachment),
    what="A node may only join, give pods addresses and pull images, because every pod on it could use its rights.",
    fix="grant the right to the pods that need it, in access.podIdentities",
    sources=("AwsSolutions-IAM4", "EKS best practices, Update the aws-node daemonset to use IRSA"),
    severity=Severity.HIGH,
    parameters={
        "policies": Parameter.texts(
            [
                *("AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy", "AmazonEKS_CNI_Policy"),
                *("AmazonEC2ContainerRegistryPullOnly", "AmazonSSMManagedInstanceCore"),
            ],
            "The AWS managed policies that nodes may have, by name.",
        )
    },
)
def node_rights(stack: Stack, context: Context) -> Iterator[tuple[Resource, str]]:
    """Yield the policies of node groups' roles that are not listed."""
    nodes = stack.of(aws.eks.NodeGroup)
    roles = {role.urn: role for group in nodes for role in stack.sources(group, "nodeRoleArn", iam.Role)}
    for role in roles.values():
        for attached in stack.users(role, iam.RolePolicyAttachment, "role"):
            for arn in attached.texts("policyArn"):
                if arn.rpartition("/")[2] not in context.parameters["policies"]:
                    yield attached, f"nodes have {arn}"
        for own in stack.users(role, iam.RolePolicy, "role"):
            yield own, "nodes have rights of their own"


def _granted(resource: Resource) -> Iterator[Statement]:
    """Yield the statements of a resource's documents that allow something. A role's documents are inline."""
    if resource.type != token(iam.Role):
        documents = [resource.at("policy")]
    else:
        documents = [inline.at("policy") for inline in resource.each("inlinePolicies")]
    for document in documents:
        yield from (statement for statement in statements(document) if statement.allows)


def _trust(role: Resource) -> Iterator[Statement]:
    return (statement for statement in statements(role.at("assumeRolePolicy")) if statement.allows)


def _named(statement: Statement, key: str) -> bool:
    """Whether a condition requires values of a key, none of them with a wildcard."""
    values = statement.conditions.get(key, ())
    return bool(values) and not any("*" in value for value in values)
