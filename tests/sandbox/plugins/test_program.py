"""What a person sees of the program through the real engine: one message for each mistake, and no traceback."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.sandbox.plugins import aws_cloud, engine
from tests.sandbox.plugins.engine import PROJECT, Stack

pytestmark = pytest.mark.aws

VALUES: dict[str, Any] = {
    "federated-eks:clusters": [{"region": "eu-west-1"}],
    "federated-eks:controlPlane": {"deletionProtection": False},
}
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


@pytest.fixture(scope="module")
def project(running: aws_cloud.Aws, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The program with its own Pulumi.yaml, on a stack of these tests'."""
    stack = engine.stack(tmp_path_factory.mktemp("program"), running.env)
    declared = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())
    declared["runtime"] = yaml.safe_load((stack.folder / "Pulumi.yaml").read_text())["runtime"]
    (stack.folder / "Pulumi.yaml").write_text(yaml.safe_dump(declared))
    assert stack.run("stack", "init", "dev").ok
    return stack.program(f"""
        import runpy, sys
        sys.path.insert(0, {str(PROJECT)!r})
        runpy.run_path({str(PROJECT / "__main__.py")!r}, run_name="__main__")
    """)


def failure(stack: Stack, text: str, *without: str) -> str:
    """What a failed preview prints at its end, under this text in the stack's file and `without` variables."""
    file = stack.folder / "Pulumi.dev.yaml"
    salt = [line for line in file.read_text().splitlines() if line.startswith("encryptionsalt")]
    file.write_text("\n".join([*salt, text]))
    env, stack.env = stack.env, {name: value for name, value in stack.env.items() if name not in without}
    try:
        result = stack.preview()
    finally:
        stack.env = env
    assert not result.ok
    assert "Traceback" not in result.text, result.text
    # The diagnostics at the end repeat what was shown on the way.
    return result.text.rpartition("Diagnostics:")[2]


def errors(stack: Stack, text: str, *without: str) -> list[str]:
    """The lines of `failure` that are errors."""
    return [line.strip() for line in failure(stack, text, *without).splitlines() if "error: " in line]


def own(stack: Stack, text: str, *without: str) -> str:
    """The only error of the program's own. The language host adds that the program ended."""
    error, ended = errors(stack, text, *without)
    assert ended == "error: an unhandled error occurred: program exited with non-zero exit code: 1"
    return error


def config(**values: Any) -> str:
    return yaml.safe_dump({"config": VALUES | {key.replace("__", ":"): value for key, value in values.items()}})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"federated-eks__owner": "[platform] Fleet team"},
            "federated-eks:owner: [platform] Fleet team can't be a tag's",
        ),
        (
            {"federated-eks__nodeGroups": [{"instanceTypes": ["t3.mirco"]}]},
            "nodeGroups[0].instanceTypes: t3.mirco is not offered by EC2 in eu-west-1; use t3.micro",
        ),
        ({"aws__profile": "not-there"}, "aws: Pulumi can't sign in to AWS for eu-west-1: "),
        ({"aws__allowedAccountIds": ["999999999999"]}, "aws: Pulumi can't sign in to AWS for eu-west-1: "),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(value),
)
def test_a_mistake_is_one_error(project: Stack, values: dict[str, Any], message: str) -> None:
    error = own(project, config(**values))
    assert error.removeprefix("error: ").startswith(message)
    assert "; " in error


def test_nobody_s_credentials_are_one_error(project: Stack) -> None:
    error = own(project, config(), *CREDENTIALS)
    assert "aws: Pulumi can't sign in to AWS for eu-west-1: " in error
    assert "aws sso login" in error


@pytest.mark.parametrize(
    ("twice", "key"),
    [
        ("federated-eks:owner: a\n  federated-eks:owner: b", "federated-eks:owner"),
        ("federated-eks:tags: {a: 1, a: 2}", "a"),
    ],
)
def test_a_key_that_is_there_twice_is_refused_by_pulumi_with_its_lines(project: Stack, twice: str, key: str) -> None:
    said = failure(project, f"config:\n  federated-eks:clusters: [{{region: eu-west-1}}]\n  {twice}\n")
    assert re.search(rf'line \d+: mapping key "{key}" already defined at line \d+', said), said


def test_a_passphrase_that_is_missing_is_asked_for(project: Stack) -> None:
    (error,) = errors(project, config(), "PULUMI_CONFIG_PASSPHRASE")
    assert "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE" in error


def test_a_plugin_that_is_missing_is_named(project: Stack) -> None:
    folders = Path(project.env["PULUMI_HOME"], "plugins").glob("resource-aws-*")
    (plugin,) = (folder for folder in folders if folder.is_dir())
    away = plugin.with_name("away")
    shutil.move(plugin, away)
    try:
        (error,) = errors(project, config())
    finally:
        shutil.move(away, plugin)
    assert "no resource plugin 'pulumi-resource-aws' found" in error
