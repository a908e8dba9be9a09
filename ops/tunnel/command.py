"""`python -m ops tunnel`: run a command, or wait, with tunnels to private clusters."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from ops import outputs
from ops.arguments import Subparsers, add_parser
from ops.errors import UserError
from ops.stages import Stages
from ops.tunnel import bastion, kubeconfig
from ops.tunnel.session import Session, free_ports
from ops.tunnel.stop import Stop

INTERVAL = 0.1
"""Seconds between two checks of processes and signals."""

EXIT_CODES = {
    "0": "COMMAND succeeded, or Ctrl-C closed the tunnels",
    "N": "COMMAND's own exit code",
    "128+N": "signal N ended COMMAND or the tunnels",
}


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_parser(
        subparsers,
        "tunnel",
        "Reach a fleet's private clusters through its bastion",
        exit_codes=EXIT_CODES,
        usage="%(prog)s [-h] --stack STACK [-- COMMAND ...]",
    )
    parser.add_argument("--stack", required=True, help="the fleet's Pulumi stack")
    parser.add_argument(
        "command",
        nargs="*",
        metavar="COMMAND",
        help="a program and its arguments, run with a KUBECONFIG of all clusters; without it, wait for Ctrl-C",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open the tunnels, run the command or wait for Ctrl-C, close them; return the exit code. Raise UserError."""
    bastion.check_tools()
    stack: str = arguments.stack
    command: Sequence[str] = arguments.command
    found = outputs.read(stack)
    entry = bastion.find(stack, found)
    config: str = found["kubeconfig"]
    stop = Stop()
    # Only on a terminal: elsewhere, a script reads the command's own output.
    with contextlib.ExitStack() as opened, Stages("tunnel", stack, shown=sys.stderr.isatty()) as stages:
        endpoints = kubeconfig.endpoints(config)
        ports = free_ports(endpoints)
        stages.begin(f"tunnels through {entry.instance}")
        sessions = [opened.enter_context(Session(entry, each, ports[each.cluster])) for each in endpoints]
        for session in sessions:
            session.wait(stop)
        stages.end("stopped" if stop.signal else f"{len(sessions)} open")
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="tunnel-")))
        file = write_private(folder / "kubeconfig", kubeconfig.through(config, ports))
        if stop.signal is not None:
            return stop.exit_code
        return execute(command, file, sessions, stop) if command else wait(file, sessions, stop)


def write_private(file: Path, text: str) -> Path:
    """Write a text to a new file that only its owner can read."""
    file.touch(mode=0o600, exist_ok=False)
    file.write_text(text, encoding="utf-8")
    return file


def execute(command: Sequence[str], file: Path, sessions: Sequence[Session], stop: Stop) -> int:
    """Run a command to its end; return its exit code. Raise UserError if it can't be started.

    SIGINT is not forwarded, because the terminal's Ctrl-C reaches the whole process group.
    """
    try:
        process = subprocess.Popen([*command], env={**os.environ, "KUBECONFIG": str(file)})
    except OSError as error:
        raise UserError(f"{command[0]}: can't be run: {error.strerror}; name a program on PATH") from None
    forwarded: int | None = None
    lost: set[str] = set()
    while process.poll() is None:
        if stop.signal not in (forwarded, signal.SIGINT):
            forwarded = stop.signal
            process.send_signal(forwarded or signal.SIGTERM)
        for session in sessions:
            if session.ended and session.endpoint.cluster not in lost:
                lost.add(session.endpoint.cluster)
                print(f"warning: {session.endpoint.cluster}: its session ended: {session.reason()}", file=sys.stderr)
        time.sleep(INTERVAL)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def wait(file: Path, sessions: Sequence[Session], stop: Stop) -> int:
    """Wait for a signal; return the exit code. Raise UserError if a tunnel closes first."""
    print(f"export KUBECONFIG={file}", flush=True)
    print("Ctrl-C closes the tunnels and removes the file.", file=sys.stderr, flush=True)
    while stop.signal is None:
        for session in sessions:
            if session.ended:
                raise UserError(
                    f"{session.endpoint.cluster}: its session ended: {session.reason()}; start again (Session Manager "
                    "ends one without traffic after 20 minutes, unless the account's preferences say otherwise)"
                )
        time.sleep(INTERVAL)
    return 0 if stop.signal == signal.SIGINT else stop.exit_code
