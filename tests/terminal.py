"""A command on a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Sequence
from pathlib import Path


def run(argv: Sequence[str], *, cwd: Path, env: dict[str, str]) -> str:
    """Run a command on a terminal; return what the terminal shows."""
    parent, child = pty.openpty()
    process = subprocess.Popen(argv, cwd=cwd, env=env, stdin=child, stdout=child, stderr=child)
    os.close(child)
    shown = b""
    try:
        while part := os.read(parent, 4096):
            shown += part
    except OSError:  # of Linux, once the command has closed the terminal
        pass
    os.close(parent)
    process.wait(10)
    return shown.decode().replace("\r\n", "\n")
