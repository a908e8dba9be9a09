"""The identity of the commands: the stack's, where its settings name one."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ops import outputs, sign_in
from ops.errors import UserError
from tests.unit.ops.map.fleets import outputs_of

pytestmark = pytest.mark.unit

ROLE = "arn:aws:iam::123456789012:role/Deploy"
OTHERS = {"AWS_ACCESS_KEY_ID": "theirs", "AWS_SECRET_ACCESS_KEY": "theirs", "AWS_SESSION_TOKEN": "theirs"}


class Aws:
    """The AWS CLI and Pulumi's, as far as a command asks them."""

    def __init__(self, stack: dict[str, Any], failure: str = "") -> None:
        self.stack = stack
        self.failure = failure
        self.environ: dict[str, str] = {}

    def __call__(self, argv: list[str], **given: Any) -> subprocess.CompletedProcess[str]:
        if argv[0] == "pulumi":
            return subprocess.CompletedProcess(argv, 0, json.dumps(self.stack), "")
        assert argv[1:5] == ["sts", "assume-role", "--role-arn", ROLE]
        self.environ = given["env"]
        credentials = {"AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c"}
        return subprocess.CompletedProcess(
            argv, int(bool(self.failure)), json.dumps({"Credentials": credentials}), f"\n{self.failure}\n"
        )


def read(monkeypatch: pytest.MonkeyPatch, failure: str = "", **signed: Any) -> Aws:
    """Read a stack's outputs, as every command does first."""
    for name, value in {**OTHERS, "AWS_PROFILE": "other", "AWS_CONFIG_FILE": "/other"}.items():
        monkeypatch.setenv(name, value)
    aws = Aws({**outputs_of(1), **({"signIn": {"environment": {}, **signed}} if signed else {})}, failure)
    monkeypatch.setattr(subprocess, "run", aws)
    outputs.read("dev")
    return aws


def test_a_stack_s_profile_is_everybody_s_in_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    read(monkeypatch, profile="fleet", environment={"AWS_CONFIG_FILE": "/c"})
    assert (os.environ["AWS_PROFILE"], os.environ["AWS_CONFIG_FILE"]) == ("fleet", "/c")
    assert not OTHERS.keys() & os.environ.keys(), "aws prefers keys in the environment to a profile"


def test_a_stack_s_role_is_taken_on_from_its_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = read(monkeypatch, profile="fleet", roleArn=ROLE)
    assert aws.environ["AWS_PROFILE"] == "fleet"
    assert not OTHERS.keys() & aws.environ.keys()
    assert [os.environ[name] for name in sign_in.KEYS] == ["a", "b", "c"]


def test_a_role_is_taken_on_from_whoever_is_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, roleArn=ROLE).environ["AWS_ACCESS_KEY_ID"] == "theirs"
    assert os.environ["AWS_ACCESS_KEY_ID"] == "a"


def test_a_stack_without_such_settings_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    read(monkeypatch)
    assert {name: os.environ[name] for name in OTHERS} == OTHERS


def test_a_role_that_cannot_be_taken_on_is_named_with_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=rf"^aws:assumeRoles: {ROLE} can't be taken on: AccessDenied; sign in as"):
        read(monkeypatch, failure="AccessDenied", roleArn=ROLE)


def test_a_role_without_the_aws_cli_is_one_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=r"^aws: not found on PATH; install the AWS CLI, or put its directory on PATH$"):
        sign_in.use({"signIn": {"roleArn": ROLE}})
