"""The sandbox's processes: started with a mark in their environment, and found and ended by that mark alone."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil

MARK = "FEDERATED_EKS_SANDBOX"
"""Names, in each process's environment, the `.sandbox` folder it belongs to; children inherit it."""

NAME = "FEDERATED_EKS_PROCESS"
"""Names, in each process's environment, what the process is, for people who read lists of what is left."""


def start(
    root: Path,
    name: str,
    argv: Sequence[str | Path],
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own, marked as belonging to `root`, its output appended to `log`.

    `env` is the whole environment of the process (default: this one's). A session of its own, so that Ctrl-C at a
    terminal reaches only the command in the foreground.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    marked = {**(os.environ if env is None else env), MARK: str(root), NAME: name}
    with log.open("ab") as out:
        return subprocess.Popen(
            [str(arg) for arg in argv],
            env=marked,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def ours(root: Path) -> dict[int, str]:
    """The living processes marked as belonging to `root`: process id to name."""
    found: dict[int, str] = {}
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                environ = process.environ()
                if environ.get(MARK) == str(root):
                    found[process.pid] = environ.get(NAME, process.name())
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


def end(pids: Iterable[int], grace: float = 10.0) -> None:
    """End the processes: SIGTERM, and SIGKILL for those that still live after `grace` seconds."""
    living: list[psutil.Process] = []
    for pid in pids:
        try:
            process = psutil.Process(pid)
            process.terminate()
            living.append(process)
        except psutil.NoSuchProcess:
            continue
    for process in psutil.wait_procs(living, timeout=grace)[1]:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(living, timeout=grace)
