"""Calls of AWS's APIs."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, cast

import botocore.exceptions  # pyright: ignore[reportMissingTypeStubs]
import botocore.session  # pyright: ignore[reportMissingTypeStubs]

from ops.errors import UserError, one_line

ROUNDS = 5
"""The rounds of a call that AWS throttles or fails with an internal error. In each, botocore itself tries five times.

That makes 25 tries over some seconds, as many as pulumi-aws makes (its `maxRetries`).
"""

_THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""The codes of throttled calls, by botocore's list (botocore/retries/standard.py)."""

Call = Callable[..., Any]
"""A call of an operation: `call("ec2", "describe-volumes", region, Filters=[...])` returns its response."""


class AwsError(Exception):
    """An error response of AWS."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status

    @property
    def gone(self) -> bool:
        """Whether the resource of the call doesn't exist, or no longer exists."""
        return "NotFound" in self.code

    @property
    def passes(self) -> bool:
        """Whether the same call may succeed a little later: it was throttled, or AWS had an error of its own."""
        return self.code in _THROTTLED or self.status >= 500


def call(service: str, operation: str, region: str, **parameters: Any) -> Any:
    """Return an operation's response, every page of it. Raise AwsError, or UserError if it can't be called at all."""
    for _ in range(ROUNDS - 1):
        try:
            return _round(service, operation, region, parameters)
        except AwsError as error:
            if not error.passes:
                raise
    return _round(service, operation, region, parameters)


def _round(service: str, operation: str, region: str, parameters: Mapping[str, Any]) -> Any:
    method = operation.replace("-", "_")
    try:
        client = _client(service, region)
        if client.can_paginate(method):
            return client.get_paginator(method).paginate(**parameters).build_full_result()
        response = getattr(client, method)(**parameters)
    except botocore.exceptions.ClientError as error:
        response = cast(Any, error).response
        details, status = response["Error"], response["ResponseMetadata"]["HTTPStatusCode"]
        raise AwsError(details["Code"], details["Message"], status) from None
    except botocore.exceptions.BotoCoreError as error:
        raise UserError(
            f"aws {service} {operation} in {region}: {one_line(error)}; sign in to the fleet's account"
        ) from None
    return {key: value for key, value in response.items() if key != "ResponseMetadata"}


_creating = threading.Lock()
"""A lock, because botocore's sessions create one client at a time. Clients may be called from any thread."""


def _client(service: str, region: str) -> Any:
    with _creating:
        signed_in = frozenset(item for item in os.environ.items() if item[0].startswith("AWS_"))
        return _cached_client(service, region, signed_in)


@lru_cache(maxsize=256)
def _cached_client(service: str, region: str, signed_in: frozenset[tuple[str, str]]) -> Any:
    return _session(signed_in).create_client(service, region_name=region)


@lru_cache(maxsize=4)
def _session(_: frozenset[tuple[str, str]]) -> Any:
    """Return a session with these variables' identity. It reads credentials once, and renews them when they expire."""
    return cast(Any, botocore.session).get_session()
