"""Checks of IAM roles for EKS: they must exist and trust the service that assumes them."""

from __future__ import annotations

import json
import re
from typing import Any

from moto.iam.models import iam_backends

from sandbox.aws.eks.errors import InvalidParameterException

_ARN = re.compile(r"arn:aws:iam::(\d{12}):role/(.+)")


def found(arn: str) -> Any | None:
    """moto's role of the ARN; None if it doesn't exist."""
    match = _ARN.fullmatch(arn)
    if match is None:
        return None
    roles = iam_backends[match[1]]["aws"].roles.values()
    return next((role for role in roles if role.arn == arn), None)


def trusts(role: Any, service: str) -> bool:
    """Whether the role's trust policy lets the service (`eks.amazonaws.com`) assume it."""
    document = json.loads(role.assume_role_policy_document)
    return any(_allows(statement, service) for statement in _listed(document.get("Statement", [])))


def _allows(statement: dict[str, Any], service: str) -> bool:
    principal = statement.get("Principal", {})
    services = [principal] if isinstance(principal, str) else _listed(principal.get("Service", []))
    actions = _listed(statement.get("Action", []))
    return (
        statement.get("Effect") == "Allow"
        and service in services
        and bool({"sts:AssumeRole", "sts:*", "*"} & {*actions})
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def cluster_role(arn: str) -> None:
    """Check a cluster's role."""
    if not _ARN.fullmatch(arn):
        raise InvalidParameterException(f"Invalid Role Arn: '{arn}'")
    role = found(arn)
    if role is None or not trusts(role, "eks.amazonaws.com"):
        raise InvalidParameterException(
            f"Role with arn: {arn}, could not be assumed because it does not exist or the trusted entity is not correct"
        )


def node_role(arn: str) -> None:
    """Check a node group's role."""
    role = found(arn)
    if role is None:
        raise InvalidParameterException(f"The role with name {arn.rsplit('/', 1)[-1]} cannot be found.")
    if not trusts(role, "ec2.amazonaws.com"):
        raise InvalidParameterException(
            "Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of "
            f"nodeRole {arn}"
        )
