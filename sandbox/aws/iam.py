"""IAM's rules that moto leaves out: a trust policy says who may take the role, in words that IAM knows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.models import IAMBackend
from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator

from sandbox.aws.rules import Given, before

_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
_ROOT = re.compile(r"\*|\d{12}|arn:aws:iam::\d{12}:root")
_PRINCIPAL = re.compile(r"arn:aws:(iam|sts)::(\d{12}):(role|user|assumed-role|federated-user)/.+")


@before(IAMBackend, "create_role")
def a_trust_policy_is_well_formed(_: Any, given: Given) -> None:
    """MalformedPolicyDocument; moto looks at it only when it is changed later."""
    IAMTrustPolicyDocumentValidator(given["assume_role_policy_document"]).validate()


@before(IAMBackend, "create_role")
def its_principals_exist(iam: Any, given: Given) -> None:
    """MalformedPolicyDocument for a statement without a principal, or one that names nobody."""
    _check_principals(iam, given["assume_role_policy_document"])


@before(IAMBackend, "update_assume_role_policy")
def its_new_principals_exist(iam: Any, given: Given) -> None:
    """As for a new role."""
    IAMTrustPolicyDocumentValidator(given["policy_document"]).validate()
    _check_principals(iam, given["policy_document"])


def _check_principals(iam: Any, document: str) -> None:
    statements = json.loads(document)["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        if not statement.get("Principal") and not statement.get("NotPrincipal"):
            raise MalformedPolicyDocument("Missing required field Principal")
        for kind, value in named(statement):
            if kind not in _KINDS:
                raise MalformedPolicyDocument(f'Invalid principal in policy: "{kind}":"{value}"')
            if kind == "AWS" and not _ROOT.fullmatch(value) and not _known(iam, value):
                raise MalformedPolicyDocument(f'Invalid principal in policy: "AWS":"{value}"')
            if kind == "Service" and not re.fullmatch(r"[a-z0-9.-]+\.amazonaws\.com", value):
                raise MalformedPolicyDocument(f'Invalid principal in policy: "SERVICE":"{value}"')


def named(statement: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The kind and value of each principal that a statement names."""
    principal = statement.get("Principal") or {}
    if isinstance(principal, str):
        yield "AWS", principal
        return
    for kind, values in principal.items():
        for value in values if isinstance(values, list) else [values]:
            yield kind, value


def _known(iam: Any, arn: str) -> bool:
    match = _PRINCIPAL.fullmatch(arn)
    if match is None:
        return False
    if match[1] == "sts" or match[2] != iam.account_id:
        return True  # sessions come and go, and other accounts aren't looked into
    known = iam.roles if match[3] == "role" else iam.users
    return any(one.arn == arn for one in known.values())
