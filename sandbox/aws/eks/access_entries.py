"""Access entries, the IAM principals' users and groups in a cluster (https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from moto.iam.models import iam_backends

from sandbox.aws import clock, seeded_random
from sandbox.aws.eks import cluster_rules
from sandbox.aws.eks.access_policies import ADMINISTRATOR, CLUSTER_SCOPE, associate
from sandbox.aws.eks.errors import (
    InvalidParameterException,
    InvalidRequestException,
    ResourceInUseException,
)
from sandbox.aws.eks.operations import Call, operation
from sandbox.aws.eks.state import AccessEntry, Cluster, Shape

TYPES = ("STANDARD", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "EC2", "HYBRID_LINUX", "HYPERPOD_LINUX")

COUNTS_AFTER = timedelta(seconds=2)
"""The time from an entry's creation until it takes effect. AWS calls entries eventually consistent, by "several
seconds" (https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html)."""

_PRINCIPAL = re.compile(r"arn:aws:iam::(?P<account>\d{12}):(?P<kind>role|user)/(?P<path>.*/)?(?P<name>[\w+=,.@-]+)")
_RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")
_SESSION = "{{SessionName}}"


@operation("CreateAccessEntry")
def create_access_entry(call: Call) -> Mapping[str, Any]:
    """Create a principal's access entry."""
    cluster, params = call.cluster, call.params
    principal = params["principalArn"]
    if cluster.status in ("CREATING", "DELETING"):
        raise InvalidRequestException(f"Cluster {cluster.key.name} is {cluster.status}", clusterName=cluster.key.name)
    if principal in cluster.access_entries:
        raise ResourceInUseException(
            "The specified access entry resource is already in use on this cluster.", clusterName=cluster.key.name
        )
    _check_principal(principal)
    kind = params.get("type", "STANDARD")
    if kind not in TYPES:
        raise InvalidParameterException(f"The type {kind} is not valid; it is one of {', '.join(TYPES)}")
    if kind != "STANDARD" and ("kubernetesGroups" in params or "username" in params):
        raise InvalidParameterException(f"An access entry of type {kind} takes no kubernetesGroups and no username")
    cluster_rules.check_tags(params.get("tags", {}))
    entry = make(cluster, principal, kind, params.get("kubernetesGroups", []), params.get("username"))
    entry.shape["tags"] = dict(params.get("tags", {}))
    return {"accessEntry": entry.shape}


def make(
    cluster: Cluster, principal: str, kind: str = "STANDARD", groups: Any = (), username: str | None = None
) -> AccessEntry:
    """Create an access entry in the state."""
    _check_groups(groups)
    _check_username(username)
    match = _PRINCIPAL.fullmatch(principal)
    kind_of_principal, name = (match["kind"], match["name"]) if match else ("user", principal)
    shape: Shape = {
        "clusterName": cluster.key.name,
        "principalArn": principal,
        "kubernetesGroups": list(groups) if kind == "STANDARD" else ["system:nodes"],
        "accessEntryArn": cluster.arn(
            "access-entry", kind_of_principal, cluster.key.account, name, seeded_random.uuid()
        ),
        "createdAt": clock.now(),
        "modifiedAt": clock.now(),
        "tags": {},
        "username": username or _username(cluster, principal, kind),
        "type": kind,
    }
    cluster.access_entries[principal] = AccessEntry(shape)
    return cluster.access_entries[principal]


def make_administrator(cluster: Cluster, principal: str) -> None:
    """Make a principal, the cluster's creator, its administrator."""
    if _PRINCIPAL.fullmatch(principal):
        associate(make(cluster, principal), ADMINISTRATOR, CLUSTER_SCOPE)


def _username(cluster: Cluster, principal: str, kind: str) -> str:
    if kind != "STANDARD":
        return "system:node:{{EC2PrivateDNSName}}"
    match = _PRINCIPAL.fullmatch(principal)
    if match and match["kind"] == "role":
        return f"arn:aws:sts::{cluster.key.account}:assumed-role/{match['name']}/{_SESSION}"
    return principal


def _check_principal(arn: str) -> None:
    match = _PRINCIPAL.fullmatch(arn)
    if match is None:
        raise InvalidParameterException(f"The principalArn parameter format is not valid: {arn}")
    iam = iam_backends[match["account"]]["aws"]
    known = iam.roles.values() if match["kind"] == "role" else iam.users.values()
    if all(identity.arn != arn for identity in known):
        raise InvalidParameterException(f"The specified principalArn is invalid: invalid principal {arn}.")


def _check_groups(groups: Any) -> None:
    for group in groups:
        if group.startswith(_RESERVED):
            raise InvalidParameterException(
                f"The kubernetes group name {group} is invalid, it cannot start with {', '.join(_RESERVED)}"
            )


def _check_username(username: str | None) -> None:
    if username is None:
        return
    if username.startswith(_RESERVED):
        raise InvalidParameterException(f"The username {username} cannot start with {', '.join(_RESERVED)}")
    if _SESSION in username and ":" not in username.split(_SESSION)[0]:
        raise InvalidParameterException(f"The username {username} must have a colon before {_SESSION}")


@operation("DescribeAccessEntry")
def describe_access_entry(call: Call) -> Mapping[str, Any]:
    """An access entry."""
    return {"accessEntry": call.access_entry.shape}


@operation("UpdateAccessEntry")
def update_access_entry(call: Call) -> Mapping[str, Any]:
    """Change an entry's groups or username."""
    entry = call.access_entry
    given = {name: call.params[name] for name in ("kubernetesGroups", "username") if name in call.params}
    if given and entry.shape["type"] != "STANDARD":
        raise InvalidRequestException(f"An access entry of type {entry.shape['type']} can't be changed")
    _check_groups(given.get("kubernetesGroups", []))
    _check_username(given.get("username"))
    entry.shape.update(given, modifiedAt=clock.now())
    return {"accessEntry": entry.shape}


@operation("DeleteAccessEntry")
def delete_access_entry(call: Call) -> Mapping[str, Any]:
    """Shut a principal out."""
    del call.cluster.access_entries[call.access_entry.shape["principalArn"]]
    return {}


@operation("ListAccessEntries")
def list_access_entries(call: Call) -> Mapping[str, Any]:
    """The principals that have an entry."""
    policy = call.params.get("associatedPolicyArn")
    entries = call.cluster.access_entries.items()
    return {"accessEntries": [arn for arn, entry in entries if policy is None or policy in entry.policies]}
