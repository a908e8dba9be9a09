"""A second checkout of the project, with a sandbox of its own, for tests that bring whole fleets up and down."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox import processes
from sandbox.cli import shell, update
from sandbox.paths import Paths

PROJECT = Path(__file__).resolve().parents[2]

UNCOPIED = {".git", ".sandbox", ".venv", "__pycache__", ".pytest_cache", ".ruff_cache", ".hypothesis"}
"""What a checkout holds that isn't the project."""

Result = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Checkout:
    """The copy, and commands in it."""

    paths: Paths
    state_once: bool = False
    """Whether an update writes the state at its end alone: for fleets on which no engine is killed."""

    @property
    def project(self) -> Path:
        """The copy's folder."""
        return self.paths.project

    def environ(self) -> dict[str, str]:
        """What a shell has after `source .sandbox/env`; the sandbox must be up."""
        return shell.full(self.paths, self._theirs)

    @property
    def _theirs(self) -> dict[str, str]:
        """The environment of a person who calls the sandbox's commands."""
        return {**os.environ, **({shell.ONCE: "true"} if self.state_once else {})}

    def run(self, *argv: str, check: bool = True, timeout: float = 300, env: Mapping[str, str] | None = None) -> Result:
        """Run a command against the sandbox, which must be up, `env` on top; its output, errors included, as text."""
        return self._run([*argv], {**self.environ(), **(env or {})}, check=check, timeout=timeout)

    def source(
        self, script: str, check: bool = True, timeout: float = 300, env: Mapping[str, str] | None = None
    ) -> Result:
        """Run a line of bash as a person would: from a bare environment, `env` on top, after `source .sandbox/env`."""
        bare = {name: os.environ[name] for name in ("HOME", "PATH", "LANG") if name in os.environ} | dict(env or {})
        return self._run(["bash", "-c", f"source .sandbox/env && {script}"], bare, check=check, timeout=timeout)

    def sandbox(self, command: str, *options: str, check: bool = True, timeout: float = 600) -> Result:
        """Run `python -m sandbox COMMAND`, what `make COMMAND` runs after it has made `.venv`."""
        argv = [sys.executable, "-m", "sandbox", command, *options]
        return self._run(argv, self._theirs, check=check, timeout=timeout)

    def begin(self, *argv: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a command in a process group of its own, its output in a pipe; for tests that kill it."""
        return subprocess.Popen(
            [*argv],
            cwd=self.project,
            env=dict(self.environ() if env is None else env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def begin_up(self) -> subprocess.Popen[str]:
        """Begin `python -m sandbox up`, whose log `lines` follows."""
        update.log(self.paths, "up").unlink(missing_ok=True)
        return self.begin("python", "-u", "-m", "sandbox", "up")

    def lines(self, updating: subprocess.Popen[str]) -> Generator[str, None, None]:
        """What Pulumi prints in an update that has begun, line by line, until the command ends."""
        log, end = update.log(self.paths, "up"), 0
        while True:
            ended = updating.poll() is not None
            printed = log.read_text(errors="replace") if log.exists() else ""
            *whole, _ = printed[end:].split("\n")
            for line in whole:
                end += len(line) + 1
                yield line
            if ended:
                return
            time.sleep(0.05)

    def processes(self) -> dict[int, str]:
        """The living processes of this sandbox: process id to name."""
        return processes.ours(self.paths.root)

    def logs(self, lines: int = 40) -> str:
        """The ends of the logs, for a failing test to show."""
        texts = {file: file.read_text(errors="replace") for file in sorted(self.paths.log.rglob("*.log"))}
        return "\n".join(f"== {file.name}\n" + "\n".join(text.splitlines()[-lines:]) for file, text in texts.items())

    def _run(self, argv: list[str], env: Mapping[str, str], *, check: bool, timeout: float) -> Result:
        done = subprocess.run(
            argv,
            cwd=self.project,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert not check or done.returncode == 0, f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout}"
        return done


@contextlib.contextmanager
def fresh(*, state_once: bool = False) -> Generator[Checkout, None, None]:
    """A copy of this checkout in a new folder, its sandbox not yet started; all of it gone afterwards.

    With `state_once`, its updates write the state at their end alone. The folder's path is short, for a unix socket's
    path may not be longer than 107 bytes.
    """
    folder = Path(tempfile.mkdtemp(prefix="fe-")).resolve()
    checkout = Checkout(Paths(folder), state_once)
    try:
        _copy(PROJECT, folder)
        (folder / ".venv").symlink_to((PROJECT / ".venv").resolve())
        yield checkout
    finally:
        processes.end(checkout.processes())
        processes.end(checkout.processes())
        shutil.rmtree(folder, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    """Copy the files that git tracks or would track; without git, all but those that a checkout gathers."""
    git = ["git", "-C", str(source), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(git, capture_output=True, text=True, check=False) if shutil.which("git") else None
    if listed is None or listed.returncode:
        shutil.copytree(source, target, ignore=lambda _, names: UNCOPIED & set(names), dirs_exist_ok=True)
        return
    for name in filter(None, listed.stdout.split("\0")):
        if (source / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, target / name)
