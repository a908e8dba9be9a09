"""STS's rules that moto lacks: only an existing role is assumed, and only by a principal that it trusts."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from moto.iam.models import iam_backends
from moto.moto_api._internal import mock_random
from moto.sts import models
from moto.sts.exceptions import STSClientError
from moto.sts.responses import TokenResponse

from sandbox.aws import principals
from sandbox.aws.iam import named
from sandbox.aws.rules import Given, attribute, before


class _AccessDenied(STSClientError):
    code = "AccessDenied"


@before(TokenResponse, "assume_role")
def a_role_is_assumed_by_whom_it_trusts(response: Any, _: Given) -> None:
    """Raise AccessDenied for a role that doesn't exist or doesn't trust the caller. Conditions are ignored."""
    arn = response._get_param("RoleArn")
    caller = principals.behind(response.get_access_key())
    role = _role(arn)
    if caller is None or role is None or not _trusted(role, caller):
        who = caller.arn if caller else response.get_access_key()
        raise _AccessDenied(f"User: {who} is not authorized to perform: sts:AssumeRole on resource: {arn}")


def _role(arn: str) -> Any | None:
    match = re.fullmatch(r"arn:aws:iam::(\d{12}):role/.+", arn)
    if match is None:
        return None
    return next((role for role in iam_backends[match[1]]["aws"].roles.values() if role.arn == arn), None)


def _trusted(role: Any, caller: principals.Principal) -> bool:
    statements = json.loads(role.assume_role_policy_document)["Statement"]
    names = {"*", caller.account, f"arn:aws:iam::{caller.account}:root", caller.arn, caller.canonical_arn}
    allowed = False
    for statement in statements if isinstance(statements, list) else [statements]:
        actions = statement.get("Action", [])
        if "sts:AssumeRole" in ([actions] if isinstance(actions, str) else actions):
            matches = any(kind == "AWS" and value in names for kind, value in named(statement))
            if matches and statement["Effect"] == "Deny":
                return False
            allowed = allowed or matches
    return allowed


def _session_token() -> str:
    return base64.b64encode(mock_random.getrandbits(266 * 8).to_bytes(266, "big")).decode()


# Tokens are drawn like all identifiers, so that a session outlives a restart.
attribute(models, "random_session_token", _session_token)
