"""IAM's rules that moto lacks: valid trust policies, and names that differ by more than case."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.iam import models
from moto.iam.exceptions import EntityAlreadyExists, MalformedPolicyDocument
from moto.iam.models import IAMBackend
from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator

from sandbox.aws.rules import Given, attribute, before

_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com")
_ROOT = re.compile(r"\*|\d{12}|arn:aws:iam::\d{12}:root")
_PRINCIPAL = re.compile(r"arn:aws:(iam|sts)::(\d{12}):(role|user|assumed-role|federated-user)/.+")


@before(IAMBackend, "create_role")
def a_trust_policy_is_well_formed(iam: Any, given: Given) -> None:
    """Raise MalformedPolicyDocument, because moto checks only a later change."""
    _check(iam, given["assume_role_policy_document"])


@before(IAMBackend, "update_assume_role_policy")
def a_new_trust_policy_is_well_formed(iam: Any, given: Given) -> None:
    """The rule for a new role applies."""
    _check(iam, given["policy_document"])


@before(IAMBackend, "create_role")
def a_roles_name_is_new_whatever_its_case(iam: Any, given: Given) -> None:
    """Raise EntityAlreadyExists: IAM's names "are not distinguished by case" (API reference, CreateRole, RoleName)."""
    _check_new("Role", given["role_name"], (role.name for role in iam.roles.values()))


@before(IAMBackend, "create_instance_profile")
def a_profiles_name_is_new_whatever_its_case(iam: Any, given: Given) -> None:
    """The rule for a role's name applies."""
    _check_new("Instance Profile", given["name"], (profile.name for profile in iam.instance_profiles.values()))


def _check_new(noun: str, name: str, existing: Iterator[str]) -> None:
    if name.lower() in {other.lower() for other in existing}:
        raise EntityAlreadyExists(f"{noun} with name {name} already exists.")


def _check(iam: Any, document: str) -> None:
    IAMTrustPolicyDocumentValidator(document).validate()
    statements = json.loads(document)["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        principals = list(named(statement))
        if not principals and not statement.get("NotPrincipal"):
            raise MalformedPolicyDocument("Missing required field Principal")
        for kind, value in principals:
            if not _valid(iam, kind, value):
                raise MalformedPolicyDocument(f'Invalid principal in policy: "{kind}":"{value}"')


def _valid(iam: Any, kind: str, value: str) -> bool:
    if kind == "AWS":
        return bool(_ROOT.fullmatch(value)) or _known(iam, value)
    if kind == "Service":
        return bool(_SERVICE.fullmatch(value))
    return kind in ("Federated", "CanonicalUser")


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
        return True  # Sessions end, and other accounts are unknown.
    known = iam.roles if match[3] == "role" else iam.users
    return any(identity.arn == arn for identity in known.values())


# Only AWS's main partition exists. moto would load all policies of each of six partitions to look up an access key.
attribute(models, "PARTITION_NAMES", ["aws"])
