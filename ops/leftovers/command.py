"""`python -m ops leftovers`: list AWS resources that the clusters have left behind, and delete them."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ops.arguments import Subparsers, add_parser
from ops.consent import typed
from ops.stages import Stages

if TYPE_CHECKING:
    from ops.leftovers.run import Result
    from ops.leftovers.waiting import Say

EXIT_CODES = {
    "0": "nothing is left",
    "1": "something is left, and listed; or a problem that you can fix; the error says how",
}


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_parser(
        subparsers,
        "leftovers",
        "List, and delete, AWS resources that a stack's clusters have created beside the stack: load balancers and "
        "volumes of their Services and claims, and EKS's log groups",
        exit_codes=EXIT_CODES,
    )
    parser.add_argument("--stack", required=True, help="the fleet's Pulumi stack; it may be destroyed already")
    parser.add_argument(
        "--delete",
        action="store_true",
        help="delete them: first the Services, Ingresses and claims in the clusters, with the workloads that use these "
        "claims, then the rest in AWS",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask before anything is deleted")
    parser.add_argument(
        "--retained", action="store_true", help="also delete volumes whose policy is Retain, with their data"
    )
    parser.add_argument(
        "--cluster",
        action="append",
        default=[],
        metavar="REGION/NAME",
        help="only look at this cluster, even if it has left the stack; may be given again",
    )
    parser.add_argument(
        "--timeout", type=float, default=15, metavar="MINUTES", help="the limit of each wait (default: %(default)s)"
    )
    parser.add_argument(
        "--settle",
        type=float,
        default=0,
        metavar="MINUTES",
        help="go on looking for this time: EKS may create its log group again minutes after a destroy (default: "
        "%(default)s)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """List or delete; return the exit code. Raise UserError."""
    # Imported here because they need the project's requirements, which are not installed for `ops preview`.
    from ops.leftovers.run import Options, Run

    options = Options(
        stack=arguments.stack,
        delete=arguments.delete,
        retained=arguments.retained,
        only=tuple(arguments.cluster),
        minutes=arguments.timeout,
    )
    limit = time.monotonic() + 60 * arguments.settle
    with Stages("leftovers", arguments.stack) as stages:

        def look(begin: Say) -> Result:
            return Run(options, consent=_consent(arguments, stages), say=stages.say, begin=begin).result()

        result = look(stages.begin)
        if arguments.settle and (arguments.delete or not result.left):
            stages.begin("looking for what comes later")
        while time.monotonic() < limit and (arguments.delete or not result.left):
            time.sleep(min(15.0, max(0.0, limit - time.monotonic())))
            result = look(lambda _: None)
        stages.end()
    return _report(arguments.stack, result)


def _report(stack: str, result: Result) -> int:
    from ops.leftovers.table import table

    if result.left:
        print(table(result.left, result.why))
    for line in result.notes:
        print(line)
    if result.left or result.failed:
        if not result.tried:
            print(f"To delete it: python -m ops leftovers --stack {stack} --delete")
        return 1
    print("Nothing is left.")
    return 0


def _consent(arguments: argparse.Namespace, stages: Stages) -> Callable[[str], bool]:
    """Return a function that requests the consent to a deletion."""

    def consent(listed: str) -> bool:
        stages.end()
        if arguments.yes:
            return True
        refusal = "--delete: asks before it deletes, and there is no terminal to ask at; add --yes"
        return typed(arguments.stack, "delete all this", refusal=refusal, listed=listed)

    return consent
