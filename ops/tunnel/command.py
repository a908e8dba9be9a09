"""`python -m ops.tunnel.command --stack NAME [-- COMMAND...]`: a command, or a shell, that reaches private clusters."""

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

from ops.map import outputs
from ops.tunnel import bastion, kubeconfig
from ops.tunnel.errors import TunnelError
from ops.tunnel.session import Session, free_ports
from ops.tunnel.stop import Stop

BEAT = 0.1
"""Seconds between two looks at what is waited for."""


def main(argv: Sequence[str]) -> int:
    """Open the tunnels, run the command or wait for Ctrl-C, close them; an exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m ops.tunnel.command",
        description="Reach a fleet's private clusters through its bastion. Without COMMAND: until Ctrl-C.",
    )
    parser.add_argument("--stack", required=True, help="the Pulumi stack whose fleet it is")
    parser.add_argument("command", nargs="*", metavar="COMMAND", help="what runs with KUBECONFIG set, after --")
    asked = parser.parse_args(argv)
    try:
        bastion.check_tools()
        return run(asked.stack, asked.command)
    except (TunnelError, outputs.FleetError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def run(stack: str, command: Sequence[str]) -> int:
    """The command's exit code, or 128 and the signal that ended it all. Raises TunnelError and FleetError."""
    found = outputs.read(stack)
    way_in = bastion.find(stack, found)
    config: str = found["kubeconfig"] if isinstance(found["kubeconfig"], str) else ""
    stop = Stop()
    with contextlib.ExitStack() as opened:
        endpoints = kubeconfig.endpoints(config)
        ports = free_ports(endpoints)
        sessions = [opened.enter_context(Session(way_in, one, ports[one.cluster])) for one in endpoints]
        for session in sessions:
            session.wait(stop)
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="tunnels-")))
        file = write(folder / "kubeconfig", kubeconfig.through(config, ports))
        if stop.signal is not None:
            return stop.exit_code
        return execute(command, file, sessions, stop) if command else wait(file, sessions, stop)


def write(file: Path, text: str) -> Path:
    """Have a text in a file that only its owner reads."""
    file.touch(mode=0o600, exist_ok=False)
    file.write_text(text, encoding="utf-8")
    return file


def execute(command: Sequence[str], file: Path, sessions: Sequence[Session], stop: Stop) -> int:
    """Run a command to its end, which a terminal's Ctrl-C reaches by itself. Raises TunnelError."""
    try:
        process = subprocess.Popen([*command], env={**os.environ, "KUBECONFIG": str(file)})
    except OSError as error:
        raise TunnelError(f"{command[0]}: can't be run: {error.strerror}; name a program on PATH") from None
    passed_on: int | None = None
    lost: set[str] = set()
    while process.poll() is None:
        if stop.signal not in (passed_on, signal.SIGINT):
            passed_on = stop.signal
            process.send_signal(passed_on or signal.SIGTERM)
        told = [session for session in sessions if session.ended and session.endpoint.cluster not in lost]
        for session in told:
            lost.add(session.endpoint.cluster)
            print(f"warning: {session.endpoint.cluster}: its session ended: {session.said()}", file=sys.stderr)
        time.sleep(BEAT)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def wait(file: Path, sessions: Sequence[Session], stop: Stop) -> int:
    """Until Ctrl-C. Raises TunnelError if a tunnel closes before."""
    print(f"export KUBECONFIG={file}", flush=True)
    print("Ctrl-C closes the tunnels and removes the file.", file=sys.stderr, flush=True)
    while stop.signal is None:
        for session in sessions:
            if session.ended:
                raise TunnelError(
                    f"{session.endpoint.cluster}: its session ended: {session.said()}; start again (Session Manager "
                    "ends one without traffic after 20 minutes, unless the account's preferences say otherwise)"
                )
        time.sleep(BEAT)
    return 0 if stop.signal == signal.SIGINT else stop.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
