"""Calls of the AWS provider's functions. A call that fails ends the program with a single message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import pulumi
import pulumi_aws as aws
from pulumi import Input, InvokeOptions, Output

from .text import one_line

T = TypeVar("T")

OPERATION = re.compile(r"operation error (?P<service>[^:]+): (?P<operation>\w+)")
"""The start of errors by AWS's SDK for Go (smithy-go, OperationError)."""

DENIED = re.compile(r"AccessDenied|UnauthorizedOperation|api error Forbidden")
"""The codes of a denial: EC2's own, and other services', with or without `Exception` (their API references).

S3's responses to HEAD have no body, so their code is the status: `Forbidden` (aws-sdk-go-v2, service/s3).
"""


class UnansweredError(pulumi.RunError):
    """A failed function; the message has the operation, the region, AWS's reason, and the fix."""

    def __init__(self, function: str, region: str | None, reason: str) -> None:
        """Take AWS's or the provider's `reason`; `region` is None if the provider's is unknown."""
        self.reason = reason
        self.denied = DENIED.search(reason) is not None
        name = function.rpartition(":")[2]
        operation = OPERATION.search(reason)
        call = f"{operation['operation']} of {operation['service']} ({name})" if operation else name
        fix = (
            "allow it to whoever runs pulumi: docs/permissions.md, `python -m ops permissions --stack "
            f"{pulumi.get_stack()}`"
            if self.denied
            else "run pulumi again, and if it fails again, see what AWS says of it"
        )
        super().__init__(f"aws: {call} failed{f' in {region}' if region else ''}: {reason}; {fix}")


async def ask(function: str, arguments: Mapping[str, Any], within: InvokeOptions, result: type | None = None) -> Any:
    """Return a function's result, `aws:ec2/getVpc:getVpc` say: a mapping, or the SDK's `result`. Raise UnansweredError.

    Arguments have the provider's names. The SDK's own `get_..._output` would end the program with a traceback, even if
    a caller catches the error: the SDK also waits for each output at the end.
    """
    provider = within.provider or (within.parent.get_provider(function) if within.parent else None)
    try:
        return await pulumi.runtime.invoke_async(function, dict(arguments), within, result)
    except pulumi.RunError:
        raise  # The provider has not signed in.
    except Exception as error:  # The SDK raises no narrower class.
        region = await provider.region.future() if isinstance(provider, aws.Provider) else None
        raise UnansweredError(function, region, _reason(function, str(error))) from None


def ask_output(function: str, arguments: Mapping[str, Input[Any]], within: InvokeOptions, result: type[T]) -> Output[T]:
    """Return a function's result once the arguments are known, as the SDK's `result`.

    The update fails with an UnansweredError if the function fails.
    """

    async def answer(known: Mapping[str, Any]) -> T:
        return await ask(function, known, within, result)

    return Output.from_input(dict(arguments)).apply(answer)


def _reason(function: str, error: str) -> str:
    """Return AWS's or the provider's reason on one line, without the prefixes of the SDK and the engine."""
    reason = one_line(error.removeprefix(f"invoke of {function} failed: ").rpartition("returned an error: ")[2])
    return reason.removeprefix(f"invoking {function}: ").removesuffix(" ()")
