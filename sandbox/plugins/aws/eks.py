"""What EKS's resources have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.plugins.aws.resource import Api, AwsResource, found
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


def reach(api: Api, what: str, ask: Callable[[], Mapping[str, Any] | None], timeout: float) -> None:
    """Wait until a cluster, node group or add-on is ACTIVE; raises ProviderError with EKS's reasons where it failed."""

    def reached() -> bool:
        told = ask() or {}
        status = told.get("status")
        if status in ("FAILED", "CREATE_FAILED", "UPDATE_FAILED", "DEGRADED"):
            raise ProviderError(f"{what} is {status}: {issues(told)}")
        api.call.say(f"{what} is {status}")
        return status == "ACTIVE"

    api.wait(f"{what} to be ACTIVE", reached, timeout)


def issues(told: Mapping[str, Any]) -> str:
    """What EKS says is wrong."""
    found = (told.get("health") or {}).get("issues") or []
    return "; ".join(f"{one.get('code')}: {one.get('message')}" for one in found) or "EKS gives no reason"


def finish(api: Api, update: Mapping[str, Any], cluster: str, timeout: float = 3600, **of: str) -> None:
    """Wait until an update is done; raises ProviderError with EKS's reasons where it failed."""

    def done() -> bool:
        told = api.eks("DescribeUpdate", name=cluster, updateId=update["id"], **of)["update"]
        if told["status"] in ("Failed", "Cancelled"):
            errors = "; ".join(f"{one.get('errorCode')}: {one.get('errorMessage')}" for one in told.get("errors", []))
            raise ProviderError(f"{told['type']} of {cluster} {told['status'].lower()}: {errors or 'no reason given'}")
        return told["status"] == "Successful"

    api.wait(f"{update.get('type', 'update')} of {cluster}", done, timeout)


def vanish(api: Api, what: str, ask: Callable[[], Mapping[str, Any] | None], timeout: float) -> None:
    """Wait until a thing is gone; raises ProviderError where EKS could not delete it."""

    def gone() -> bool:
        told = ask()
        if told and told.get("status") in ("DELETE_FAILED", "FAILED"):
            raise ProviderError(f"{what} is {told['status']}: {issues(told)}")
        return told is None

    api.wait(f"{what} to be gone", gone, timeout)


def named(ask: Callable[[], Mapping[str, Any]], key: str) -> dict[str, Any] | None:
    """A part of an answer; None where EKS says that there is none such."""
    answer = found(ask, GONE)
    return answer[key] if answer else None


def time(when: Any) -> str:
    """A time as the official provider writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if hasattr(when, "strftime") else str(when)
