"""The cloud's process: start it, wait for it, end it, and read its pages."""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from typing import Any

from progress import Progress
from sandbox import processes
from sandbox.cli import shell
from sandbox.errors import UserError
from sandbox.paths import Paths

PATIENCE = 300.0
"""Seconds for the cloud and every control plane it had to be ready; it takes 5 to 60."""

TIMEOUT = 5.0
"""Seconds for an answer about its health."""

GRACE = 60.0
"""Seconds for the cloud to end its children in order and to save."""

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""An opener without proxies, because the cloud is on the loopback interface."""


def ensure(paths: Paths) -> None:
    """Have a cloud that is ready: the one that runs, else a new one over what the last one kept; raises UserError."""
    if healthy(paths):
        return
    if left := processes.ours(paths.root):
        print(f"Ending {len(left)} processes of a sandbox that no longer answers.", flush=True)
        processes.end(left)
    paths.cloud.unlink(missing_ok=True)
    log = paths.log / "cloud.log"
    begin = log.stat().st_size if log.exists() else 0
    argv = [sys.executable, "-m", "sandbox.cloud", "--project", paths.project]
    with Progress("Starting the sandbox") as progress:
        environ = {**shell.own(paths), "PYTHONPATH": str(paths.project)}
        cloud = processes.start(paths.root, "cloud", argv, log, environ, cwd=paths.project)
        deadline = time.monotonic() + PATIENCE
        while not _ready(health(paths), progress):
            if cloud.poll() is not None:
                said = log.read_bytes()[begin:].decode(errors="replace").strip().splitlines()
                last = said[-1].removeprefix("error: ") if said else "it said nothing"
                raise UserError(f"the sandbox ended while it started: {last} (all of it: {log})")
            if time.monotonic() > deadline:
                raise UserError(f"the sandbox isn't ready after {PATIENCE:.0f} s; see {log}, then `make up` again")
            time.sleep(0.2)
        progress.done("ready")


def healthy(paths: Paths) -> bool:
    """Whether a cloud runs and says that it is ready."""
    return bool((health(paths) or {}).get("ready"))


def health(paths: Paths) -> dict[str, Any] | None:
    """Return the cloud's health; None if it doesn't answer."""
    return _get(paths, "/sandbox/health", TIMEOUT)


def leftovers(paths: Paths) -> list[str] | None:
    """Return the fleet's resources left in the cloud, a line each; None if it doesn't answer."""
    return _get(paths, "/sandbox/leftovers", timeout=60)


def stop(paths: Paths) -> list[str]:
    """End the cloud, which ends its children in order, then what outlives it; what is left even so, one line each."""
    ours = processes.ours(paths.root)
    clouds = [pid for pid, name in ours.items() if name == "cloud"]
    with Progress("Stopping the sandbox"):
        processes.end(clouds, GRACE)
        if left := processes.ours(paths.root):
            processes.end(left)
    paths.cloud.unlink(missing_ok=True)
    return [f"process {pid} {name}" for pid, name in processes.ours(paths.root).items()]


def _ready(state: dict[str, Any] | None, progress: Progress) -> bool:
    if state is None:
        return False
    clusters = [f"{name} {status}" for name, status in sorted(state.get("clusters", {}).items())]
    progress.update(", ".join(clusters))
    return bool(state.get("ready"))


def _get(paths: Paths, path: str, timeout: float) -> Any:
    try:
        endpoint = shell.cloud(paths)["aws_endpoint"]
        with DIRECT.open(f"{endpoint}{path}", timeout=timeout) as answer:
            return json.load(answer)
    except (UserError, OSError, ValueError, KeyError):
        return None
