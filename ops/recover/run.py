"""One run: look, show what would be done, and do it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ops import aws, outputs, sign_in
from ops.aws import Call
from ops.configuration import PROJECT
from ops.errors import UserError, not_on_path
from ops.leftovers.waiting import Patience, Say
from ops.recover import kubernetes, plan, strays
from ops.recover.look import Looker
from ops.recover.plan import Planner, Step, Verb
from ops.recover.state import Changes, State, changed

Consent = Callable[[str], bool]
"""Is shown what would be done, and returns whether it may be."""

Pulumi = Callable[..., str]
"""Runs a command of Pulumi's on the stack, `read("stack", "export", input="")`, and returns what it prints."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a run is asked for."""

    stack: str
    minutes: float = 30
    """The limit of each wait."""


def pulumi(stack: str) -> Pulumi:
    """Return what runs Pulumi's commands on a stack."""

    def run(*arguments: str, input: str = "") -> str:
        argv = ["pulumi", *arguments, "--non-interactive", "--stack", stack]
        try:
            done = subprocess.run(argv, cwd=PROJECT, input=input, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise not_on_path("pulumi", "the Pulumi CLI") from None
        if done.returncode:
            said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if "error: " in line]
            why = said[-1].partition("error: ")[2] if said else f"it ended with exit code {done.returncode}"
            raise UserError(f"--stack: {stack}: `pulumi {' '.join(arguments[:2])}` fails: {why}; {_remedy(why)}")
        return done.stdout

    return run


def _remedy(why: str) -> str:
    if "locked" in why or "Another update" in why:
        return f"end the update that is running; if it was killed: pulumi cancel. {_AGAIN}"
    return _AGAIN


_AGAIN = "Then run the command again"


class Run:
    """One run of the command."""

    def __init__(
        self,
        options: Options,
        *,
        consent: Consent,
        say: Say,
        call: Call = aws.call,
        run: Pulumi | None = None,
        sleep: Callable[[float], None] = time.sleep,
        patience: Patience | None = None,
    ) -> None:
        self._options, self._consent, self._say, self._call = options, consent, say, call
        self._pulumi = run or pulumi(options.stack)
        self._sleep = sleep
        self._patience = patience or Patience(60 * options.minutes)

    def recover(self) -> list[Step]:
        """Do what is to be done, with consent, and return it. Raise UserError."""
        state = State(exported=json.loads(self._pulumi("stack", "export")))
        if not state.resources:
            return []
        sign_in.use(self._options.stack, outputs.whatever(self._options.stack))
        steps = self._steps(state)
        if not steps:
            if state.operations():  # of types that leave nothing to do
                self._write(state, Changes())
            return []
        if not self._consent(plan.shown(steps)):
            raise UserError("--stack: nothing was changed, because the answer was another than the stack's name")
        self._do(state, steps)
        return steps

    def _steps(self, state: State) -> list[Step]:
        looker = Looker(self._call, state)
        planner = Planner(
            state,
            looker,
            lambda provider: kubernetes.releases(state, looker, self._options.stack, provider),
            patience=self._patience,
            say=self._say,
            sleep=self._sleep,
        )
        steps = planner.steps()
        known = {step.id for step in steps if step.id} | planner.known
        return [*steps, *plan.deletions(strays.find(self._call, state, looker, known))]

    def _do(self, state: State, steps: Sequence[Step]) -> None:
        for step in steps:
            step.undo()
        imported = {step.resource["urn"]: step.id for step in steps if step.verb is Verb.IMPORT}
        removed = [_to_remove(state, step) for step in steps if step.verb is Verb.DELETE]
        self._write(state, Changes(imported=imported, removed=tuple(removed)))
        read = [*imported, *(one["urn"] for one in removed)]
        read += [step.resource["urn"] for step in steps if step.verb is Verb.READ]
        if read:
            self._say(f"asking the providers about {len(read)} resources")
            self._pulumi("refresh", *_targets(read), "--yes", "--skip-preview")
        self._delete([one["urn"] for one in removed])

    def _write(self, state: State, changes: Changes) -> None:
        self._pulumi("stack", "import", input=json.dumps(changed(state, changes)))

    def _delete(self, urns: Sequence[str]) -> None:
        if not urns:
            return
        left = {one["urn"] for one in State(exported=json.loads(self._pulumi("stack", "export"))).resources}
        if doomed := [urn for urn in urns if urn in left]:
            self._say(f"deleting {len(doomed)} things")
            self._pulumi("destroy", *_targets(doomed), "--yes", "--skip-preview")


def _to_remove(state: State, step: Step) -> dict[str, Any]:
    """Return the resource by which the provider deletes something: under a URN that the program doesn't have."""
    resource = dict(step.resource)
    if "::recovered-" in resource["urn"]:
        return resource
    return {**resource, "urn": strays.made_up(state, step.type, step.name), "id": step.id, "protect": False}


def _targets(urns: Sequence[str]) -> list[str]:
    return [argument for urn in dict.fromkeys(urns) for argument in ("--target", urn)]
