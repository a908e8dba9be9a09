"""Authorization: IAM's policies, evaluated for every call before AWS serves it.

A principal with a policy that allows anything may do only what its policies allow. A principal without any may do
everything but what its policies deny. On AWS it could do nothing, and no test needs that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from moto.iam.models import iam_backends

from sandbox.aws.authorization import services
from sandbox.aws.authorization.call import Call
from sandbox.aws.authorization.policies import Check, judge, listed
from sandbox.aws.principals import Principal

Document = Mapping[str, Any]

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
"""The action and resource of an administrator's statement, which needs no lookup of a call's resources."""


def refusal(call: Call) -> str | None:
    """AWS's message if the caller's policies don't let it make the call; None if they do."""
    identity = _identity(call.principal)
    own = [] if identity is None else [*_documents(identity)]
    boundary = _boundary(call.principal, identity)
    statements = [each for document in own for each in listed(document["Statement"])]
    effects = {each["Effect"] for each in statements}
    if not own or (effects == {"Allow"} and EVERYTHING in statements and boundary is None):
        return None
    bounded = call.action not in services.BY_TRUST and "Allow" in effects
    for check in services.checks(call):
        if why := _why_not(own, boundary, check, bounded=bounded):
            return _message(call.principal, check, why)
    return None


def _why_not(own: list[Document], boundary: Document | None, check: Check, *, bounded: bool) -> str:
    """The reason for a refusal, in AWS's words; empty if there is none."""
    verdict = judge(own, check)
    if verdict == "denied":
        return "with an explicit deny in an identity-based policy"
    if verdict == "unmentioned" and bounded:
        return f"because no identity-based policy allows the {check.action} action"
    if boundary is not None and (limit := judge([boundary], check)) != "allowed":
        if limit == "denied":
            return "with an explicit deny in a permissions boundary"
        return f"because no permissions boundary allows the {check.action} action"
    return ""


def _message(principal: Principal, check: Check, why: str) -> str:
    return f"User: {principal.arn} is not authorized to perform: {check.action} on resource: {check.resource} {why}"


def _identity(principal: Principal) -> Any | None:
    iam = iam_backends[principal.account]["aws"]
    every = (*iam.users.values(), *iam.roles.values())
    return next((identity for identity in every if identity.arn == principal.canonical_arn), None)


def _documents(identity: Any) -> Iterator[Document]:
    """The documents of a user or role, inline and managed."""
    for document in identity.policies.values():
        yield _parsed(document)
    for policy in identity.managed_policies.values():
        yield _managed(policy)


def _boundary(principal: Principal, identity: Any) -> Document | None:
    arn: str | None = getattr(identity, "permissions_boundary_arn", None)
    policy = iam_backends[principal.account]["aws"].managed_policies.get(arn) if arn else None
    return _managed(policy) if policy else None


def _managed(policy: Any) -> Document:
    """The document of a managed policy's default version."""
    return _parsed(next(each.document for each in policy.versions if each.version_id == policy.default_version_id))


@lru_cache(maxsize=256)
def _parsed(document: str) -> Document:
    return json.loads(document)
