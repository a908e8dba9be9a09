"""The stack `sandbox`, through the Pulumi CLI in the sandbox's own environment."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import psutil

from sandbox import processes
from sandbox.cli import shell
from sandbox.errors import UserError
from sandbox.paths import Paths, tool

NAME = "sandbox"

PATIENCE = 60.0
"""Seconds that an interrupted pulumi has to end what it began; a node group takes the longest."""


def run(paths: Paths, *argv: str, out: BinaryIO | None = None) -> int:
    """Run pulumi in the foreground; its exit code, 1 if it was killed. It prints on the person's terminal, or to `out`.

    In a session of its own, so that Ctrl-C reaches it once, from here: a second signal makes it drop what it began.
    It is then waited for, while it ends that and writes its state.
    """
    command = [str(tool(paths, "pulumi")), *argv]
    process = subprocess.Popen(
        command,
        cwd=paths.project,
        env=_environ(paths),
        start_new_session=True,
        stdin=subprocess.DEVNULL if out else None,
        stdout=out,
        stderr=out,
    )
    try:
        code = process.wait()
    except BaseException:
        process.send_signal(signal.SIGINT)
        _let_end(process)
        raise
    return 1 if code < 0 else code


def read(paths: Paths, *argv: str) -> str:
    """Return what pulumi prints; raise UserError with its last line."""
    command = [str(tool(paths, "pulumi")), *argv]
    done = subprocess.run(
        command,
        cwd=paths.project,
        env=_environ(paths),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise UserError(f"`pulumi {argv[0]}`: {said[-1].removeprefix('error: ') if said else 'it failed'}")
    return done.stdout


def ensure(paths: Paths) -> None:
    """Have the stack, free of what a killed pulumi left; raises UserError if another pulumi is at work on it."""
    paths.pulumi_state.mkdir(parents=True, exist_ok=True)
    end_orphans(paths)
    read(paths, "stack", "select", "--create", NAME)
    if release(paths):
        print("Lifted the lock of a pulumi that was killed.", flush=True)


def outputs(paths: Paths) -> dict[str, Any]:
    """The stack's outputs, secrets in clear."""
    return json.loads(read(paths, "stack", "output", "--json", "--show-secrets", "--stack", NAME))


def exists(paths: Paths) -> bool:
    """Whether a stack was ever made here."""
    return bool(_state(paths))


def resources(paths: Paths) -> int:
    """Return the number of the stack's resources; 0 without a stack."""
    return len(_deployment(paths).get("resources") or [])


def pending(paths: Paths) -> list[dict[str, Any]]:
    """Return the operations that a killed pulumi left: each with a `type` (creating, ...) and a `resource`."""
    return _deployment(paths).get("pending_operations") or []


def unread(paths: Paths) -> bool:
    """Whether the state has a resource that was taken over and not yet looked at: it has an id and no outputs."""
    return any(resource.get("id") and not resource.get("outputs") for resource in _managed(paths))


def _managed(paths: Paths) -> Iterator[dict[str, Any]]:
    for resource in _deployment(paths).get("resources") or []:
        if resource.get("custom") and not resource["type"].startswith("pulumi:"):
            yield resource


def end_orphans(paths: Paths) -> None:
    """End a pulumi that an earlier, killed command of this sandbox left running (this command holds the lock).

    The engine ends first, because it ends its operations through its plugins; then plugins that outlive it.
    """
    if orphans := _orphans(paths):
        print("Ending a pulumi that an earlier command left running.", flush=True)
        processes.end(filter(_is_pulumi, orphans), grace=PATIENCE)
        processes.end(_orphans(paths))


def release(paths: Paths) -> bool:
    """Lift the locks of dead pulumis, and say whether there were any; raises UserError if one of them lives."""
    locks = list(_locks(paths))
    for lock in locks:
        if _holds(lock):
            raise UserError(
                f"a pulumi is at work on the stack (process {lock['pid']}, since {lock.get('timestamp', 'unknown')}); "
                "wait for it, or end it, and run the command again"
            )
    if locks:
        read(paths, "cancel", "--yes", "--stack", NAME)
    return bool(locks)


def _environ(paths: Paths) -> dict[str, str]:
    return {**shell.full(paths), processes.MARK: str(paths.root), processes.NAME: "pulumi"}


def _let_end(process: subprocess.Popen[bytes]) -> None:
    print("Waiting for pulumi to end what it began (Ctrl-C again ends it at once).", file=sys.stderr)
    try:
        process.wait(PATIENCE)
    except (KeyboardInterrupt, subprocess.TimeoutExpired):
        process.kill()
        process.wait()


def _locks(paths: Paths) -> Iterator[dict[str, Any]]:
    """Return the contents of the stack's lock files: pid, username, hostname, timestamp."""
    for file in (paths.pulumi_state / ".pulumi" / "locks").rglob(f"{NAME}/*.json"):
        try:
            yield json.loads(file.read_text())
        except (OSError, ValueError):
            yield {}


def _deployment(paths: Paths) -> dict[str, Any]:
    """The stack's last state, straight from the backend's file: asking pulumi takes half a second."""
    for file in _state(paths):
        return json.loads(file.read_text()).get("checkpoint", {}).get("latest") or {}
    return {}


def _state(paths: Paths) -> list[Path]:
    return list((paths.pulumi_state / ".pulumi" / "stacks").glob(f"*/{NAME}.json"))


def _holds(lock: dict[str, Any]) -> bool:
    """Whether the process that took the lock is a pulumi that still lives."""
    here = lock.get("hostname", socket.gethostname()) == socket.gethostname()
    return here and isinstance(lock.get("pid"), int) and _is_pulumi(lock["pid"])


def _orphans(paths: Paths) -> list[int]:
    return [pid for pid, name in processes.ours(paths.root).items() if name == "pulumi"]


def _is_pulumi(pid: int) -> bool:
    try:
        return Path(psutil.Process(pid).exe()).name == "pulumi"
    except (psutil.Error, OSError):
        return False
