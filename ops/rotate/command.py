"""`python -m ops rotate`: replace the tokens by which kubefed or Karmada signs in to the members."""

from __future__ import annotations

import argparse
import os

from ops import outputs
from ops.arguments import Subparsers, add_parser
from ops.consent import typed
from ops.errors import UserError


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_parser(
        subparsers,
        "rotate",
        "Replace the tokens by which kubefed or Karmada signs in to a fleet's clusters, and that of programs in "
        "Karmada: new ones first, and the old ones go once each cluster is Ready by its new token",
        exit_codes={"0": "every token is replaced, or marked with --mark"},
    )
    parser.add_argument("--stack", required=True, help="the fleet's Pulumi stack")
    parser.add_argument(
        "--member",
        action="append",
        default=[],
        metavar="NAME",
        help="rotate this cluster alone, `karmada` the token of programs; may be given again",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask before the update")
    parser.add_argument(
        "--mark",
        action="store_true",
        help="mark the tokens alone; the stack's next update, a workflow's for instance, replaces them",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Rotate, or mark; return the exit code. Raise UserError."""
    # Imported here because they need the project's requirements, which `ops preview` has to do without.
    from ops.rotate.host import Connection
    from ops.rotate.run import chosen, mark, rotate
    from ops.rotate.update import Pulumi

    stack: str = arguments.stack
    # Before `outputs.read`, which signs in as the stack does. The stack's own providers do that by themselves.
    environ = dict(os.environ)
    host = Connection(stack, outputs.read(stack))
    members = chosen(stack, host.members(), arguments.member)
    if arguments.mark:
        mark(host, members, _say)
        return 0
    pulumi = Pulumi(stack, environ)
    pulumi.check_unchanged()
    names = ", ".join(dict.fromkeys(member.name for member in members))
    engines = " and ".join(dict.fromkeys(member.engine.value for member in members))
    _consent(stack, f"replace the tokens of {engines} in {names}", yes=arguments.yes)
    rotate(lambda: Connection(stack, outputs.whatever(stack, environ)), pulumi, members, _say)
    return 0


def _consent(stack: str, what: str, *, yes: bool) -> None:
    if yes:
        return
    refusal = "--yes: missing, and there is no terminal to ask at; add it to update the stack"
    if not typed(stack, what, refusal=refusal):
        raise UserError("--stack: nothing was rotated, because the answer was another than the stack's name")


def _say(line: str) -> None:
    print(line, flush=True)
