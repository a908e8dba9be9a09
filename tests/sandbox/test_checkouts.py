"""Sandboxes beside each other, and one that loses its processes; no fleet is brought up here."""

import json
import os
import signal
import time
from collections.abc import Generator

import pytest

from sandbox import processes
from tests.sandbox.checkout import Checkout, fresh

pytestmark = [pytest.mark.fleet, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def first() -> Generator[Checkout, None, None]:
    with fresh() as checkout:
        checkout.sandbox("start")
        yield checkout


def endpoint(checkout: Checkout) -> str:
    return json.loads(checkout.paths.cloud.read_text())["aws_endpoint"]


def vpcs(checkout: Checkout) -> list[str]:
    said = checkout.source("aws ec2 describe-vpcs --region eu-west-1 --query 'Vpcs[].CidrBlock' --output json").stdout
    return sorted(json.loads(said))


def test_two_checkouts_run_side_by_side_and_one_ends_alone(first: Checkout) -> None:
    with fresh() as second:
        second.sandbox("start")
        assert endpoint(first) != endpoint(second)
        second.source("aws ec2 create-vpc --region eu-west-1 --cidr-block 10.9.0.0/16")
        assert "10.9.0.0/16" in vpcs(second)
        assert "10.9.0.0/16" not in vpcs(first)
        before = first.processes()
        second.sandbox("stop")
        assert second.processes() == {}
        assert first.processes() == before


def test_down_lists_what_was_made_beside_the_fleet(first: Checkout) -> None:
    with fresh() as second:
        second.sandbox("start")
        made = second.source("aws ec2 create-vpc --region eu-west-1 --cidr-block 10.9.0.0/16 --query Vpc.VpcId").stdout
        done = second.sandbox("down", check=False)
        assert done.returncode == 1
        assert "Left (1):\n  eu-west-1 " in done.stdout
        assert json.loads(made) in done.stdout
        assert second.processes() == {}
        assert first.processes() != {}


def test_what_was_made_is_there_after_all_processes_were_killed(first: Checkout) -> None:
    first.source("aws ec2 create-vpc --region eu-west-1 --cidr-block 10.8.0.0/16")
    address = endpoint(first)
    for pid in first.processes():
        os.kill(pid, signal.SIGKILL)
    first.sandbox("start")
    assert endpoint(first) == address
    assert "10.8.0.0/16" in vpcs(first)


def test_a_port_that_another_program_took_is_named(first: Checkout) -> None:
    with fresh() as second:
        second.sandbox("start")
        port = endpoint(second).rsplit(":", 1)[1]
        second.sandbox("stop")
        argv = [os.fspath(second.paths.venv / "bin" / "python"), "-m", "http.server", port, "--bind", "127.0.0.1"]
        thief = processes.start(first.project, "thief", argv, second.paths.log / "thief.log")
        try:
            time.sleep(1)
            done = second.sandbox("start", check=False)
        finally:
            thief.kill()
            thief.wait()
        assert done.returncode == 1
        errors = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
        assert len(errors) == 1
        assert port in errors[0]


def test_the_persons_own_account_and_backend_are_out_of_reach(first: Checkout) -> None:
    (first.project / "credentials").write_text("[default]\naws_access_key_id = THEIRS\naws_secret_access_key = x\n")
    said = first.source(
        "pulumi whoami --verbose; aws configure list; env",
        env={
            "AWS_PROFILE": "work",
            "AWS_SHARED_CREDENTIALS_FILE": str(first.project / "credentials"),
            "PULUMI_ACCESS_TOKEN": "pul-theirs",
            "PULUMI_BACKEND_URL": "https://elsewhere.example",
        },
    ).stdout
    assert f"file://{first.paths.pulumi_state}" in said
    assert all(word not in said for word in ("THEIRS", "pul-theirs", "elsewhere.example", "AWS_PROFILE"))
