"""A run: plan the steps, show them, and do them."""

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
from ops.errors import UserError, last_error, not_on_path
from ops.leftovers.waiting import Patience, Say
from ops.recover import kubernetes, plan, strays
from ops.recover.look import Looker
from ops.recover.lost import Lost
from ops.recover.plan import Planner
from ops.recover.state import Changes, State, changed
from ops.recover.step import Step, Verb, shown

Consent = Callable[[str], bool]
"""A function that shows the steps, and returns whether they may be done."""

Pulumi = Callable[..., str]
"""A function that runs a Pulumi command on the stack, `run("stack", "export", input="")`, and returns its output."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a run."""

    stack: str
    minutes: float = 30
    """The limit of each wait."""


def pulumi(stack: str) -> Pulumi:
    """Return a function that runs Pulumi's commands on a stack."""

    def run(*arguments: str, input: str = "") -> str:
        argv = ["pulumi", *arguments, "--non-interactive", "--stack", stack]
        try:
            done = subprocess.run(argv, cwd=PROJECT, input=input, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise not_on_path("pulumi", "the Pulumi CLI") from None
        if done.returncode:
            why = last_error(_printed(done), otherwise=f"it ended with exit code {done.returncode}")
            raise UserError(f"--stack: {stack}: `pulumi {' '.join(arguments[:2])}` fails: {why}; {_remedy(why)}")
        return done.stdout

    return run


def _printed(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the lines that Pulumi printed, or of a preview in JSON those of its diagnostics."""
    try:
        diagnostics = json.loads(done.stdout)["diagnostics"]
    except (ValueError, KeyError, TypeError):
        return (done.stdout + done.stderr).splitlines()
    return [line for diagnostic in diagnostics for line in diagnostic["message"].splitlines()]


def _remedy(why: str) -> str:
    if "locked" in why or "Another update" in why:
        return f"end the update that is running; if it was killed: pulumi cancel. {_AGAIN}"
    return _AGAIN


_AGAIN = "Then run the command again"


class Run:
    """A run of the command."""

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
        """Do all steps, with consent, and return them. Raise UserError.

        After imports, the next preview knows more inputs, so that dependent resources can be found too.
        """
        done: list[Step] = []
        while steps := self._round(done):
            done += steps
            if not any(step.verb is Verb.IMPORT for step in steps):
                break
        return done

    def _round(self, done: Sequence[Step]) -> list[Step]:
        """Do the steps of the current state, except for those that are done."""
        state = self._state()
        if not state.resources:
            return []
        sign_in.use(self._options.stack, outputs.whatever(self._options.stack))
        settled = {(step.type, step.id) for step in done}
        steps = [step for step in self._steps(state) if (step.type, step.id) not in settled]
        if not steps:
            if state.operations():  # of types that leave nothing to do
                self._write(state, Changes())
            return []
        if not self._consent(shown(steps)):
            nothing = "nothing further" if done else "nothing"
            raise UserError(f"--stack: {nothing} was changed, because the answer was another than the stack's name")
        self._do(state, steps)
        return steps

    def _state(self) -> State:
        return State(exported=json.loads(self._pulumi("stack", "export")))

    def _steps(self, state: State) -> list[Step]:
        """Return the steps of a round. Strays are known only once nothing is left to import."""
        looker = Looker(self._call, state)
        planner = Planner(
            state,
            looker,
            lambda provider: kubernetes.releases(state, looker, self._options.stack, provider),
            patience=self._patience,
            say=self._say,
            sleep=self._sleep,
        )
        steps = [*planner.steps(), *planner.lost(Lost(self._preview(), state))]
        if any(step.verb is Verb.IMPORT for step in steps):
            return steps
        known = {step.id for step in steps if step.id} | planner.known
        return [*steps, *plan.deletions(strays.find(self._call, state, looker, known))]

    def _do(self, state: State, steps: Sequence[Step]) -> None:
        for step in steps:
            step.undo()
        parents = {parent["urn"]: parent for step in steps for parent in step.parents}
        imported = [{**step.resource, "id": step.id} for step in steps if step.verb is Verb.IMPORT]
        removed = [_to_remove(state, step) for step in steps if step.verb is Verb.DELETE]
        self._write(state, Changes(imported=(*parents.values(), *imported), removed=tuple(removed)))
        read = [resource["urn"] for resource in [*imported, *removed]]
        read += [step.resource["urn"] for step in steps if step.verb is Verb.READ]
        if read:
            self._say(f"asking the providers about {len(read)} resources")
            self._pulumi("refresh", *_targets(read), "--yes", "--skip-preview")
        self._delete([resource["urn"] for resource in removed])

    def _preview(self) -> Any:
        """Return the program's preview; empty if it fails before the interrupted update is settled."""
        self._say("previewing the program, for what AWS may have and the state lacks")
        try:
            return json.loads(self._pulumi("preview", "--json"))
        except UserError as error:
            self._say(
                f"{error}. Without a preview, recovery knows only what was pending, and what has the stack's tags"
            )
            return {}

    def _write(self, state: State, changes: Changes) -> None:
        self._pulumi("stack", "import", input=json.dumps(changed(state, changes)))

    def _delete(self, urns: Sequence[str]) -> None:
        if not urns:
            return
        left = {resource["urn"] for resource in self._state().resources}
        if doomed := [urn for urn in urns if urn in left]:
            self._say(f"deleting {len(doomed)} things")
            self._pulumi("destroy", *_targets(doomed), "--yes", "--skip-preview")


def _to_remove(state: State, step: Step) -> dict[str, Any]:
    """Return the resource by which the provider deletes a thing. The program doesn't have its URN."""
    resource = dict(step.resource)
    if "::recovered-" in resource["urn"]:
        return resource
    return {**resource, "urn": strays.invented_urn(state, step.type, step.name), "id": step.id, "protect": False}


def _targets(urns: Sequence[str]) -> list[str]:
    return [argument for urn in dict.fromkeys(urns) for argument in ("--target", urn)]
