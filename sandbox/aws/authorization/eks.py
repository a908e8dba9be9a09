"""EKS's checks of a call, and the rights of other services that it checks for its caller."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.aws.authorization import identity, keys
from sandbox.aws.authorization.call import Call, tags_of
from sandbox.aws.authorization.policies import Check, listed

_OF_CHILD: Mapping[str, tuple[str, str]] = {
    "Nodegroup": ("nodegroup", "nodegroupName"),
    "Addon": ("addon", "addonName"),
    "FargateProfile": ("fargateprofile", "fargateProfileName"),
    "AccessEntry": ("access-entry", "principalArn"),
    "AccessPolic": ("access-entry", "principalArn"),
    "PodIdentityAssociation": ("podidentityassociation", "associationId"),
}
"""The kind of resource, and the parameter that names it, by a part of the operation's name."""

_PASSES: Mapping[str, str] = {
    "CreateCluster": "eks.amazonaws.com",
    "CreateNodegroup": "ec2.amazonaws.com",
    "CreateFargateProfile": "eks-fargate-pods.amazonaws.com",
    "CreatePodIdentityAssociation": "pods.eks.amazonaws.com",
    "UpdatePodIdentityAssociation": "pods.eks.amazonaws.com",
    "CreateAddon": "pods.eks.amazonaws.com",
    "UpdateAddon": "pods.eks.amazonaws.com",
}
"""The service to which the caller passes a role, by operation."""

_LINKED = {
    "CreateCluster": ("eks", "AWSServiceRoleForAmazonEKS"),
    "CreateNodegroup": ("eks-nodegroup", "AWSServiceRoleForAmazonEKSNodegroup"),
    "CreateFargateProfile": ("eks-fargate", "AWSServiceRoleForAmazonEKSForFargate"),
}


def checks(call: Call) -> Iterator[Check]:
    """The checks on clusters and their things by name, and the other rights that EKS checks for its caller."""
    params = call.params
    requested = tags_of(params.get("tags"))
    resource = _eks_resource(call)
    yield call.check(resource, requested=requested)
    if requested and call.operation.startswith("Create"):
        yield call.check(resource, action="eks:TagResource", requested=requested)
    if service := _PASSES.get(call.operation):
        for role in _roles_in(params):
            yield identity.pass_role(call, role, service)
            yield call.check(role, action="iam:GetRole")
    if linked := _LINKED.get(call.operation):
        yield from identity.linked_role(call, f"{linked[0]}.amazonaws.com", linked[1])
    for config in listed(params.get("encryptionConfig")):
        key = config["provider"]["keyArn"]
        for action in ("kms:DescribeKey", "kms:CreateGrant"):
            yield call.check(key, action=action, tags=keys.key_tags(call, key))
    if template := params.get("launchTemplate"):
        yield from identity.launched(call, template.get("id") or template.get("name", ""), template.get("version"))


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
