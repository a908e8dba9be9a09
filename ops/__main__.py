"""`python -m ops COMMAND`: the commands for a fleet."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ops import parallel as parallel_command
from ops.arguments import exit_code_list
from ops.errors import UserError
from ops.leftovers import command as leftovers_command
from ops.map import command as map_command
from ops.permissions import command as permissions_command
from ops.preview import command as preview_command
from ops.recover import command as recover_command
from ops.rotate import command as rotate_command
from ops.tunnel import command as tunnel_command


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; return its exit code."""
    arguments = parser().parse_args(argv)
    try:
        return arguments.run(arguments)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
    except ModuleNotFoundError as error:
        python = ".venv/bin/python -m ops, the project's own Python"
        print(f"error: {error.name}: not installed in {sys.executable}; run the command by {python}", file=sys.stderr)
    return 1


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands.

    No command imports a package outside the standard library until it runs, because GitHub's jobs run `ops preview`
    without installed packages.
    """
    root = argparse.ArgumentParser(
        prog="python -m ops",
        description="Draw a fleet, reach private clusters, preview changes, write IAM policies, clean up, recover, "
        "rotate tokens.",
        epilog=exit_code_list({}) + "\n\n`tunnel` and `preview run` have more: see their own --help.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subparsers = root.add_subparsers(title="commands", required=True, metavar="COMMAND")
    commands = (
        map_command,
        tunnel_command,
        preview_command,
        permissions_command,
        leftovers_command,
        parallel_command,
        recover_command,
        rotate_command,
    )
    for command in commands:
        command.add(subparsers)
    return root


if __name__ == "__main__":
    sys.exit(main())
