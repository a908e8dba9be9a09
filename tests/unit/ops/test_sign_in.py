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
from ops.leftovers import clusters
from tests.unit.ops.map.fleets import outputs_of

pytestmark = pytest.mark.unit

ROLE = "arn:aws:iam::123456789012:role/Deploy"
OTHERS = {"AWS_ACCESS_KEY_ID": "theirs", "AWS_SECRET_ACCESS_KEY": "theirs", "AWS_SESSION_TOKEN": "theirs"}


class Aws:
    """The AWS CLI and Pulumi's, as far as a command asks them."""

    def __init__(self, stack: dict[str, Any] | None, failure: str = "") -> None:
        self.stack = stack
        self.failure = failure
        self.environ: dict[str, str] = {}

    def __call__(self, argv: list[str], **given: Any) -> subprocess.CompletedProcess[str]:
        if argv[0] == "pulumi":
            gone = self.stack is None
            return subprocess.CompletedProcess(
                argv, int(gone), json.dumps(self.stack), "error: no stack" if gone else ""
            )
        assert argv[1:5] == ["sts", "assume-role", "--role-arn", ROLE]
        self.environ = given["env"]
        credentials = {"AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c"}
        return subprocess.CompletedProcess(
            argv, int(bool(self.failure)), json.dumps({"Credentials": credentials}), f"\n{self.failure}\n"
        )


def start(monkeypatch: pytest.MonkeyPatch, stack: dict[str, Any] | None, failure: str = "") -> Aws:
    """Start a command while others are signed in."""
    for name, value in {**OTHERS, "AWS_PROFILE": "other", "AWS_CONFIG_FILE": "/other"}.items():
        monkeypatch.setenv(name, value)
    aws = Aws(stack, failure)
    monkeypatch.setattr(subprocess, "run", aws)
    return aws


def read(monkeypatch: pytest.MonkeyPatch, failure: str = "", **signed: Any) -> Aws:
    """Read a stack's outputs, as every command does first."""
    signed_in = {"signIn": {"environment": {}, **signed}} if signed else {}
    aws = start(monkeypatch, {**outputs_of(1), **signed_in}, failure)
    outputs.read("dev")
    return aws


def configure(monkeypatch: pytest.MonkeyPatch, folder: Path, *aws: str) -> None:
    """Write the configuration of a stack, with these settings of AWS."""
    fleet = ("federated-eks:clusters: [{region: eu-west-1}]", *aws)
    (folder / "Pulumi.dev.yaml").write_text("".join(["config:\n", *(f"  {line}\n" for line in fleet)]))
    monkeypatch.setattr("ops.configuration.PROJECT", folder)


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
    with pytest.raises(UserError, match=rf"^aws:assumeRoles: {ROLE} can't be assumed: AccessDenied; sign in as"):
        read(monkeypatch, failure="AccessDenied", roleArn=ROLE)


def test_a_role_without_the_aws_cli_is_one_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=r"^aws: not found on PATH; install the AWS CLI, or put its directory on PATH$"):
        sign_in.use("dev", {"signIn": {"roleArn": ROLE}})


BY_PROFILE = ("aws:profile: fleet", "aws:sharedConfigFiles: [/c]")


@pytest.mark.parametrize("only", [(), ("eu-west-1/federated-eks-1",)])
def test_a_destroyed_stack_signs_in_by_its_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, only: tuple[str, ...]
) -> None:
    configure(monkeypatch, tmp_path, *BY_PROFILE)
    start(monkeypatch, {})
    clusters.named("org/federated-eks/dev", only)
    assert (os.environ["AWS_PROFILE"], os.environ["AWS_CONFIG_FILE"]) == ("fleet", "/c")
    assert not OTHERS.keys() & os.environ.keys()


def test_a_stack_that_is_gone_signs_in_by_the_configuration_that_is_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configure(monkeypatch, tmp_path, *BY_PROFILE)
    start(monkeypatch, None)
    clusters.named("dev", ["eu-west-1/federated-eks-1"])
    assert os.environ["AWS_PROFILE"] == "fleet"


def test_a_role_that_a_command_can_t_take_on_ends_it_even_if_clusters_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configure(monkeypatch, tmp_path, f"aws:assumeRoles: [{{roleArn: '{ROLE}'}}]")
    for stack in ({}, {"signIn": {"roleArn": ROLE}}):
        start(monkeypatch, stack, "AccessDenied")
        with pytest.raises(UserError, match=rf"^aws:assumeRoles: {ROLE} can't be assumed: AccessDenied"):
            clusters.named("dev", ["eu-west-1/federated-eks-1"])


def test_the_outputs_of_a_stack_that_is_up_have_the_last_word(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    configure(monkeypatch, tmp_path, "aws:profile: next")
    read(monkeypatch, profile="fleet")
    assert os.environ["AWS_PROFILE"] == "fleet"
    read(monkeypatch)
    assert os.environ["AWS_PROFILE"] == "other"


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("{", r"^--stack: dev: Pulumi.dev.yaml is not a stack's configuration, .*; restore that file from version"),
        ("aws:accessKey: AKIA", "^--stack: dev: Pulumi.dev.yaml is refused: aws:accessKey: is a static key"),
    ],
)
def test_a_configuration_that_does_not_say_who_signs_in_ends_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str, says: str
) -> None:
    configure(monkeypatch, tmp_path, setting)
    start(monkeypatch, {})
    with pytest.raises(UserError, match=says):
        clusters.named("dev", ["eu-west-1/federated-eks-1"])


@pytest.mark.parametrize("text", ["", "config:", "encryptionsalt: v1"])
def test_a_file_that_is_no_configuration_ends_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    configure(monkeypatch, tmp_path)
    (tmp_path / "Pulumi.dev.yaml").write_text(text)
    start(monkeypatch, {})
    with pytest.raises(UserError, match=r"Pulumi\.dev\.yaml is not a stack's configuration, .* from version control"):
        clusters.named("dev")
