"""Calls of AWS's APIs."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

import botocore.exceptions  # pyright: ignore[reportMissingTypeStubs]
import botocore.session  # pyright: ignore[reportMissingTypeStubs]

from ops.errors import UserError, one_line

Call = Callable[..., Any]
"""Calls an operation: `call("ec2", "describe-volumes", region, Filters=[...])` returns its response."""


class AwsError(Exception):
    """An error that AWS answered."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code

    @property
    def gone(self) -> bool:
        """Whether the thing that the call names doesn't exist (any more)."""
        return "NotFound" in self.code


def call(service: str, operation: str, region: str, **parameters: Any) -> Any:
    """Return an operation's response, every page of it. Raise AwsError, or UserError if it can't be called at all."""
    method = operation.replace("-", "_")
    try:
        client = _client(service, region)
        if client.can_paginate(method):
            return client.get_paginator(method).paginate(**parameters).build_full_result()
        response = getattr(client, method)(**parameters)
    except botocore.exceptions.ClientError as error:
        said: Any = cast(Any, error).response["Error"]
        raise AwsError(said["Code"], said["Message"]) from None
    except botocore.exceptions.BotoCoreError as error:
        raise UserError(
            f"aws {service} {operation} in {region}: {one_line(error)}; sign in to the fleet's account"
        ) from None
    return {key: value for key, value in response.items() if key != "ResponseMetadata"}


_creating = threading.Lock()
"""botocore's sessions create one client at a time; clients may be called from any thread."""


def _client(service: str, region: str) -> Any:
    with _creating:
        signed_in = frozenset(item for item in os.environ.items() if item[0].startswith("AWS_"))
        return _created(service, region, signed_in)


@lru_cache(maxsize=256)
def _created(service: str, region: str, signed_in: frozenset[tuple[str, str]]) -> Any:
    return _session(signed_in).create_client(service, region_name=region)


@lru_cache(maxsize=4)
def _session(_: frozenset[tuple[str, str]]) -> Any:
    """A session of whoever these variables sign in. It asks for credentials once, and renews them when they end."""
    return cast(Any, botocore.session).get_session()
