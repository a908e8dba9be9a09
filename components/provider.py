"""A provider of AWS for each region, which has signed in before anything else is asked of AWS."""

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
    """A region's provider. Whatever uses it waits until AWS has said who is signed in, which needs no permission.

    Otherwise each of the program's first questions would fail by itself, with a traceback of Pulumi's.
    """

    creation: pulumi.ErrorHook
    """Explains what could not be created in the region."""

    def __init__(self, name: str, *, region: pulumi.Input[str], **arguments: Any) -> None:
        """Take the arguments of `aws.Provider`. Fails the update with a pulumi.RunError where nobody is signed in."""
        super().__init__(name, region=region, **arguments)  # pyright: ignore[reportUnknownMemberType]
        self.creation = explained(f"{name}-creation", Output.from_input(region))
        # Resources and functions reach a provider by its id, and so after the sign-in.
        signed_in = Output.from_input(_sign_in(self.urn, self.id, Output.from_input(region)))
        self.__dict__["id"] = signed_in.apply(lambda done: done.id)
        remember(self, signed_in.apply(lambda done: done.identity))


@dataclass(frozen=True)
class _SignedIn:
    id: str
    """The provider's."""
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
