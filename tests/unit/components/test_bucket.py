"""The bucket of snapshots: found or refused before anything is created, and looked up only for snapshots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from unittest import mock

import pulumi
import pytest

from components.bucket import GET_BUCKET
from tests.unit.components.test_provider import Failure
from tests.unit.engine import Engine, run_program

pytestmark = pytest.mark.unit

HOST, MEMBER = "eu-west-1", "eu-west-3"
TWO: dict[str, Any] = {"clusters": [{"region": HOST}, {"region": MEMBER}]}
SNAPSHOTS = {"karmada": {"snapshots": {"bucket": "acme-shots"}}}
ON = TWO | SNAPSHOTS | {"engine": "karmada"}
READING = "1 error occurred:\n\t* reading S3 Bucket (acme-shots): "
HEAD = "operation error S3: HeadBucket, https response error StatusCode: {}, RequestID: 1, HostID: 2, api error {}"
MISSING = f"{READING}couldn't find resource\n\n"
FORBIDDEN = f"{READING}{HEAD.format(403, 'Forbidden: Forbidden')}\n\n"
MOVED = f"{READING}{HEAD.format(301, 'MovedPermanently: Moved Permanently')}\n\n"


def account(answer: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None) -> Engine:
    """An account in which S3 answers so; by default, the bucket is there."""
    answers = {GET_BUCKET: answer} if answer else {}
    return Engine(answers=answers, living={"kube-system": {"metadata": {"uid": "uid-of-kube-system"}}})


def failing(reason: str) -> Engine:
    """An account in which S3 answers so, as the official provider words it."""

    def fail(_: Mapping[str, Any]) -> dict[str, Any]:
        raise Failure(f"invocation of {GET_BUCKET} returned an error: invoking {GET_BUCKET}: {reason}")

    return account(fail)


def refused(engine: Engine) -> str:
    """The message with which a fleet with snapshots is refused, before anything is created."""
    with pytest.raises(pulumi.RunError) as caught:
        run_program(ON, engine)
    assert [one for one in engine.registered if one.type.startswith(("aws:", "eks:"))] == []
    return str(caught.value)


def looked_up(engine: Engine) -> list[tuple[str, str]]:
    """The buckets that were looked up, each with the name of the provider."""
    return [
        (one.args["bucket"], one.provider.rpartition("::")[0].rpartition("::")[2])
        for one in engine.asked
        if one.token == GET_BUCKET
    ]


@pytest.mark.parametrize("engines", [{"engine": "karmada"}, {"beside": "karmada"}], ids=["the engine", "beside it"])
def test_a_bucket_in_the_host_s_region_is_found_there(engines: dict[str, str]) -> None:
    engine = run_program(TWO | SNAPSHOTS | engines | {"host": MEMBER}, account())
    assert looked_up(engine) == [("acme-shots", f"aws-{MEMBER}")]
    assert engine["aws:ec2/vpc:Vpc"]


@pytest.mark.parametrize(
    "settings", [TWO | SNAPSHOTS, TWO | {"engine": "karmada"}], ids=["without Karmada", "without snapshots"]
)
def test_a_fleet_that_takes_no_snapshots_looks_up_no_bucket(settings: dict[str, Any]) -> None:
    assert looked_up(run_program(settings, account())) == []


def test_a_bucket_that_does_not_exist_is_refused() -> None:
    assert refused(failing(MISSING)) == (
        "karmada.snapshots.bucket: acme-shots does not exist (1 error occurred: * reading S3 Bucket (acme-shots): "
        "couldn't find resource); create it in eu-west-1 before the update, as docs/karmada.md shows"
    )


def in_another_region() -> Engine:
    """An account whose S3 redirects to the bucket's region, and a provider that follows."""
    return account(lambda arguments: {**arguments, "bucketRegion": MEMBER})


@pytest.mark.parametrize("engine", [failing(MOVED), in_another_region()], ids=["refused", "redirected"])
def test_a_bucket_of_another_region_is_refused(engine: Engine) -> None:
    assert refused(engine) == (
        "karmada.snapshots.bucket: acme-shots is not in eu-west-1, the host's region, which puts the snapshots; name a "
        "bucket there, or create one as docs/karmada.md shows"
    )


def test_a_caller_who_may_not_look_is_warned_and_goes_on() -> None:
    with mock.patch("pulumi.warn") as warn:
        engine = run_program(ON, failing(FORBIDDEN))
    (text,) = (call.args[0] for call in warn.call_args_list)
    assert text.startswith(
        "karmada.snapshots.bucket: AWS does not tell whether acme-shots exists (1 error occurred: * "
    )
    assert text.endswith(
        "StatusCode: 403, RequestID: 1, HostID: 2, api error Forbidden: Forbidden); if the account owns it, allow "
        "s3:ListBucket on it (docs/permissions.md), and otherwise name another bucket"
    )
    assert engine["aws:ec2/vpc:Vpc"]


def test_another_failure_is_no_answer() -> None:
    assert refused(failing("dial tcp: i/o timeout")) == (
        "aws: getBucket failed in eu-west-1: dial tcp: i/o timeout; run pulumi again, and if it fails again, see what "
        "AWS says of it"
    )
