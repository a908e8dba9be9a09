"""What a policy denies outright. Who isn't denied may do everything here: nothing else of IAM's policies is enforced.

It holds for services whose requests name their operation, that is not for EKS, and for statements on all resources.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from moto.iam.models import iam_backends

from sandbox.aws.principals import Principal


def denied(principal: Principal, action: str) -> bool:
    """Whether an inline policy of the user's or role's own denies `action`, `ec2:DescribeVpcs` for instance."""
    return any(_denies(statement, action) for statement in _statements(principal))


def _denies(statement: dict[str, Any], action: str) -> bool:
    if statement["Effect"] != "Deny" or statement.get("Condition") or "*" not in _listed(statement.get("Resource")):
        return False
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _listed(statement.get("Action")))


def _statements(principal: Principal) -> Iterator[dict[str, Any]]:
    iam = iam_backends[principal.account]["aws"]
    for one in (*iam.users.values(), *iam.roles.values()):
        if one.arn == principal.canonical_arn:
            for document in one.policies.values():
                yield from _listed(json.loads(document)["Statement"])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
