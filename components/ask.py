"""Questions to AWS, by functions of its provider. Without an answer the program ends with one message."""

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
"""AWS's SDK for Go begins its errors so (smithy-go, OperationError)."""

DENIED = re.compile(r"AccessDenied|UnauthorizedOperation")
"""The codes of a denial: EC2's own, and the other services', with `Exception` or without (their API references)."""


class UnansweredError(pulumi.RunError):
    """A function that failed; the message has the operation, the region, what AWS said, and what to do."""

    def __init__(self, function: str, region: str | None, reason: str) -> None:
        """`reason` is what AWS or the provider said; `region` is None if the provider's isn't known."""
        self.reason = reason
        self.denied = DENIED.search(reason) is not None
        name = function.rpartition(":")[2]
        called = OPERATION.search(reason)
        what = f"{called['operation']} of {called['service']} ({name})" if called else name
        fix = (
            "allow it to whoever runs pulumi: docs/permissions.md, `python -m ops permissions --stack "
            f"{pulumi.get_stack()}`"
            if self.denied
            else "run pulumi again, and if it fails again, see what AWS says of it"
        )
        super().__init__(f"aws: {what} failed{f' in {region}' if region else ''}: {reason}; {fix}")


async def ask(function: str, arguments: Mapping[str, Any], within: InvokeOptions, result: type | None = None) -> Any:
    """The answer of a function, `aws:ec2/getVpc:getVpc` say: a mapping, or the SDK's `result`. Raise UnansweredError.

    Arguments are by the provider's names. The SDK's own `get_..._output` would end the program with a traceback,
    whoever catches the error: it keeps each output to wait for it at the end.
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
    """The answer once the arguments are known, as the SDK's `result`. Fails the update with an UnansweredError."""

    async def answer(known: Mapping[str, Any]) -> T:
        return await ask(function, known, within, result)

    return Output.from_input(dict(arguments)).apply(answer)


def _reason(function: str, error: str) -> str:
    """What AWS or the provider said, on one line, without the SDK's and the engine's own words before it."""
    said = one_line(error.removeprefix(f"invoke of {function} failed: ").rpartition("returned an error: ")[2])
    return said.removeprefix(f"invoking {function}: ").removesuffix(" ()")
