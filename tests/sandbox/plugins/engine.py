"""Pulumi's engine on tiny programs, with the project's stand-ins for plugins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.cli import debug_log, plugins, shell
from sandbox.paths import Paths, tool

PROJECT = Path(__file__).resolve().parents[3]


@dataclass
class Result:
    """What a command printed and changed."""

    code: int
    text: str
    changes: dict[str, int] = field(default_factory=dict)
    """The number of resources by what was done to them; `same` is left out."""

    @property
    def ok(self) -> bool:
        return self.code == 0


@dataclass
class Stack:
    """A Pulumi project with one stack, all of it in a folder of its own."""

    folder: Path
    env: dict[str, str]

    def program(self, source: str) -> Stack:
        """Set the program."""
        (self.folder / "__main__.py").write_text(textwrap.dedent(source))
        return self

    def run(self, *arguments: str, timeout: float = 180) -> Result:
        """Run `pulumi ARGUMENTS`."""
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
        )
        return Result(done.returncode, done.stdout)

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `pulumi ARGUMENTS` in a process group of its own, what it prints in a pipe."""
        return subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def change(self, *arguments: str, timeout: float = 180) -> Result:
        """Run a command that previews or changes, and count what it did."""
        log = self.folder / "events"
        log.unlink(missing_ok=True)
        result = self.run(*arguments, "--event-log", str(log), timeout=timeout)
        for line in log.read_text().splitlines() if log.exists() else ():
            if summary := json.loads(line).get("summaryEvent"):
                result.changes = {
                    what: count for what, count in (summary.get("resourceChanges") or {}).items() if what != "same"
                }
        return result

    def up(self, *arguments: str) -> Result:
        return self.change("up", "--yes", "--skip-preview", *arguments)

    def preview(self) -> Result:
        return self.change("preview")

    def refresh(self) -> Result:
        return self.change("refresh", "--yes", "--skip-preview")

    def destroy(self) -> Result:
        return self.change("destroy", "--yes", "--skip-preview")

    def outputs(self) -> dict[str, Any]:
        return json.loads(self.run("stack", "output", "--json", "--show-secrets").text)

    def resources(self, *, secrets: bool = False) -> dict[str, dict[str, Any]]:
        """The state's resources by type and name, `kubernetes:core/v1:Secret token`."""
        exported = self.run("stack", "export", *(["--show-secrets"] if secrets else [])).text
        found = json.loads(exported)["deployment"].get("resources") or []
        return {f"{resource['type']} {resource['urn'].split('::')[-1]}": resource for resource in found}


def stack(folder: Path, env: Mapping[str, str] | None = None, *, name: str = "tiny", state_once: bool = False) -> Stack:
    """A new project with the stack `dev`, and the stand-ins in its own PULUMI_HOME.

    With `state_once`, an update writes the state at its end alone.
    """
    paths = Paths(PROJECT)
    home = folder / "home"
    target = Paths(folder)
    debug_log.prevent(home)
    plugins.install(_Home(target.project, home), {})
    for place in ("state", "project"):
        (folder / place).mkdir()
    where = os.pathsep.join([str(tool(paths, command).parent) for command in ("pulumi", "helm")])
    made = Stack(
        folder / "project",
        {
            **os.environ,
            **(env or {}),
            "PATH": f"{where}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_HOME": str(home),
            # Without sidecar files of metadata: an engine killed while it writes one leaves it empty, and the state
            # can't be read with it.
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}?metadata=skip",
            "PULUMI_CONFIG_PASSPHRASE": "none",
            **shell.ENGINE,
            **(shell.STATE_ONCE if state_once else {}),
            "PULUMI_DEBUG_COMMANDS": "true",  # for --event-log
            "NO_COLOR": "1",
        },
    )
    runtime = {"name": "python", "options": {"virtualenv": str(Path(sys.prefix))}}
    (made.folder / "Pulumi.yaml").write_text(json.dumps({"name": name, "runtime": runtime}))
    made.program("")
    created = made.run("stack", "init", "dev")
    assert created.ok, created.text
    return made


class _Home(Paths):
    """Places of a sandbox whose PULUMI_HOME is given, and whose code and environment are the project's."""

    def __init__(self, project: Path, home: Path) -> None:
        super().__init__(PROJECT)
        object.__setattr__(self, "_home", home)

    @property
    def pulumi_home(self) -> Path:
        return self.__dict__["_home"]
