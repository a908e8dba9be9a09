import os
import shlex
import shutil
import stat
import subprocess

import pytest

from sandbox.cli import shell
from sandbox.errors import UserError
from sandbox.paths import Paths

pytestmark = pytest.mark.unit

SHELLS = [name for name in ("sh", "bash", "dash", "zsh", "ksh") if shutil.which(name)]

THEIRS = {
    "AWS_PROFILE": "work",
    "AWS_SESSION_TOKEN": "x",
    "AWS_ENDPOINT_URL_EKS": "https://elsewhere",
    "PULUMI_ACCESS_TOKEN": "pul-1",
    "PULUMI_STACK": "prod",
    "KUBECONFIG": "/theirs",
    "HOME": "/home/they",
    "PATH": os.environ["PATH"],
    "NO_PROXY": "corp",
}


def sourced(paths: Paths, name: str, times: int = 1) -> dict[str, str]:
    script = f"set -eu; cd {shlex.quote(str(paths.project))}; " + ". .sandbox/env; " * times + "env -0"
    said = subprocess.run([name, "-c", script], env=THEIRS, capture_output=True, check=True).stdout.decode()
    return dict(line.split("=", 1) for line in said.split("\0") if line)


@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_that_sources_it_meets_the_sandbox_alone(running: Paths, name: str) -> None:
    shell.write(running)
    got = sourced(running, name)
    assert {key: got[key] for key in shell.variables(running)} == shell.variables(running)
    assert got["AWS_SECRET_ACCESS_KEY"] == "it's secret"
    assert {key for key in got if key.startswith(shell.FOREIGN)} <= set(shell.variables(running))
    assert got["PATH"] == f"{running.bin}:{running.venv / 'bin'}:{os.environ['PATH']}"
    assert got["NO_PROXY"] == got["no_proxy"] == "127.0.0.1,localhost,corp"
    assert got["HOME"] == "/home/they"


def test_sourcing_it_again_changes_nothing(running: Paths) -> None:
    shell.write(running)
    once, twice = (sourced(running, "sh", times) for times in (1, 2))
    assert once == twice


def test_commands_get_what_a_shell_gets(running: Paths) -> None:
    shell.write(running)
    both = {**THEIRS, "no_proxy": THEIRS["NO_PROXY"]}
    ours, got = shell.full(running, both), sourced(running, "sh")
    assert {key: got.get(key) for key in ours} == ours


def test_a_checkout_with_a_blank_in_its_path_is_quoted(running: Paths) -> None:
    moved = running.project.with_name("a b'c")
    running.project.rename(moved)
    shell.write(Paths(moved))
    assert sourced(Paths(moved), "sh")["PULUMI_HOME"] == f"{moved}/.sandbox/pulumi"
    moved.rename(running.project)


def test_only_the_owner_reads_it(running: Paths) -> None:
    shell.write(running)
    for path in (running.env, running.kubeconfig, running.root / "aws-config"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_there_is_none_while_the_sandbox_is_down(paths: Paths) -> None:
    with pytest.raises(UserError, match="the sandbox is down; run `make up`"):
        shell.variables(paths)


def test_an_engine_writes_the_state_around_each_resource_unless_it_is_asked_not_to(running: Paths) -> None:
    assert "PULUMI_SKIP_CHECKPOINTS" not in shell.full(running, THEIRS)
    assert shell.full(running, {**THEIRS, shell.ONCE: "true"})["PULUMI_SKIP_CHECKPOINTS"] == "true"
