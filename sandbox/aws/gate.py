"""The first checks of a request: signature, access key, region and permission."""

from __future__ import annotations

from functools import lru_cache

import botocore.loaders

from sandbox.aws import authorization, clock, principals
from sandbox.aws.authorization.call import Call
from sandbox.aws.eks.operations import Estate
from sandbox.aws.failure import refuse
from sandbox.aws.request import Answer, Request

_UNSIGNED = ("AssumeRoleWithWebIdentity", "AssumeRoleWithSAML")
_DENIED = {"ec2": "UnauthorizedOperation", "json": "AccessDeniedException", "rest-json": "AccessDeniedException"}
_UNKNOWN_KEY = {"ec2": "AuthFailure", "json": "UnrecognizedClientException", "rest-json": "UnrecognizedClientException"}


calls: set[tuple[str, str, str]] = set()
"""All calls, refused or not: the principal's ARN (a session's role), the action, the region."""


def turned_away(request: Request, estate: Estate) -> Answer | None:
    """The refusal of a request; None for an allowed one. `estate` is EKS's."""
    if not request.access_key:
        if request.operation in _UNSIGNED:
            return None
        return refuse(request, "MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    if request.region not in regions() and request.region != "aws-global":
        return refuse(request, "InvalidRegion", f"There is no AWS region {request.region!r}", 400)
    return _key_refused(request, estate)


def _key_refused(request: Request, estate: Estate) -> Answer | None:
    principal = principals.behind(request.access_key)
    if principal is None:
        code = _UNKNOWN_KEY.get(request.protocol, "InvalidClientTokenId")
        message = f"The security token included in the request is invalid: no access key {request.access_key} here"
        return refuse(request, code, message, 401 if code == "AuthFailure" else 403)
    if principal.expires and principal.expires < clock.now():
        code = "RequestExpired" if request.protocol == "ec2" else "ExpiredToken"
        return refuse(request, code, "The security token included in the request is expired", 403)
    call = Call(request, principal, estate)
    if call.operation:
        calls.add((principal.canonical_arn, call.action, request.region))
    if why := authorization.refusal(call):
        prefix = "You are not authorized to perform this operation. " if request.protocol == "ec2" else ""
        return refuse(request, _DENIED.get(request.protocol, "AccessDenied"), prefix + why, 403)
    return None


@lru_cache(maxsize=1)
def regions() -> frozenset[str]:
    """The regions of AWS's main partition in botocore's data."""
    partitions = botocore.loaders.create_loader().load_data("endpoints")["partitions"]
    return frozenset(next(partition["regions"] for partition in partitions if partition["partition"] == "aws"))
