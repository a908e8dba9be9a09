"""The base of EKS's resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.plugins.aws.resource import FAILED, Api, AwsResource, found
from sandbox.plugins.aws.session import AwsError
from sandbox.plugins.provider.resource import ProviderError

GONE = "ResourceNotFoundException"
BUSY = "ResourceInUseException"
INVALID = ("InvalidParameterException", "InvalidRequestException")
PROPAGATION = 120.0
"""Seconds until a role that IAM has just made is known to EKS."""


class EksResource(AwsResource):
    """A resource of EKS's that is tagged by its ARN."""

    arn_output: str = "arn"

    def retag(self, api: Api, drop: list[str], add: dict[str, str]) -> None:
        """Remove and set tags."""
        arn = api.state[self.arn_output]
        if drop:
            api.eks("UntagResource", resourceArn=arn, tagKeys=drop)
        if add:
            api.eks("TagResource", resourceArn=arn, tags=add)


_FAILED = ("FAILED", "CREATE_FAILED", "DELETE_FAILED")
_MOVING = ("CREATING", "UPDATING", "DELETING")


def settled(api: Api, what: str, ask: Callable[[], dict[str, Any] | None], timeout: float) -> dict[str, Any] | None:
    """A cluster, node group or add-on once nothing moves any more; None if it is gone.

    Raises ProviderError with EKS's reasons where its making failed.
    """

    def look() -> tuple[dict[str, Any] | None] | None:
        response = ask()
        if response is None:
            return (None,)
        status = response["status"]
        if status in _FAILED and (not api.state or api.call.old_inputs):
            raise api.failed(f"{what} is {status}: {issues(response)}")
        if status in _MOVING:
            api.call.say(f"{what} is {status}")
            return None
        return (response,)

    return api.wait(f"{what} to settle", look, timeout)[0]


def mark(described: Mapping[str, Any]) -> dict[str, bool]:
    """Return the output that marks a failed resource for replacement."""
    return {FAILED: True} if described["status"] in _FAILED else {}


def issues(described: Mapping[str, Any]) -> str:
    """Return the issues that EKS reports."""
    found = (described.get("health") or {}).get("issues") or []
    return "; ".join(f"{issue.get('code')}: {issue.get('message')}" for issue in found) or "EKS gives no reason"


def update(api: Api, cluster: str, ask: Callable[[], Mapping[str, Any]], timeout: float = 3600, **of: str) -> None:
    """Begin an update and wait until it is done; what a killed update has already done needs nothing."""
    try:
        response = api.retry(ask, [BUSY], timeout=600)
    except AwsError as error:
        if error.code not in INVALID or not any(words in error.message for words in _NOTHING_TO_DO):
            raise
    else:
        _finish(api, response["update"], cluster, timeout, **of)


_NOTHING_TO_DO = ("No changes needed", "already at the desired", "already at version")


def _finish(api: Api, update: Mapping[str, Any], cluster: str, timeout: float, **of: str) -> None:
    """Wait until an update is done; raises ProviderError with EKS's reasons if it failed."""

    def done() -> bool:
        described = api.eks("DescribeUpdate", name=cluster, updateId=update["id"], **of)["update"]
        if described["status"] in ("Failed", "Cancelled"):
            errors = "; ".join(
                f"{error.get('errorCode')}: {error.get('errorMessage')}" for error in described.get("errors", [])
            )
            raise ProviderError(
                f"{described['type']} of {cluster} {described['status'].lower()}: {errors or 'no reason given'}"
            )
        return described["status"] == "Successful"

    api.wait(f"{update.get('type', 'update')} of {cluster}", done, timeout)


def vanish(api: Api, what: str, ask: Callable[[], Mapping[str, Any] | None], timeout: float) -> None:
    """Wait until a thing is gone; raises ProviderError where EKS could not delete it."""

    def gone() -> bool:
        described = ask()
        if described and described.get("status") in _FAILED:
            raise ProviderError(f"{what} is {described['status']}: {issues(described)}")
        return described is None

    api.wait(f"{what} to be gone", gone, timeout)


def named(ask: Callable[[], Mapping[str, Any]], key: str) -> dict[str, Any] | None:
    """A part of an answer; None if EKS says that there is none such."""
    answer = found(ask, GONE)
    return answer[key] if answer else None


def time(when: Any) -> str:
    """A time as the official provider writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if hasattr(when, "strftime") else str(when)
