"""The base of resource types and functions: small classes, each of which knows an API."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NoReturn, TypeVar

from sandbox.plugins.provider import diff as differ
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.diff import Diff
from sandbox.plugins.provider.sdk import Shape
from sandbox.plugins.provider.values import UNKNOWN, Properties

C = TypeVar("C")
T = TypeVar("T")


class ProviderError(Exception):
    """An error for people, in one line: the thing, the value, the rule and the fix."""


class Refused(ProviderError):
    """Inputs that are refused in `check`."""

    def __init__(self, *problems: Problem) -> None:
        """Take at least one problem."""
        super().__init__("; ".join(f"{problem.path}: {problem.reason}" for problem in problems))
        self.problems = problems


class Cancelled(ProviderError):
    """The error of a call that Ctrl-C ended while it waited."""


class TimedOut(ProviderError):
    """A thing was not ready in time."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A resource as it is, for a refresh or an import."""

    id: str
    inputs: Properties
    """The inputs of that state: those of `call.inputs`, with the found values."""
    outputs: Properties
    problem: str = ""
    """Why it is not as it should be, though it is there."""


@dataclass(kw_only=True)
class Call(Generic[C]):
    """A call of the engine about a resource, with helpers to answer it."""

    client: C
    """The result of the provider's `configure`; None if `check` comes before it."""
    urn: str
    name: str
    """The resource's name in the program."""
    type: str
    shape: Shape
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    """The new inputs, checked; in `read` and `delete` those of the state (empty in an import)."""
    old_inputs: Properties = field(default_factory=dict)
    """The inputs of the state, in `check`, `diff` and `update`."""
    state: Properties = field(default_factory=dict)
    """The outputs of the state, in all but `check` and `create`."""
    preview: bool = False
    timeout: float = 0.0
    """Seconds, from the resource's customTimeouts; 0 if it has none."""
    seed: bytes = b""
    """Random bytes that are the same when an interrupted update is run again."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    log: Callable[[str, str], None] = lambda severity, message: None
    partial: tuple[str, Properties] | None = None
    """The arguments of `created`."""

    def created(self, id: str, outputs: Mapping[str, Any]) -> None:
        """Say that the thing now exists: if the call fails after this, the engine keeps it in its state.

        To be called as soon as the API has answered, and again whenever more is known. In an update it says what
        holds by then.
        """
        self.partial = id, dict(outputs)

    def say(self, message: str) -> None:
        """Show what is being waited for, in the resource's line."""
        self.log("status", message)

    def warn(self, message: str) -> None:
        """Warn, in the diagnostics of the update."""
        self.log("warning", message)

    def pause(self, seconds: float) -> None:
        """Sleep; raises Cancelled at once when the person asks to stop."""
        if self.cancelled.wait(seconds):
            raise Cancelled("stopped while waiting")

    def wait(
        self,
        what: str,
        until: Callable[[], T | None],
        timeout: float,
        *,
        limit: float = 0.0,
        every: float = 1.0,
        first: float = 0.05,
    ) -> T:
        """Ask `until` again and again until it answers anything but None (or False), and give that.

        Waits `first` seconds, then longer up to `every`. Raises TimedOut, naming `what`, after `limit` seconds: by
        default those of the resource's customTimeouts, `timeout` where it has none.
        """
        limit = limit or self.timeout or timeout
        end, pause = time.monotonic() + limit, first
        while not (answer := until()):
            if time.monotonic() >= end:
                raise TimedOut(f"{what}: not within {limit:g} s")
            self.pause(min(pause, max(0.0, end - time.monotonic())))
            pause = min(pause * 1.6, every)
        return answer

    def autoname(self, input: str = "name", separator: str = "-", digits: int = 7, longest: int = 255) -> str:
        """The name given in an input, the one it got before, else the resource's name and random hex digits.

        Raises ProviderError if that would be longer than `longest`: the engine's libraries never cut a name
        (pulumi sdk/go/common/resource/resource_id.go, NewUniqueName; pulumi-terraform-bridge tfbridge/names.go).
        """
        if (given := self.inputs.get(input)) is not None:
            return given
        stem = f"{self.name}{separator}"
        before = self.old_inputs.get(input)
        if isinstance(before, str) and re.fullmatch(rf"{re.escape(stem)}[0-9a-f]{{{digits}}}", before):
            return before
        if len(stem) + digits > longest:
            why = f"name '{stem}' plus {digits} random chars is longer than maximum length {longest}"
            raise ProviderError(f"could not make instance of '{self.type}': {why}")
        return stem + hashlib.sha256(self.seed).hexdigest()[:digits]


class Resource(Generic[C]):
    """A resource type. A subclass overrides what its API needs, `create`, `read` and `delete` at least."""

    replace_on: Collection[str] = ()
    """Input paths, without list indices, that can only be changed with a new resource."""
    delete_before_replace: bool = False
    """Whether the old one has to go before the new one comes."""
    unordered: Collection[str] = ()
    """Input paths of lists whose order means nothing."""
    volatile: Collection[str] = ()
    """Outputs that an update changes, unknown in its preview."""

    def prepare(self, inputs: Properties) -> Properties:
        """The inputs as the SDK's class has them, where a program may write them in another way as well."""
        return inputs

    def check(self, call: Call[C]) -> Properties:
        """The inputs with their defaults; called after the SDK's check. Raises Refused."""
        return call.inputs

    def diff(self, call: Call[C]) -> Diff:
        """Return the change from `call.old_inputs` (and `call.state`) to `call.inputs`."""
        changed = differ.changes(call.old_inputs, call.inputs, self.unordered)
        return Diff(
            changes=changed,
            replaces=differ.replacing(changed, self.replace_on),
            delete_before_replace=self.delete_before_replace,
        )

    def preview(self, call: Call[C]) -> Properties:
        """The outputs as far as they are known before an update or (with an empty `call.state`) a create."""
        if not call.state:
            return {**dict.fromkeys(call.shape.outputs, UNKNOWN), **call.inputs}
        return {**call.state, **call.inputs, **dict.fromkeys(self.volatile, UNKNOWN)}

    def create(self, call: Call[C]) -> tuple[str, Properties]:
        """Make it; gives its id and outputs. Says `call.created` as soon as it exists."""
        _unsupported(call, "create")

    def read(self, call: Call[C]) -> Found | None:
        """Return the current state of `call.id`; None if it is gone."""
        _unsupported(call, "read")

    def update(self, call: Call[C]) -> Properties:
        """Change it in place; gives its outputs. Also called, with equal inputs, after a create that failed."""
        _unsupported(call, "update")

    def delete(self, call: Call[C]) -> None:
        """Remove it; one that is gone already is no error."""
        _unsupported(call, "delete")


Function = Callable[[Any, Properties], Mapping[str, Any]]
"""A function (invoke): the provider's client and the checked arguments to the result."""


def _unsupported(call: Call[Any], verb: str) -> NoReturn:
    raise ProviderError(f"{call.type}: this stand-in cannot {verb} it")
