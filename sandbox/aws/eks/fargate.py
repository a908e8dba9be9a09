"""Fargate profiles with their rules and states. No pod runs by one, because the sandbox has no Fargate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.aws import clock, seeded_random
from sandbox.aws.eks import cluster_rules, network, nodegroup_rules, roles
from sandbox.aws.eks.access_entries import make as make_access_entry
from sandbox.aws.eks.errors import (
    InvalidParameterException,
    ResourceInUseException,
    ResourceLimitExceededException,
    ResourceNotFoundException,
)
from sandbox.aws.eks.operations import Call, operation
from sandbox.aws.eks.state import Cluster, Shape

MOST, MOST_SELECTORS, MOST_LABELS = 10, 5, 5
"""The most profiles of a cluster, selectors of a profile, and labels of a selector (EKS service quotas)."""

ENTRY = "FARGATE_LINUX"
"""The kind of access entry that EKS creates for a pod execution role."""

_SERVICE = "eks-fargate-pods.amazonaws.com"
_MOVING = ("CREATING", "DELETING")


@operation("CreateFargateProfile")
def create_fargate_profile(call: Call) -> Mapping[str, Any]:
    """Create a profile, which is CREATING for a moment."""
    cluster, params = call.cluster, call.params
    name, role = params["fargateProfileName"], params["podExecutionRoleArn"]
    nodegroup_rules.check_active(cluster)
    if name in cluster.fargate_profiles:
        raise ResourceInUseException(
            "A Fargate Profile already exists with this name in this cluster.", clusterName=cluster.key.name
        )
    _check_alone(cluster, "create", name)
    if len(cluster.fargate_profiles) >= MOST:
        raise ResourceLimitExceededException(f"Fargate Profile limit exceeded for cluster: at most {MOST}")
    _check(cluster, params)
    shape: Shape = {
        "fargateProfileName": name,
        "fargateProfileArn": cluster.arn("fargateprofile", name, seeded_random.uuid()),
        "clusterName": cluster.key.name,
        "createdAt": clock.now(),
        "podExecutionRoleArn": role,
        "subnets": list(params["subnets"]),
        "selectors": [dict(selector) for selector in params["selectors"]],
        "status": "CREATING",
        "tags": dict(params.get("tags", {})),
        "health": {"issues": []},
    }
    cluster.fargate_profiles[name] = shape
    if role not in cluster.access_entries:
        make_access_entry(cluster, role, ENTRY)
    return {"fargateProfile": shape}


def _check_alone(cluster: Cluster, verb: str, name: str) -> None:
    """Raise an error while another profile changes, because EKS creates and deletes one of a cluster at a time."""
    for other, shape in cluster.fargate_profiles.items():
        if shape["status"] in _MOVING and (other != name or verb == "create"):
            raise ResourceInUseException(
                f"Cannot {verb} Fargate Profile {name} because cluster {cluster.key.name} currently has Fargate "
                f"profile {other} in status {shape['status']}",
                clusterName=cluster.key.name,
            )


def _check(cluster: Cluster, params: Mapping[str, Any]) -> None:
    if params["fargateProfileName"].startswith("eks-"):
        raise InvalidParameterException("The Fargate Profile name starts with the reserved prefix: 'eks-'.")
    cluster_rules.check_tags(params.get("tags", {}))
    _check_selectors(params.get("selectors", []))
    if not params.get("subnets"):
        raise InvalidParameterException("Fargate Profile must specify at least one subnet")
    nodegroup_rules.check_subnets(cluster, params["subnets"])
    for subnet in params["subnets"]:
        if network.public(cluster.key, subnet):
            raise InvalidParameterException(f"Subnet {subnet} provided in Fargate Profile is not a private subnet")
    role = roles.found(params["podExecutionRoleArn"])
    if role is None or not roles.trusts(role, _SERVICE):
        raise InvalidParameterException(
            f"Misconfigured PodExecutionRole Trust Policy; Please add the {_SERVICE} Service Principal"
        )


def _check_selectors(selectors: Sequence[Mapping[str, Any]]) -> None:
    if not selectors:
        raise InvalidParameterException("Fargate Profile must have at least one selector.")
    if len(selectors) > MOST_SELECTORS:
        raise InvalidParameterException(f"Fargate Profile can have at most {MOST_SELECTORS} selectors")
    for selector in selectors:
        if not selector.get("namespace"):
            raise InvalidParameterException("Fargate Profile must have at least one selector with namespace value.")
        if len(selector.get("labels", {})) > MOST_LABELS:
            raise InvalidParameterException(f"A selector can have at most {MOST_LABELS} labels")


def _found(call: Call) -> Shape:
    name = call.params["fargateProfileName"]
    if name not in call.cluster.fargate_profiles:
        raise ResourceNotFoundException(
            f"No Fargate Profile found with name: {name}.", clusterName=call.cluster.key.name, fargateProfileName=name
        )
    return call.cluster.fargate_profiles[name]


@operation("DescribeFargateProfile")
def describe_fargate_profile(call: Call) -> Mapping[str, Any]:
    """Describe a profile."""
    return {"fargateProfile": _found(call)}


@operation("ListFargateProfiles")
def list_fargate_profiles(call: Call) -> Mapping[str, Any]:
    """List the names of a cluster's profiles."""
    return {"fargateProfileNames": list(call.cluster.fargate_profiles)}


@operation("DeleteFargateProfile")
def delete_fargate_profile(call: Call) -> Mapping[str, Any]:
    """Begin to delete a profile, which is DELETING for a moment."""
    shape = _found(call)
    _check_alone(call.cluster, "delete", shape["fargateProfileName"])
    shape.update(status="DELETING")
    call.cluster.leaving[shape["fargateProfileName"]] = clock.now()
    return {"fargateProfile": shape}


def forget(cluster: Cluster, name: str) -> None:
    """A profile is gone, and its role's access entry with the last that has the role."""
    role = cluster.fargate_profiles.pop(name)["podExecutionRoleArn"]
    cluster.leaving.pop(name, None)
    entry = cluster.access_entries.get(role)
    others = cluster.fargate_profiles.values()
    if entry and entry.shape["type"] == ENTRY and all(profile["podExecutionRoleArn"] != role for profile in others):
        del cluster.access_entries[role]
