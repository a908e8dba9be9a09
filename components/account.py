"""The caller's identity and AWS's partition, looked up once for each provider, however many components need it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pulumi
import pulumi_aws as aws
from pulumi import InvokeOutputOptions, Output

T = TypeVar("T")

CALLER = "aws:index/getCallerIdentity:getCallerIdentity"

_RESPONSES = "_federated_eks_responses"
"""The attribute of a provider that stores its responses, for as long as the provider lives."""


def identity(of: pulumi.Resource) -> Output[aws.GetCallerIdentityResult]:
    """Return the identity of a provider, or of a component's provider: `account_id`, and the caller's `arn`."""
    return _once(of, "identity", aws.get_caller_identity_output)


def partition(of: pulumi.Resource) -> Output[aws.GetPartitionResult]:
    """Return the partition of a provider's region, or of a component's: `aws`, and its `dns_suffix`."""
    return _once(of, "partition", aws.get_partition_output)


def remember(provider: pulumi.ProviderResource, known: Output[aws.GetCallerIdentityResult]) -> None:
    """Store the identity that a provider has looked up itself."""
    _responses(provider)["identity"] = known


def _once(of: pulumi.Resource, key: str, ask: Callable[..., Output[T]]) -> Output[T]:
    provider = of if isinstance(of, pulumi.ProviderResource) else of.get_provider(CALLER)
    if provider is None:  # The engine's default provider, which has no object in the SDK.
        return ask(opts=InvokeOutputOptions(parent=of))
    responses = _responses(provider)
    if key not in responses:
        responses[key] = ask(opts=InvokeOutputOptions(provider=provider))
    return responses[key]


def _responses(provider: pulumi.ProviderResource) -> dict[str, Output[Any]]:
    return provider.__dict__.setdefault(_RESPONSES, {})
