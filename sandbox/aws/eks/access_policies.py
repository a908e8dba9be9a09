"""Access policies, EKS's own permissions for a principal (https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.aws import clock
from sandbox.aws.eks.errors import InvalidParameterException, InvalidRequestException, ResourceNotFoundException
from sandbox.aws.eks.operations import Call, operation
from sandbox.aws.eks.state import AccessEntry, Shape

NAMES = (
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
)
"""The policies that the sandbox's control planes know."""

PREFIX = "arn:aws:eks::aws:cluster-access-policy/"

ADMINISTRATOR = f"{PREFIX}AmazonEKSClusterAdminPolicy"

CLUSTER_SCOPE: Shape = {"type": "cluster", "namespaces": []}

_NAMESPACE = re.compile(r"[a-z0-9*?]([-a-z0-9*?]*[a-z0-9*?])?")


def associate(entry: AccessEntry, policy: str, scope: Mapping[str, Any]) -> Shape:
    """Associate a policy with an entry, or give the association another scope."""
    since = entry.policies.get(policy, {}).get("associatedAt", clock.now())
    entry.policies[policy] = {
        "policyArn": policy,
        "accessScope": {"type": scope["type"], "namespaces": list(scope.get("namespaces", []))},
        "associatedAt": since,
        "modifiedAt": clock.now(),
    }
    return entry.policies[policy]


@operation("AssociateAccessPolicy")
def associate_access_policy(call: Call) -> Mapping[str, Any]:
    """Give a principal a policy's permissions, in the cluster or in some namespaces."""
    entry, policy, scope = call.access_entry, call.params["policyArn"], call.params["accessScope"]
    if policy.removeprefix(PREFIX) not in NAMES:
        raise InvalidParameterException(
            f"The policyArn parameter format is not valid: {policy} is not one of {', '.join(NAMES)} (the sandbox's)"
        )
    if entry.shape["type"] != "STANDARD":
        raise InvalidRequestException("Access policies can be associated with access entries of type STANDARD only")
    _check_scope(scope)
    return {
        "clusterName": call.cluster.key.name,
        "principalArn": call.params["principalArn"],
        "associatedAccessPolicy": associate(entry, policy, scope),
    }


def _check_scope(scope: Mapping[str, Any]) -> None:
    kind, namespaces = scope.get("type"), scope.get("namespaces", [])
    if kind not in ("cluster", "namespace"):
        raise InvalidParameterException("accessScope.type must be cluster or namespace")
    if (kind == "namespace") != bool(namespaces):
        raise InvalidParameterException(
            f"accessScope of type {kind}: namespaces belong to the type namespace, and to it alone"
        )
    for namespace in namespaces:
        if not _NAMESPACE.fullmatch(namespace):
            raise InvalidParameterException(f"accessScope.namespaces: {namespace!r} is not a namespace's name")


@operation("DisassociateAccessPolicy")
def disassociate_access_policy(call: Call) -> Mapping[str, Any]:
    """Remove a policy from a principal."""
    entry, policy = call.access_entry, call.params["policyArn"]
    if policy not in entry.policies:
        raise ResourceNotFoundException(
            "The specified association could not be found.", clusterName=call.cluster.key.name
        )
    del entry.policies[policy]
    return {}


@operation("ListAssociatedAccessPolicies")
def list_associated_access_policies(call: Call) -> Mapping[str, Any]:
    """List the policies of a principal."""
    return {
        "clusterName": call.cluster.key.name,
        "principalArn": call.params["principalArn"],
        "associatedAccessPolicies": list(call.access_entry.policies.values()),
    }


@operation("ListAccessPolicies")
def list_access_policies(call: Call) -> Mapping[str, Any]:
    """List all policies."""
    return {"accessPolicies": [{"name": name, "arn": PREFIX + name} for name in NAMES]}
