"""`python -m ops permissions`: where it reads a stack's settings and state, and what it writes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ops.__main__ import main
from ops.permissions import command
from ops.permissions.statements import size

pytestmark = pytest.mark.unit

NUMBER = "123456789012"
CLUSTERS = json.dumps([{"region": "eu-west-1"}])


class Programs:
    """What the programs on PATH answer, by the beginning of their arguments."""

    def __init__(self) -> None:
        self.answers: dict[str, str | subprocess.CompletedProcess[str]] = {
            "pulumi config": json.dumps(
                {"federated-eks:clusters": {"value": CLUSTERS}, "federated-eks:name": {"value": "acme"}}
            ),
            "pulumi whoami": json.dumps({"user": "me", "url": "s3://acme-state/fleets?region=eu-west-1"}),
            "aws sts": NUMBER + "\n",
        }
        self.asked: list[list[str]] = []

    def run(self, argv: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        self.asked.append(argv)
        answer = next((answer for start, answer in self.answers.items() if " ".join(argv).startswith(start)), None)
        if answer is None:
            raise FileNotFoundError(argv[0])
        return answer if not isinstance(answer, str) else subprocess.CompletedProcess(argv, 0, answer, "")


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Programs:
    made = Programs()
    monkeypatch.setattr(subprocess, "run", made.run)
    return made


def test_it_prints_every_document_as_json(programs: Programs, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["permissions", "--stack", "org/federated-eks/dev"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert {*made} == {
        *("preview", "look", "network", "clusters", "identity", "leftovers"),
        *("recover", "operator", "state-read", "state-write"),
    }
    assert made["network"]["Statement"][0]["Condition"]["StringEquals"] == {
        "aws:RequestedRegion": "eu-west-1",
        "aws:RequestTag/fleet": "acme",
        "aws:RequestTag/stack": "dev",
    }
    assert f"arn:aws:eks:*:{NUMBER}:cluster/acme-*" in made["clusters"]["Statement"][0]["Resource"]
    assert "arn:aws:s3:::acme-state/fleets/.pulumi/stacks/federated-eks/dev.*" in json.dumps(made["state-read"])
    (sts,) = (argv for argv in programs.asked if argv[0] == "aws")
    assert sts[1:4] == ["sts", "get-caller-identity", "--region"]
    assert sts[4] == "eu-west-1"
    assert programs.asked[0] == ["pulumi", "config", "--json", "--stack", "org/federated-eks/dev"]


def test_the_account_is_the_one_that_the_stack_signs_in_to(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "other")
    programs.answers["pulumi config"] = json.dumps(
        {"federated-eks:clusters": {"value": CLUSTERS}, "aws:profile": {"value": "fleet"}}
    )
    assert main(["permissions", "--stack", "dev"]) == 0
    assert os.environ["AWS_PROFILE"] == "fleet"


def test_it_writes_a_file_for_each_and_says_which_role_gets_which(
    programs: Programs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "policies"
    assert main(["permissions", "--stack", "dev", "--account", NUMBER, "--folder", str(folder)]) == 0
    assert ["aws"] not in [argv[:1] for argv in programs.asked], "the account is given"
    assert capsys.readouterr().out.splitlines() == [
        "preview: preview, state-read",
        "drift: look, state-read",
        "update: look, network, clusters, identity, leftovers, recover, state-write",
        "operator: operator, state-read",
    ]
    assert {file.stem for file in folder.iterdir()} >= {"look", "state-write"}
    assert max(size(json.loads(file.read_text())) for file in folder.iterdir()) <= 6144


def test_without_a_bucket_the_state_s_documents_are_left_out(
    programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    programs.answers["pulumi whoami"] = json.dumps({"url": "https://api.pulumi.com/me"})
    assert main(["permissions", "--stack", "dev"]) == 0
    said = capsys.readouterr()
    assert "state-read" not in json.loads(said.out)
    assert said.err == "warning: --state: the backend is no S3 bucket; state-read and state-write are left out\n"


@pytest.mark.parametrize(
    ("provider", "key"),
    [
        ("awskms://alias/fleet-state?region=eu-west-1", ("alias/fleet-state", "eu-west-1")),
        (
            "awskms:///arn:aws:kms:eu-west-1:123456789012:key/k?region=eu-west-1",
            ("arn:aws:kms:eu-west-1:123456789012:key/k", "eu-west-1"),
        ),
        (
            "awskms://1234abcd-12ab-34cd-56ef-1234567890ab?region=eu-west-1",
            ("1234abcd-12ab-34cd-56ef-1234567890ab", "eu-west-1"),
        ),
        (f"awskms://mrk-{'0' * 32}", (f"mrk-{'0' * 32}", "*")),
        ("alias/fleet-state", ("alias/fleet-state", "*")),
        ("passphrase", (None, "*")),
        ("", (None, "*")),
    ],
)
def test_the_key_of_the_state_s_secrets_is_read_from_its_provider(provider: str, key: tuple[str | None, str]) -> None:
    assert command.key_of(provider) == key


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("alias/fleet-state", {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/fleet-state"}}),
        ("arn:aws:kms:eu-west-1:123456789012:key/k", None),
    ],
)
def test_a_key_is_named_by_its_alias_or_by_itself(
    programs: Programs, capsys: pytest.CaptureFixture[str], key: str, said: Any
) -> None:
    assert main(["permissions", "--stack", "dev", "--state-key", key]) == 0
    (decrypt,) = (
        one for one in json.loads(capsys.readouterr().out)["state-read"]["Statement"] if one["Sid"] == "Decrypt"
    )
    assert decrypt.get("Condition") == said
    assert decrypt["Resource"] == (key if said is None else f"arn:aws:kms:*:{NUMBER}:key/*")


@pytest.mark.parametrize(
    ("program", "answer", "message"),
    [
        ("pulumi config", "no stack named 'dev' found", "--stack: dev: pulumi can't read its settings: no stack named"),
        (
            "aws sts",
            "Unable to locate credentials",
            "--account: the AWS CLI can't tell it: Unable to locate credentials; sign",
        ),
        ("pulumi whoami", "not logged in", "--state: pulumi is not signed in to a backend: not logged in"),
    ],
)
def test_what_fails_is_told_with_the_option_that_helps(
    programs: Programs, capsys: pytest.CaptureFixture[str], program: str, answer: str, message: str
) -> None:
    programs.answers[program] = subprocess.CompletedProcess([], 255, "", f"error: {answer}\n")
    assert main(["permissions", "--stack", "dev"]) == 1
    assert capsys.readouterr().err.startswith(f"error: {message}")


def test_settings_that_are_refused_are_told(programs: Programs, capsys: pytest.CaptureFixture[str]) -> None:
    programs.answers["pulumi config"] = json.dumps({"federated-eks:clusters": {"value": "[]"}})
    assert main(["permissions", "--stack", "dev"]) == 1
    assert "error: --stack: dev: federated-eks:clusters: [] is no fleet" in capsys.readouterr().err


def test_a_program_that_is_not_there_is_named(programs: Programs, capsys: pytest.CaptureFixture[str]) -> None:
    del programs.answers["aws sts"]
    assert main(["permissions", "--stack", "dev"]) == 1
    assert (
        capsys.readouterr().err == "error: aws: not found on PATH; install the AWS CLI, or put its directory on PATH\n"
    )


def test_a_folder_that_can_t_be_written_is_told(
    programs: Programs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["permissions", "--stack", "dev", "--folder", str(tmp_path / "file")]) == 1
    assert "error: --folder: " in capsys.readouterr().err


def test_an_account_is_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["permissions", "--stack", "dev", "--account", "prod"])
    assert "prod is not an account's number; give its 12 digits" in capsys.readouterr().err
