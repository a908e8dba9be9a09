"""`python -m ops parallel`: the number of resources for Pulumi to work on at once, by the fleet's size.

Most of an update is waiting for AWS. With Pulumi's default, four for each core, clusters wait for each other.
docs/bench.md has the figures behind the numbers here.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Any, cast

from ops import configuration, outputs
from ops.arguments import Subparsers, add_parser
from ops.errors import UserError

LEAST = 16
"""The number for one or two clusters, whose networks and roles need as many."""
EACH = 8
"""The number for each cluster, whose add-ons, endpoints and peerings wait at the same time."""


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_parser(
        subparsers,
        "parallel",
        "Print how many resources Pulumi should work on at once, for `pulumi up` and `pulumi destroy` --parallel",
        exit_codes={},
    )
    parser.add_argument("--stack", required=True, help="the fleet's Pulumi stack; it need not be up")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the number; return the exit code. Raise UserError."""
    print(places(clusters(arguments.stack)))
    return 0


def places(clusters: int) -> int:
    """Return the number for this many clusters."""
    return max(LEAST, EACH * clusters)


def clusters(stack: str) -> int:
    """Return how many clusters an update creates, changes or deletes: those of the settings or of the outputs."""
    existing: Mapping[str, Any] = outputs.whatever(stack).get("clusters") or {}
    return max(len(_configured(stack)), len(existing))


def _configured(stack: str) -> list[Any]:
    text = configuration.values(stack).get("federated-eks:clusters", "[]")
    try:
        listed: Any = json.loads(text)
    except ValueError:
        listed = None
    if not isinstance(listed, list):
        raise UserError(f"federated-eks:clusters: {text} is not a list; write a line `- region: ...` for each cluster")
    return [*cast("list[Any]", listed)]
