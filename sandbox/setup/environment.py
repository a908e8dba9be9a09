"""The project's Python environment: made, filled from the requirements files, and noticed when half made.

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from progress import Progress
from sandbox import locks
from sandbox.errors import UserError
from sandbox.setup.diagnosis import explain

LOCK = "requirements.lock"
"""Every package that the program needs, at one version and with its hashes."""

REQUIREMENTS = (LOCK, "sandbox/requirements.txt")
"""What the program and its sandbox need."""

TEST_REQUIREMENTS = ("tests/requirements.txt",)
"""What `make test` and `make lint` need besides."""

STAMP = "federated-eks.json"
"""In `.venv`: which files, by their hash, are installed. Absent while something is being installed."""

VENV = ["-m", "venv"]
"""What makes an empty environment."""


def main(project: Path, argv: Sequence[str]) -> int:
    """Make `.venv` what the requirements ask for, with the tests' too if `argv` has `--tests`; an exit code."""
    try:
        ensure(project, [*REQUIREMENTS, *(TEST_REQUIREMENTS if "--tests" in argv else ())])
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {project / '.venv'}: {error.strerror or error}; mend that and try again", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the next run goes on from here", file=sys.stderr)
        return 130
    return 0


def ensure(project: Path, requirements: Sequence[str]) -> None:
    """Install what isn't installed yet, one process at a time; raises UserError."""
    wanted = {name: hashlib.sha256((project / name).read_bytes()).hexdigest() for name in requirements}
    if _installed(project / ".venv", wanted):
        return
    venv = _place(project / ".venv")
    lock = venv.parent / ".sandbox" / "environment.lock"
    with locks.exclusive(lock, "Another command is making the Python environment; waiting for it."):
        if not _installed(venv, wanted):
            _install(project, venv, wanted)


def _place(venv: Path) -> Path:
    """Where the environment really lies; a link to one that this project didn't make is removed, not followed."""
    if venv.is_symlink() and _stamp(venv) is None:
        venv.unlink()
    return venv.resolve()


def _installed(venv: Path, wanted: Mapping[str, str]) -> bool:
    stamp = _stamp(venv)
    return stamp is not None and wanted.items() <= stamp.items()


def _stamp(venv: Path) -> dict[str, Any] | None:
    """What is installed; None if the environment isn't there, is half made, or its Python is gone."""
    try:
        stamp = json.loads((venv / STAMP).read_text())
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) and (venv / "bin" / "python").exists() else None


def _install(project: Path, venv: Path, wanted: Mapping[str, str]) -> None:
    stamp = _stamp(venv)
    log = venv.parent / ".sandbox" / "log" / "environment.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    if stamp is None:
        _create(venv, log)
    (venv / STAMP).unlink(missing_ok=True)
    installed = {**(stamp or {}), **wanted}
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--retries", "2"]
    others = [part for name in installed if name != LOCK for part in ("-r", name)]
    with Progress("Installing the Python packages") as progress:
        # Two commands, because pip requires hashes for everything that a command installs, or for nothing.
        for argv in ([*pip, "--require-hashes", "-r", LOCK], [*pip, *others]):
            _run(argv, project, log, progress, "installing the Python packages")
    (venv / STAMP).write_text(json.dumps(installed, indent=1))


def _create(venv: Path, log: Path) -> None:
    """A fresh environment in place of whatever is there."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        raise UserError(
            f"{sys.executable} has no venv module; install it (on Debian and Ubuntu: apt-get install {package}), "
            "or name another Python: make PYTHON=python3.12 ..."
        )
    if venv.exists():
        print(f"{venv} is half made; making it anew.", flush=True)
        shutil.rmtree(venv)
    argv = [sys.executable, *VENV, str(venv)]
    with Progress("Making the Python environment") as progress:
        _run(argv, venv.parent, log, progress, "making the Python environment")


def _run(argv: Sequence[str], cwd: Path, log: Path, progress: Progress, what: str) -> None:
    """Run it, its output in `log`, and tell how many packages it has looked at; raises UserError."""
    collected = 0
    with (
        log.open("w") as out,
        subprocess.Popen(
            argv, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process,
    ):
        for line in process.stdout or ():
            out.write(line)
            if line.startswith("Collecting "):
                collected += 1
                progress.update(f"{collected} packages found")
            elif line.startswith("Installing collected packages"):
                progress.update(f"unpacking {line.count(',') + 1} packages")
    if process.returncode:
        raise UserError(explain(what, log))
