"""The workflows of .github: what actionlint says of them, and rules of our own that it has not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops import __main__ as command
from sandbox.cli import commands
from sandbox.paths import Paths
from sandbox.setup import build

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).parents[2]
FILES = sorted((PROJECT / ".github").rglob("*.yml"))
WORKFLOWS = [file for file in FILES if file.parent.name == "workflows"]

UNTRUSTED = re.compile(r"\$\{\{")
KEYS = re.compile(r"aws[-_](access[-_]key[-_]id|secret[-_]access[-_]key)|PULUMI_ACCESS_TOKEN|secrets\.", re.IGNORECASE)


def load(file: Path) -> dict[Any, Any]:
    """A workflow; YAML 1.1 reads its key `on` as true."""
    return yaml.safe_load(file.read_text())


def jobs(file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from load(file).get("jobs", {}).items()


def steps(file: Path) -> Iterator[Mapping[str, Any]]:
    for _, job in jobs(file):
        yield from job["steps"]
    yield from load(file).get("runs", {}).get("steps", ())


def all_jobs() -> list[Any]:
    return [pytest.param(file, job, id=f"{file.stem}-{name}") for file in WORKFLOWS for name, job in jobs(file)]


def named(file: str, job: str) -> Mapping[str, Any]:
    return dict(jobs(PROJECT / ".github" / "workflows" / f"{file}.yml"))[job]


def copy(tmp_path: Path) -> Paths:
    """A checkout of the workflows alone, with the environment that shellcheck lies in."""
    shutil.copytree(PROJECT / ".github", tmp_path / ".github")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".venv").symlink_to((PROJECT / ".venv").resolve())
    return Paths(tmp_path)


def test_actionlint_finds_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert commands.lint(Paths(PROJECT)) == 0, capfd.readouterr().out


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("timeout-minutes: 30", "timeout-minuts: 30", "unexpected key"),
        ("needs: preview", "needs: review", "needs job"),
        ("region: ${{ vars.AWS_REGION }}", "regio: x", 'input "regio" is not defined in action "Pulumi on AWS"'),
        ('--stack "$STACK"', "--stack $STACK", "shellcheck reported issue"),
    ],
)
def test_actionlint_finds_what_is_wrong(
    right: str, wrong: str, says: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    paths = copy(tmp_path)
    file = tmp_path / ".github" / "workflows" / "pull-request.yml"
    assert right in file.read_text()
    file.write_text(file.read_text().replace(right, wrong))
    assert commands.lint(paths) == 1
    assert says in capfd.readouterr().out


def test_only_lint_takes_actionlint() -> None:
    assert not {family.name for family in build.LINTERS} & {family.name for family in build.FAMILIES}
    assert all((build.MODULES / family.name / "go.sum").exists() for family in build.LINTERS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_action_is_pinned_by_its_commit_and_says_its_version(file: Path) -> None:
    used = re.findall(r"uses:\s*(.*)", file.read_text())
    assert len(used) == sum("uses" in step for step in steps(file))
    for action in used:
        if not action.startswith("./"):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_an_action_is_of_one_version_everywhere() -> None:
    used = {line for file in FILES for line in re.findall(r"uses:\s*([^.].*)", file.read_text())}
    names = [line.partition("@")[0] for line in used]
    assert sorted(names) == sorted(set(names))


def test_nothing_runs_for_a_fork_with_rights_of_its_own() -> None:
    for file in WORKFLOWS:
        assert not set(load(file)[True]) & {"pull_request_target", "workflow_run", "issue_comment"}
    assert (
        "github.event.pull_request.head.repo.full_name == github.repository" in named("pull-request", "preview")["if"]
    )
    assert named("pull-request", "comment")["needs"] == "preview"


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_has_no_rights_but_its_jobs_name_theirs(file: Path) -> None:
    assert load(file)["permissions"] == {}
    assert all("permissions" in job for _, job in jobs(file))


@pytest.mark.parametrize(("file", "job"), all_jobs())
def test_a_job_has_the_rights_that_it_uses(file: Path, job: Mapping[str, Any]) -> None:
    text = yaml.safe_dump(job)
    wanted = {"contents": "read"} if "actions/checkout@" in text else {}
    if "./.github/actions/pulumi" in text:
        wanted["id-token"] = "write"
    if "ops preview comment" in text:
        wanted["pull-requests"] = "write"
    if "ops preview issue" in text:
        wanted["issues"] = "write"
    assert job["permissions"] == wanted
    assert not {"id-token", "pull-requests"} <= wanted.keys() and not {"id-token", "issues"} <= wanted.keys()
    assert job["timeout-minutes"] <= 120


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_key_is_kept_anywhere_and_checkouts_keep_no_token(file: Path) -> None:
    assert not KEYS.search(file.read_text())
    for step in steps(file):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_script_has_an_expression_in_it(file: Path) -> None:
    for step in steps(file):
        assert not UNTRUSTED.search(step.get("run", "")), step


@pytest.mark.parametrize(("file", "job"), [("update", "update"), ("destroy", "destroy")])
def test_what_changes_a_stack_is_approved_and_never_runs_twice(file: str, job: str) -> None:
    told = named(file, job)
    stack = told["env"]["STACK"]
    assert told["environment"] == stack
    assert told["concurrency"] == {"group": f"stack-{stack}", "cancel-in-progress": False}


def test_what_changes_a_stack_is_nowhere_else() -> None:
    changing = [
        (file.stem, name)
        for file in WORKFLOWS
        for name, job in jobs(file)
        if re.search(r"pulumi (up|destroy|refresh|import|state)|AWS_UPDATE_ROLE", yaml.safe_dump(job))
    ]
    assert changing == [("destroy", "destroy"), ("update", "update")]


def test_a_destroy_is_of_a_known_stack_said_twice() -> None:
    (step,) = named("destroy", "guard")["steps"]
    assert named("destroy", "destroy")["needs"] == "guard"

    assert step["env"]["KNOWN"] == "${{ contains(fromJSON(vars.PULUMI_STACKS), inputs.stack) }}"

    def code(stack: str, again: str, known: str = "true") -> int:
        env = {"PATH": os.environ["PATH"], "STACK": stack, "AGAIN": again, "KNOWN": known}
        # As a runner calls it.
        argv = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
        return subprocess.run(argv, env=env, capture_output=True, check=False).returncode

    assert code("dev", "dev") == 0
    assert code("dev", "prod") != 0
    assert code("dev", "dev", "false") != 0
    assert code("dev", "dev", "") != 0


def test_a_destroy_deletes_what_the_clusters_made_before_and_what_is_left_after(tmp_path: Path) -> None:
    steps = named("destroy", "destroy")["steps"]
    at = next(place for place, step in enumerate(steps) if "pulumi destroy" in step.get("run", ""))
    scripts = [step["run"] for step in steps[at - 1 : at + 3]]
    for program in (tmp_path / ".venv" / "bin" / "python", tmp_path / "bin" / "pulumi"):
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\n[ "$3" = parallel ] && {PLACES} || echo "${{0##*/}} $*"\n')
        program.chmod(0o755)
    env = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "STACK": "dev"}
    argv = ["bash", "-eo", "pipefail", "-c", "\n".join(scripts)]
    said = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said == [
        "python -m ops leftovers --stack dev --delete --yes",
        "pulumi destroy --yes --non-interactive --stack dev --parallel 24",
        "python -m ops leftovers --stack dev --delete --yes --settle 5",
        "python -m ops leftovers --stack dev",
    ]
    assert [step.get("if") for step in steps[at - 1 : at + 3]] == [None, None, None, "failure()"]
    for script in scripts[:1] + scripts[2:]:
        command.parser().parse_args(script.replace('"$STACK"', "dev").split()[3:])


PLACES = '{ [ "$*" = "-m ops parallel --stack dev" ] && echo 24; }'
"""What stands in for `python -m ops parallel`."""


def test_an_update_works_on_as_much_at_once_as_the_fleet_is_large(tmp_path: Path) -> None:
    for program in (tmp_path / ".venv" / "bin" / "python", tmp_path / "bin" / "pulumi"):
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\n[ "$3" = parallel ] && {PLACES} || printf "%s\\n" "$@"\n')
        program.chmod(0o755)
    env = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "STACK": "dev", "LEVELS": ""}
    argv = ["bash", "-eo", "pipefail", "-c", named("update", "update")["steps"][-1]["run"]]
    said = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[said.index("--parallel") + 1] == "24"


@pytest.mark.parametrize(("file", "job"), [("pull-request", "preview"), ("update", "preview"), ("update", "update")])
@pytest.mark.parametrize("levels", ["", "policies.dev.json"])
def test_policies_are_asked_with_the_stacks_own_levels(file: str, job: str, levels: str, tmp_path: Path) -> None:
    step = named(file, job)["steps"][-1] if job == "update" else named(file, job)["steps"][2]
    for program in ("pulumi", "python"):
        (tmp_path / program).write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
        (tmp_path / program).chmod(0o755)
    env = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "STACK": "dev",
        "COMMIT": "c",
        "GITHUB_SHA": "c",
        "LEVELS": levels,
    }
    said = subprocess.run(["bash", "-eo", "pipefail", "-c", step["run"]], env=env, capture_output=True, text=True)
    config = ["--policy-pack-config", levels] if levels else []
    assert said.stdout.splitlines()[-2 - len(config) :] == ["--policy-pack", "policies", *config]
    assert "policies.{0}.json" in step["env"]["LEVELS"]


GH = """#!/bin/sh
echo "$@" >> "${0%/*}/calls"
case $3 in GET) echo '[[]]' ;; *) cat > /dev/null; echo '{"html_url": "https://github.com/example/1"}' ;; esac
"""


@pytest.mark.parametrize(
    ("file", "job", "path"),
    [("pull-request", "comment", "repos/a/b/issues/7/comments"), ("drift", "report", "repos/a/b/issues")],
)
def test_a_report_needs_nothing_that_is_installed(file: str, job: str, path: str, tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "ops", tmp_path / "ops")
    for name in ("progress.py", "wire.py"):
        shutil.copy(PROJECT / name, tmp_path)
    (tmp_path / "preview").mkdir()
    (tmp_path / "preview" / "comment.md").write_text("<!-- previews: preview of dev -->\nhello")
    (tmp_path / "preview" / "outcome.txt").write_text("changes")
    programs = {"gh": GH, "python3": f'#!/bin/sh\nexec {sys.executable} -S -E "$@"\n'}
    (tmp_path / "bin").mkdir()
    for name, text in programs.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    env = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "GITHUB_REPOSITORY": "a/b", "NUMBER": "7", "STACK": "dev"}
    argv = ["bash", "-eo", "pipefail", "-c", named(file, job)["steps"][-1]["run"]]
    process = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    assert process.stdout == "https://github.com/example/1\n"
    assert f"api --method POST {path} --input -" in (tmp_path / "bin" / "calls").read_text()


def test_pulumi_is_of_one_version_here_and_there() -> None:
    installed = next(
        step["with"]["pulumi-version"]
        for step in steps(PROJECT / ".github" / "actions" / "pulumi" / "action.yml")
        if step.get("uses", "").startswith("pulumi/actions@")
    )
    assert f"v{installed}" == build.PULUMI
    assert f"pulumi=={installed}" in (PROJECT / "requirements.txt").read_text().splitlines()


def test_zizmor_finds_nothing() -> None:
    argv = [Path(sys.executable).with_name("zizmor"), "--offline", "--quiet", "--no-progress", ".github"]
    done = subprocess.run(argv, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("before", ["nothing", "logs of an older run"])
@pytest.mark.parametrize("named", [False, True])
def test_pulumi_finds_no_folder_for_its_log(before: str, named: bool, tmp_path: Path) -> None:
    action = load(PROJECT / ".github" / "actions" / "pulumi" / "action.yml")["runs"]["steps"]
    step = next(step for step in action if step.get("name") == "No log of the engine's own")
    assert action.index(step) < next(number for number, step in enumerate(action) if "pulumi install" in str(step))
    home = tmp_path / ("theirs" if named else ".pulumi")
    if before != "nothing":
        (home / "logs").mkdir(parents=True)
        (home / "logs" / "dev-20261129T080000.log").write_text("much")
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **({"PULUMI_HOME": str(home)} if named else {})}
    for _ in range(2):
        subprocess.run(["bash", "-eo", "pipefail", "-c", step["run"]], env=env, check=True)
    assert (home / "logs").is_file()


def test_whatever_calls_pulumi_has_it_from_the_action() -> None:
    for file in WORKFLOWS:
        for name, job in jobs(file):
            calls = any(re.search(r"^\s*pulumi |ops preview run", step.get("run", ""), re.M) for step in job["steps"])
            assert calls == any(step.get("uses") == "./.github/actions/pulumi" for step in job["steps"]), name
