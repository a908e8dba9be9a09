"""What IAM, KMS, CloudWatch Logs, Systems Manager, Auto Scaling and EKS judge a call on.

Service Authorization Reference, the page of each service. A call that isn't listed is judged on `*`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from moto.iam.models import iam_backends
from moto.kms.models import kms_backends

from sandbox.aws.authorization import ec2
from sandbox.aws.authorization.call import Call, tags_of
from sandbox.aws.authorization.policies import Check, listed


def iam(call: Call) -> Iterator[Check]:
    """Roles, instance profiles and identity providers by their ARNs, with the policy and the boundary in question."""
    params, requested = call.params, tags_of(call.params.get("Tags"))
    resource = _iam_resource(call)
    more: dict[str, str] = {}
    if policy := params.get("PolicyArn"):
        more["iam:PolicyARN"] = policy
    if boundary := params.get("PermissionsBoundary") or _boundary(call):
        more["iam:PermissionsBoundary"] = boundary
    if service := params.get("AWSServiceName"):
        more["iam:AWSServiceName"] = service
    yield call.check(resource, requested=requested, tags=_iam_tags(call, resource), keys=more)
    tagging = {"CreateRole": "TagRole", "CreateInstanceProfile": "TagInstanceProfile"}
    tagging |= {"CreateOpenIDConnectProvider": "TagOpenIDConnectProvider"}
    if requested and call.operation in tagging:
        yield call.check(resource, action=f"iam:{tagging[call.operation]}", requested=requested)
    if call.operation == "AddRoleToInstanceProfile":
        yield pass_role(call, _role_arn(call, params.get("RoleName", "")), "ec2.amazonaws.com")


def _iam_resource(call: Call) -> str:
    params = call.params
    if arn := params.get("OpenIDConnectProviderArn"):
        return arn
    if url := params.get("Url"):
        return f"arn:aws:iam::{call.principal.account}:oidc-provider/{url.removeprefix('https://')}"
    if name := params.get("InstanceProfileName"):
        return f"arn:aws:iam::{call.principal.account}:instance-profile{params.get('Path', '/')}{name}"
    if service := params.get("AWSServiceName"):
        return f"arn:aws:iam::{call.principal.account}:role/aws-service-role/{service}/*"
    if name := params.get("RoleName"):
        return _role_arn(call, name, params.get("Path", "/"))
    return "*"


def _role_arn(call: Call, name: str, path: str = "/") -> str:
    role = _role(call, name)
    return role.arn if role else f"arn:aws:iam::{call.principal.account}:role{path}{name}"


def _role(call: Call, name: str) -> Any | None:
    roles = iam_backends[call.principal.account]["aws"].roles.values()
    return next((role for role in roles if role.name == name or role.arn == name), None)


def _boundary(call: Call) -> str:
    role = _role(call, call.params.get("RoleName", ""))
    return (role.permissions_boundary_arn or "") if role else ""


def _iam_tags(call: Call, arn: str) -> dict[str, str]:
    """The tags of an identity provider: roles' are of no use, because IAM takes no tags where roles are passed."""
    providers = iam_backends[call.principal.account]["aws"].open_id_providers
    found = next((one for one in providers.values() if one.arn == arn), None)
    return tags_of(found.tag_list_type) if found else {}


def pass_role(call: Call, role: str, service: str) -> Check:
    """The check that the caller may hand a role to a service."""
    return call.check(role, action="iam:PassRole", iam_PassedToService=service)


def kms(call: Call) -> Iterator[Check]:
    """Keys by their tags, aliases by their names."""
    params, requested = call.params, tags_of(call.params.get("Tags"))
    if call.operation == "CreateKey":
        yield call.check("*", requested=requested)
        if requested:
            yield call.check("*", action="kms:TagResource", requested=requested)
        return
    if alias := params.get("AliasName"):
        yield call.check(call.arn(alias))
    key = params.get("TargetKeyId") or params.get("KeyId") or (_alias_target(call, alias) if alias else "")
    if key or not alias:
        yield call.check(
            call.arn(f"key/{_key_id(key)}") if key else "*", tags=_key_tags(call, key), requested=requested
        )


def _key_id(key: str) -> str:
    return key.rpartition("/")[2]


def _alias_target(call: Call, alias: str) -> str:
    backend: Any = kms_backends[call.principal.account][call.region]
    return next((key for key, aliases in backend.key_to_aliases.items() if alias in aliases), "")


def _key_tags(call: Call, key: str) -> dict[str, str]:
    backend: Any = kms_backends[call.principal.account][call.region]
    return dict(backend.tagger.get_tag_dict_for_resource(_key_id(key)))


def logs(call: Call) -> Iterator[Check]:
    """Log groups by their names."""
    params = call.params
    named = params.get("logGroupName") or params.get("resourceArn") or ""
    if call.operation.startswith("Describe") or not named:
        yield call.check("*")
        return
    group = named if named.startswith("arn:") else call.arn(f"log-group:{named}")
    yield call.check(group, requested=tags_of(params.get("tags")))
    if call.operation == "CreateLogGroup" and params.get("tags"):
        yield call.check(group, action="logs:TagResource", requested=tags_of(params["tags"]))
    if key := params.get("kmsKeyId"):
        yield call.check(key, action="kms:DescribeKey", tags=_key_tags(call, key))


def ssm(call: Call) -> Iterator[Check]:
    """Documents and parameters by their names."""
    params = call.params
    if call.operation in ("DescribeParameters", "ListDocuments"):
        yield call.check("*")
        return
    document = "Document" in call.operation or params.get("ResourceType") == "Document"
    names = [str(name) for name in listed(params.get("Names") or params.get("Name") or params.get("ResourceId"))]
    requested = tags_of(params.get("Tags"))
    for name in names or ["*"]:
        arn = call.arn(f"document/{name}" if document else f"parameter/{name.lstrip('/')}")
        if name.startswith("/aws/"):  # AWS's own
            arn = f"arn:aws:ssm:{call.region}::parameter{name}"
        yield call.check(arn, requested=requested)
        if requested and call.operation in ("CreateDocument", "PutParameter"):
            yield call.check(arn, action="ssm:AddTagsToResource", requested=requested)


def autoscaling(call: Call) -> Iterator[Check]:
    """Groups by their names; with the launch template's RunInstances if it is given."""
    params = call.params
    if call.operation.startswith("Describe"):
        yield call.check("*")
        return
    names = {
        params.get("AutoScalingGroupName") or each.get("ResourceId", "") for each in listed(params.get("Tags")) or [{}]
    }
    for name in sorted(filter(None, names)):
        yield call.check(call.arn(f"autoScalingGroup:*:autoScalingGroupName/{name}"))
        if call.operation == "CreateAutoScalingGroup" and params.get("Tags"):
            group = call.arn(f"autoScalingGroup:*:autoScalingGroupName/{name}")
            yield call.check(group, action="autoscaling:CreateOrUpdateTags")
    if template := params.get("LaunchTemplate"):
        named = template.get("LaunchTemplateId") or template.get("LaunchTemplateName", "")
        yield from launched(call, named, template.get("Version"))
    if call.operation == "CreateAutoScalingGroup":
        yield from linked_role(call, "autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling")


def launched(call: Call, template: str, version: str | None) -> Iterator[Check]:
    """RunInstances, and the right to pass the template's instance profile's role."""
    yield from ec2.launch(call, template, version)
    for profile in ec2.profiles(call, template, version):
        for role in _profile_roles(call, profile):
            yield pass_role(call, role, "ec2.amazonaws.com")


def _profile_roles(call: Call, arn: str) -> list[str]:
    profiles: Any = iam_backends[call.principal.account]["aws"].instance_profiles.values()
    return [role.arn for one in profiles if arn in (one.arn, one.name) for role in one.roles]


def linked_role(call: Call, service: str, name: str) -> Iterator[Check]:
    """CreateServiceLinkedRole, if the account has no such role yet."""
    if _role(call, name) is None:
        resource = f"arn:aws:iam::{call.principal.account}:role/aws-service-role/{service}/{name}"
        yield call.check(resource, action="iam:CreateServiceLinkedRole", iam_AWSServiceName=service)


_OF_CHILD: Mapping[str, tuple[str, str]] = {
    "Nodegroup": ("nodegroup", "nodegroupName"),
    "Addon": ("addon", "addonName"),
    "FargateProfile": ("fargateprofile", "fargateProfileName"),
    "AccessEntry": ("access-entry", "principalArn"),
    "AccessPolic": ("access-entry", "principalArn"),
    "PodIdentityAssociation": ("podidentityassociation", "associationId"),
}
"""By a part of an operation's name: the kind of resource, and the parameter that names it."""

_PASSES: Mapping[str, str] = {
    "CreateCluster": "eks.amazonaws.com",
    "CreateNodegroup": "ec2.amazonaws.com",
    "CreateFargateProfile": "eks-fargate-pods.amazonaws.com",
    "CreatePodIdentityAssociation": "pods.eks.amazonaws.com",
    "UpdatePodIdentityAssociation": "pods.eks.amazonaws.com",
    "CreateAddon": "pods.eks.amazonaws.com",
    "UpdateAddon": "pods.eks.amazonaws.com",
}
"""By operation: the service to which the caller passes the role in it."""

_LINKED = {
    "CreateCluster": ("eks", "AWSServiceRoleForAmazonEKS"),
    "CreateNodegroup": ("eks-nodegroup", "AWSServiceRoleForAmazonEKSNodegroup"),
    "CreateFargateProfile": ("eks-fargate", "AWSServiceRoleForAmazonEKSForFargate"),
}


def eks(call: Call) -> Iterator[Check]:
    """Clusters and what is in them by name, with everything that EKS checks for its caller."""
    params = call.params
    requested = tags_of(params.get("tags"))
    resource = _eks_resource(call)
    yield call.check(resource, requested=requested)
    if requested and call.operation.startswith("Create"):
        yield call.check(resource, action="eks:TagResource", requested=requested)
    if service := _PASSES.get(call.operation):
        for role in _roles_in(params):
            yield pass_role(call, role, service)
            yield call.check(role, action="iam:GetRole")
    if linked := _LINKED.get(call.operation):
        yield from linked_role(call, f"{linked[0]}.amazonaws.com", linked[1])
    for config in listed(params.get("encryptionConfig")):
        key = config["provider"]["keyArn"]
        for action in ("kms:DescribeKey", "kms:CreateGrant"):
            yield call.check(key, action=action, tags=_key_tags(call, key))
    if template := params.get("launchTemplate"):
        yield from launched(call, template.get("id") or template.get("name", ""), template.get("version"))


def _eks_resource(call: Call) -> str:
    params, operation = call.params, call.operation
    if arn := params.get("resourceArn"):
        return arn
    cluster = params.get("clusterName") or params.get("name")
    if not cluster:
        return "*"
    child = next((known for part, known in _OF_CHILD.items() if part in operation), None)
    if child is None or (operation.startswith(("Create", "List")) and "Associated" not in operation):
        return call.arn(f"cluster/{cluster}")
    kind, parameter = child
    name = str(params.get(parameter, "*"))
    if kind == "access-entry":  # role/123456789012/name/id
        found = re.fullmatch(r"arn:aws:iam::(\d+):(role|user)/(?:.*/)?([^/]+)", name)
        name = f"{found[2]}/{found[1]}/{found[3]}" if found else name
    return call.arn(f"{kind}/{cluster}/{name}" + ("" if kind == "podidentityassociation" else "/*"))


def _roles_in(params: Mapping[str, Any]) -> Iterator[str]:
    for name in ("roleArn", "nodeRole", "podExecutionRoleArn"):
        if params.get(name):
            yield params[name]
    for association in listed(params.get("podIdentityAssociations")):
        yield association["roleArn"]


JUDGED: Mapping[str, Callable[[Call], Iterator[Check]]] = {
    "ec2": ec2.checks,
    "iam": iam,
    "kms": kms,
    "logs": logs,
    "ssm": ssm,
    "autoscaling": autoscaling,
    "eks": eks,
}
"""By service: the checks of its calls."""

BY_TRUST = frozenset({"sts:AssumeRole", "sts:GetSessionToken"})
"""What a role's trust policy (sandbox.aws.sts), or nobody, permits: only a denial counts."""


def checks(call: Call) -> list[Check]:
    """Every check of a call; none of one that AWS's model doesn't know, nor of GetCallerIdentity.

    STS answers that one even to who is denied it (STS API reference, GetCallerIdentity).
    """
    if not call.operation or call.action == "sts:GetCallerIdentity":
        return []
    judged = JUDGED.get(call.service)
    return [*judged(call)] if judged else [call.check("*")]
