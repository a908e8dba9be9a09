"""The command line: run a command, return an exit code, and print one line for an error."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType

from sandbox import locks
from sandbox.cli import commands, engine
from sandbox.errors import UserError
from sandbox.paths import Paths

COMMANDS: Mapping[str, Callable[[Paths], int]] = {
    "up": commands.up,
    "start": commands.start,
    "preview": commands.preview,
    "status": commands.status,
    "down": commands.down,
    "stop": commands.stop,
    "clean": commands.clean,
    "build": commands.build_tools,
    "lint": commands.lint,
}

UNLOCKED = {"status", "lint"}
"""Commands that touch nothing of a sandbox."""


def main(argv: Sequence[str]) -> int:
    """Run the command that `argv` names; 0 if all is well, 130 after Ctrl-C, else 1 or pulumi's own code."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="The fleet on this machine: AWS, EKS, and kubefed or Karmada, without an account.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"  {name:8} {_summary(command)}" for name, command in COMMANDS.items()),
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of these:")
    parser.add_argument("--engine", choices=engine.NAMES, help="for up: what federates the clusters")
    arguments = parser.parse_args(argv)
    name: str = arguments.command
    if arguments.engine and name != "up":
        parser.error(f"--engine: is for up, and {name} keeps the engine of the settings; leave it out")
    paths = Paths(Path(__file__).resolve().parents[2])
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        if name in UNLOCKED:
            return COMMANDS[name](paths)
        with locks.alone(paths.root / "lock", f"{paths.project}: another command is at work on this sandbox"):
            if arguments.engine:
                engine.choose(paths, arguments.engine)
            return COMMANDS[name](paths)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"error: {place}{error.strerror or error}; mend that and run the command again", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; `make up` goes on from here, `make down` takes it all away", file=sys.stderr)
        return 130


def _summary(command: Callable[[Paths], int]) -> str:
    return (command.__doc__ or "").splitlines()[0]


def _interrupt(signum: int, frame: FrameType | None) -> None:
    """Treat a closed terminal and SIGTERM as Ctrl-C: all leave through the same doors."""
    raise KeyboardInterrupt
