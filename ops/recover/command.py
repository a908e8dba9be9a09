"""`python -m ops recover`: settle the operations that a killed update left pending."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ops.arguments import Subparsers, add_parser
from ops.consent import typed
from ops.stages import Stages

if TYPE_CHECKING:
    from ops.recover.step import Step

EXIT_CODES = {"0": "the stack's state agrees with AWS about what was interrupted"}


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_parser(
        subparsers,
        "recover",
        "Settle what an update or a destroy was amid when it was killed: import into the stack what AWS has, forget "
        "what it hasn't, delete what is broken or belongs to nothing",
        exit_codes=EXIT_CODES,
    )
    parser.add_argument("--stack", required=True, help="the fleet's Pulumi stack")
    parser.add_argument("--yes", action="store_true", help="do not ask before anything is changed")
    parser.add_argument(
        "--timeout", type=float, default=30, metavar="MINUTES", help="the limit of each wait (default: %(default)s)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Recover; return the exit code. Raise UserError."""
    # Imported here because they need the project's requirements, which `ops preview` has to do without.
    from ops.recover.run import Options, Run

    options = Options(stack=arguments.stack, minutes=arguments.timeout)
    with Stages("recover", arguments.stack) as stages:
        done = Run(options, consent=_consent(arguments, stages), say=stages.begin).recover()
    print(_report(arguments.stack, done))
    return 0


def _report(stack: str, steps: Sequence[Step]) -> str:
    if not steps:
        return "Nothing to recover."
    counts = Counter(step.verb.value for step in steps)
    done = ", ".join(f"{verb}: {count}" for verb, count in sorted(counts.items()))
    return f"Recovered ({done}). To go on: pulumi up -s {stack}"


def _consent(arguments: argparse.Namespace, stages: Stages) -> Callable[[str], bool]:
    """Return the question that precedes every change."""

    def consent(listed: str) -> bool:
        stages.end()
        print(listed, flush=True)
        if arguments.yes:
            return True
        refusal = "--stack: asks before it changes anything, and there is no terminal to ask at; add --yes"
        return typed(arguments.stack, "do all this", refusal=refusal)

    return consent
