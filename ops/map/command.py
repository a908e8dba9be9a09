"""`python -m ops.map.command --stack NAME [--output fleet.html]`: a fleet's picture into a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ops.map import gather, outputs
from ops.map.page import page, summary


def main(argv: Sequence[str]) -> int:
    """Draw what the arguments ask for; an exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m ops.map.command", description="A picture of a fleet, as one HTML file."
    )
    parser.add_argument("--stack", required=True, help="the Pulumi stack whose fleet it is")
    parser.add_argument("--output", type=Path, default=Path("fleet.html"), help="the file (%(default)s)")
    asked = parser.parse_args(argv)
    try:
        fleet = gather.fleet(asked.stack, outputs.read(asked.stack), gather.federation)
        write(asked.output, page(fleet, datetime.now().astimezone()))
    except outputs.FleetError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for trouble in fleet.troubles:
        print(f"warning: {trouble}", file=sys.stderr)
    print(f"{asked.output}: {summary(fleet)}")
    return 0


def write(file: Path, html: str) -> None:
    """Have a page in a file; raises FleetError."""
    try:
        file.write_text(html, encoding="utf-8")
    except OSError as error:
        raise outputs.FleetError(
            f"--output: {file}: {error.strerror or error}; name a file that can be written"
        ) from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
