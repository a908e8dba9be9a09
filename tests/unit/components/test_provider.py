"""The providers' sign-in: nothing else is asked of AWS before it, and a failure is one message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc
import pulumi
import pytest

from tests.unit.engine import Engine, run_program

pytestmark = pytest.mark.unit

CALLER = "aws:index/getCallerIdentity:getCallerIdentity"
TWO = {"clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3"}]}


class Failure(grpc.RpcError):
    """What the engine answers to a function that failed."""

    def __init__(self, details: str) -> None:
        super().__init__(details)
        self._details = details

    def code(self) -> grpc.StatusCode:
        """No code that the SDK knows more of."""
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        """The engine's own words."""
        return self._details


def failing(reason: str) -> Engine:
    """An account in which nobody is signed in, as the provider says of every function."""

    def fail(_: Mapping[str, Any]) -> dict[str, Any]:
        raise Failure(f"invocation of {CALLER} returned an error: {reason}")

    return Engine(answers={CALLER: fail})


def test_without_credentials_there_is_one_message_and_it_says_what_to_do() -> None:
    reason = "unable to validate AWS credentials.\nDetails: No valid credential sources found\n"
    engine = failing(reason)
    with pytest.raises(pulumi.RunError) as caught:
        run_program(TWO, engine)
    # Of two regions, either may be the first to answer.
    assert str(caught.value).replace("eu-west-3", "eu-west-1") == (
        "aws: Pulumi can't sign in to AWS for eu-west-1: unable to validate AWS credentials. Details: No valid "
        "credential sources found; sign in, by `aws sso login` for instance, and name the profile: pulumi config set "
        "aws:profile <name>, or export AWS_PROFILE=<name>"
    )


def test_nothing_is_asked_before_the_sign_in() -> None:
    engine = failing("denied")
    with pytest.raises(pulumi.RunError):
        run_program(TWO, engine)
    assert {one.token for one in engine.asked} == {CALLER}
    assert not [one.name for one in engine.registered if one.type.startswith("aws:")]


def test_each_region_s_provider_signs_in_first() -> None:
    engine = run_program(TWO)
    assert [one.token for one in engine.asked][:1] == [CALLER]
