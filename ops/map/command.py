"""`python -m ops map`: draw a fleet into a file."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from ops import outputs
from ops.arguments import Subparsers, add_parser
from ops.errors import UserError
from ops.stages import Stages


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    written = "the file is written; it lists the fleet's problems"
    parser = add_parser(subparsers, "map", "Draw a fleet into an HTML file", exit_codes={"0": written})
    parser.add_argument("--stack", required=True, help="the fleet's Pulumi stack")
    parser.add_argument(
        "--output", metavar="FILE", type=Path, default=Path("fleet.html"), help="the file (default: %(default)s)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Draw the fleet; return the exit code. Raise UserError."""
    # Imported here because they need the project's requirements, which are not installed for `ops preview`.
    from ops.map import gather
    from ops.map.page import page, summary

    found = outputs.read(arguments.stack)
    with Stages("map", arguments.stack) as stages:
        stages.begin("reading the clusters")
        fleet = gather.fleet(arguments.stack, found, gather.federation, gather.running)
        stages.end(f"{len(fleet.clusters)} read")
    write(arguments.output, page(fleet, datetime.now().astimezone()))
    for trouble in fleet.troubles:
        print(f"warning: {trouble}", file=sys.stderr)
    print(f"{arguments.output}: {summary(fleet)}")
    return 0


def write(file: Path, html: str) -> None:
    """Write a page into a file. Raise UserError if that fails."""
    try:
        file.write_text(html, encoding="utf-8")
    except OSError as error:
        raise UserError(f"--output: {file}: {error.strerror or error}; name a writable file") from None
