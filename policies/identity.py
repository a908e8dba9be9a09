"""IAM: what roles may do, and who may take them on."""

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
"""What EKS tags a pod's session with (EKS user guide, "Grant Pods access to AWS resources based on tags")."""

ESCALATING = (
    *("iam:PassRole", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy"),
    *("iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:AttachGroupPolicy", "iam:AddUserToGroup"),
    *("iam:PutRolePolicy", "iam:PutUserPolicy", "iam:PutGroupPolicy", "iam:DeleteRolePermissionsBoundary"),
    *("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "sts:AssumeRole"),
    *("eks:CreateAccessEntry", "eks:AssociateAccessPolicy", "eks:CreatePodIdentityAssociation"),
    *("ssm:StartSession", "ssm:SendCommand", "ec2-instance-connect:SendSSHPublicKey"),
    *("lambda:UpdateFunctionCode", "kms:CreateGrant", "kms:PutKeyPolicy"),
)
"""What makes more rights of those that one has, by itself or with something that is there already."""


@rule(
    "rights-not-all",
    lambda: (iam.RolePolicy, iam.Policy, iam.Role),
    what="Nobody may do everything: a policy of `*` on `*` makes whoever has it the account's administrator.",
    fix="name the actions and resources that are needed",
    sources=(
        *("CIS AWS v1.4.0 1.16", "CKV_AWS_62", "CKV_AWS_63", "CKV2_AWS_40", "IAM.1"),
        *("Prowler iam_inline_policy_no_administrative_privileges", "AwsSolutions-IAM5"),
    ),
    severity=Severity.CRITICAL,
)
def rights_not_all(resource: Resource, _: Context) -> Iterator[str]:
    """No statement lets everything on everything."""
    for statement in _granted(resource):
        if {"*", "*:*"} & {*statement.actions} and "*" in statement.resources:
            yield "it lets every action on every resource"


@rule(
    "rights-no-admin-policy",
    lambda: (iam.RolePolicyAttachment, iam.Role),
    what="No role has AWS's policies for administrators.",
    fix="attach a policy of what is needed",
    sources=("CKV_AWS_274", "CKV2_AWS_56", "Prowler iam_role_administratoraccess_policy"),
    severity=Severity.CRITICAL,
    parameters={
        "policies": Parameter.texts(
            ["AdministratorAccess", "IAMFullAccess", "PowerUserAccess"], "AWS's policies that no role has, by name."
        )
    },
)
def rights_no_admin_policy(resource: Resource, context: Context) -> Iterator[str]:
    """None is attached."""
    path = "managedPolicyArns" if resource.type == token(iam.Role) else "policyArn"
    for arn in resource.texts(path):
        if arn.rpartition("/")[2] in context.parameters["policies"]:
            yield f"it has {arn}"


@rule(
    "rights-on-resources",
    lambda: (iam.RolePolicy, iam.Policy, iam.Role),
    what="A right names its actions, and the resources it is for wherever AWS can tell them apart.",
    fix="name the actions one by one, and their resources' ARNs; or add an action that can't be restricted to anywhere",
    sources=("CKV_AWS_355", "CKV_AWS_288", "CKV_AWS_290", "AwsSolutions-IAM5", "IAM.21"),
    severity=Severity.HIGH,
    parameters={
        "anywhere": Parameter.texts(
            [
                *("ssm:UpdateInstanceInformation", "ssmmessages:*", "ec2:Describe*", "logs:DescribeLogGroups"),
                *("ecr:GetAuthorizationToken", "sts:GetCallerIdentity", "eks:ListClusters"),
            ],
            "The actions that may be on `*`: those without a resource (Service Authorization Reference).",
        )
    },
)
def rights_on_resources(resource: Resource, context: Context) -> Iterator[str]:
    """No action is all of a service's, and what is on `*` is listed."""
    anywhere = [action.lower() for action in context.parameters["anywhere"]]
    for statement in _granted(resource):
        for action in statement.actions:
            if action.endswith(":*") and action not in anywhere:
                yield f"it lets {action}"
            elif "*" in statement.resources and not any(fnmatchcase(action, pattern) for pattern in anywhere):
                yield f"it lets {action} on every resource"


@rule(
    "rights-not-more",
    lambda: (iam.RolePolicy, iam.Policy, iam.Role),
    what="Nobody can make more rights of those they have: by passing any role, say, or rewriting a policy.",
    fix="name the roles, users or clusters that it is for, or add a condition",
    sources=(
        *("CKV_AWS_286", "CKV_AWS_287", "CKV_AWS_289"),
        "Prowler iam_inline_policy_allows_privilege_escalation",
    ),
    severity=Severity.CRITICAL,
)
def rights_not_more(resource: Resource, _: Context) -> Iterator[str]:
    """No action of the kind is let where a wildcard stands for the resource."""
    for statement in _granted(resource):
        if statement.conditions or not any("*" in one for one in statement.resources):
            continue
        found = [action for action in ESCALATING if statement.covers(action)]
        if found:
            yield f"it lets {', '.join(found[:3])}{' and more' if found[3:] else ''} on {statement.resources[0]}"


@rule(
    "trust-named",
    lambda: (iam.Role,),
    what="A role names who may take it on: one that everybody may is everybody's.",
    fix="name the service, or the principals of the account",
    sources=("CKV_AWS_60", "CKV_AWS_61"),
    severity=Severity.CRITICAL,
)
def trust_named(role: Resource, _: Context) -> Iterator[str]:
    """No principal is a wildcard, nor all of an account."""
    for statement in _trust(role):
        for _kind, name in statement.principals:
            if "*" in name:
                yield f"its trust policy names {name}"
            elif name.endswith(":root") and not statement.conditions:
                yield f"its trust policy names {name}, which is all of the account"


@rule(
    "trust-on-behalf",
    lambda: (iam.Role,),
    what="A service takes on a role for the fleet's own resources alone: other accounts use the same service.",
    fix="add a condition on aws:SourceAccount or aws:SourceArn",
    sources=(
        "Prowler iam_role_cross_service_confused_deputy_prevention",
        "IAM user guide, The confused deputy problem",
    ),
    severity=Severity.MEDIUM,
    parameters={
        "services": Parameter.texts(
            ["vpc-flow-logs.amazonaws.com", "eks-fargate-pods.amazonaws.com"], "Those that say for whom they act."
        )
    },
)
def trust_on_behalf(role: Resource, context: Context) -> Iterator[str]:
    """A statement that names such a service has one of the conditions."""
    for statement in _trust(role):
        services = [name for _, name in statement.principals if name in context.parameters["services"]]
        if services and not {"aws:sourceaccount", "aws:sourcearn"} & statement.conditions.keys():
            yield f"{', '.join(services)} may take it on for anybody"


@rule(
    "trust-workload",
    lambda: (iam.Role,),
    what="A role for pods is for one service account's, and not for whatever runs in a cluster.",
    fix="add conditions on the namespace and the service account; on sub and aud, where tokens are trusted",
    sources=("EKS best practices, Scope the IAM Role trust policy for IRSA Roles",),
    severity=Severity.HIGH,
)
def trust_workload(role: Resource, _: Context) -> Iterator[str]:
    """A statement that lets EKS, or an identity provider, has the conditions, without wildcards."""
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
                yield f"{name} may take it on without a condition on {' and '.join(missing)}"


@rule(
    "node-rights",
    lambda: (aws.eks.NodeGroup, iam.RolePolicy, iam.Policy, iam.Role, iam.RolePolicyAttachment),
    what="A node may join, give pods addresses and pull images, and no more: what runs on it could do all of that.",
    fix="give the right to the pods that need it, by access.podIdentities",
    sources=("AwsSolutions-IAM4", "EKS best practices, Update the aws-node daemonset to use IRSA"),
    severity=Severity.HIGH,
    parameters={
        "policies": Parameter.texts(
            [
                *("AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy", "AmazonEKS_CNI_Policy"),
                *("AmazonEC2ContainerRegistryPullOnly", "AmazonSSMManagedInstanceCore"),
            ],
            "AWS's policies that nodes may have, by name.",
        )
    },
)
def node_rights(stack: Stack, context: Context) -> Iterator[tuple[Resource, str]]:
    """The policies of node groups' roles are looked at."""
    nodes = stack.of(aws.eks.NodeGroup)
    roles = {role.urn: role for one in nodes for role in stack.sources(one, "nodeRoleArn", iam.Role)}
    for role in roles.values():
        for attached in stack.users(role, iam.RolePolicyAttachment, "role"):
            for arn in attached.texts("policyArn"):
                if arn.rpartition("/")[2] not in context.parameters["policies"]:
                    yield attached, f"nodes have {arn}"
        for own in stack.users(role, iam.RolePolicy, "role"):
            yield own, "nodes have rights of their own"


def _granted(resource: Resource) -> Iterator[Statement]:
    """What a resource's documents let; a role's are inline."""
    if resource.type != token(iam.Role):
        documents = [resource.at("policy")]
    else:
        documents = [one.at("policy") for one in resource.each("inlinePolicies")]
    for document in documents:
        yield from (statement for statement in statements(document) if statement.allows)


def _trust(role: Resource) -> Iterator[Statement]:
    return (statement for statement in statements(role.at("assumeRolePolicy")) if statement.allows)


def _named(statement: Statement, key: str) -> bool:
    """Whether a condition asks for values of a key, none of them a wildcard."""
    values = statement.conditions.get(key, ())
    return bool(values) and not any("*" in value for value in values)
