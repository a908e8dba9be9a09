"""An AWS provider for each region, which signs in before the program calls AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Output
from pulumi.resource import DependencyProviderResource
from pulumi.runtime import rpc

from .account import CALLER, remember
from .ask import UnansweredError, ask
from .creation import explained


class Provider(aws.Provider):
    """A region's provider. Its users wait until AWS has returned the caller's identity, which needs no permission.

    Otherwise each of the program's first calls would fail by itself, with a traceback of Pulumi's.
    """

    creation: pulumi.ErrorHook
    """The hook that explains failed creates in the region."""

    def __init__(self, name: str, *, region: pulumi.Input[str], **arguments: Any) -> None:
        """Take the arguments of `aws.Provider`. The update fails with a pulumi.RunError if nobody is signed in."""
        super().__init__(name, region=region, **arguments)  # pyright: ignore[reportUnknownMemberType]
        self.creation = explained(f"{name}-creation", Output.from_input(region))
        # Resources and functions refer to a provider by its id, so they wait for the sign-in.
        signed_in = Output.from_input(_sign_in(self.urn, self.id, Output.from_input(region)))
        self.__dict__["id"] = signed_in.apply(lambda result: result.id)
        remember(self, signed_in.apply(lambda result: result.identity))


@dataclass(frozen=True)
class _SignedIn:
    id: str
    """The provider's id."""
    identity: aws.GetCallerIdentityResult


async def _sign_in(urn: Output[str], id: Output[str], region: Output[str]) -> _SignedIn:
    known = await id.future() or rpc.UNKNOWN
    provider = DependencyProviderResource(f"{await urn.future()}::{known}")
    try:
        identity = await ask(CALLER, {}, pulumi.InvokeOptions(provider=provider), aws.GetCallerIdentityResult)
    except UnansweredError as error:
        raise pulumi.RunError(
            f"aws: Pulumi can't sign in to AWS for {await region.future()}: {error.reason}; sign in, by `aws sso "
            "login` for instance, and name the profile: pulumi config set aws:profile <name>, or export "
            "AWS_PROFILE=<name>"
        ) from None
    return _SignedIn(known, identity)
