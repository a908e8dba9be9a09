"""AWS on this machine: changes happen one at a time, and each is written to a journal."""

from __future__ import annotations

import re
import sys
import threading
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sandbox.aws import (
    account,
    backends,
    census,
    clock,
    faults,
    gate,
    principals,
    seeded_random,
    simulator,
    tagging,
    waiting,
)
from sandbox.aws.eks import logs, moves
from sandbox.aws.eks.service import Eks
from sandbox.aws.failure import refuse
from sandbox.aws.journal import Journal
from sandbox.aws.models import refusals
from sandbox.aws.request import Answer, Request
from sandbox.contract import ControlPlanes
from sandbox.faults.switch import Switch

_IDS = re.compile(
    rb"\b(?:[a-z]+-[0-9a-f]{17}|A[A-Z]{3}[A-Z0-9]{12,17}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b"
)


class World:
    """moto and EKS behind one lock, kept in a journal."""

    def __init__(self, folder: Path, planes: ControlPlanes, switch: Switch | None = None) -> None:
        """Restore the world of the journal in `folder`, or begin an empty one. Calls fail by the fault switch.

        Raises UserError if the journal can't be replayed. A process has one world at a time, because moto keeps its
        state in its modules.
        """
        self.lock = threading.RLock()
        self.journal = Journal(folder)
        self.eks = Eks(planes)
        self._switch = switch or Switch()
        self._next = 1
        self.broken = ""
        """The reason why no call is served any more; empty while all is well."""
        with self.lock:
            salt = account.salt(folder)
            simulator.begin(salt)
            self.account = account.open_account(salt)
            self._restore()

    def answer(self, request: Request) -> Answer:
        """Answer any AWS call. Raises faults.Unanswered if the fault switch leaves it without a response."""
        # Outside the lock, because a late response must not delay others.
        if fault := faults.injected(request, self._switch):
            return fault
        with self.lock:
            if self.broken:
                return refuse(request, "ServiceUnavailable", self.broken, 503)
            try:
                refusal = gate.turned_away(request, self.eks.estate) or refusals.refused(request)
                if refusal:
                    return refusal
                return self._changed(request) if request.changes else self._responded(request)
            except _Unwritten as error:
                return refuse(request, "ServiceUnavailable", str(error), 503)
            except Exception:  # A bug must neither end the daemon nor stay hidden.
                what = f"{request.service} {request.operation or f'{request.method} {request.path}'}"
                _say(f"{what} in {request.region}")
                return refuse(request, "InternalFailure", f"The sandbox failed at {what}; its log says why", 500)

    def settle(self) -> bool:
        """Look at the control planes, and make the due moves of clusters. Return whether anything still changes."""
        try:
            return self._settled()
        except Exception:  # said, and tried again at the next look
            _say("clusters")
            return False

    def _settled(self) -> bool:
        with self.lock:
            waiting.sweep()
            questions = moves.questions(self.eks.estate)
        observed = moves.look(questions, self.eks.planes)
        with self.lock:
            if self.broken:
                return False
            for move in list(moves.due(self.eks.estate, observed)):
                with self._change() as entry:
                    moves.make(self.eks.estate, move)
                    entry["move"] = move
            self._attend()
            return moves.moving(self.eks.estate)

    def leftovers(self) -> list[str]:
        """A line for each thing in the account, now or soon, that an empty account lacks."""
        with self.lock:
            waiting.sweep()
            clusters = [f"{key.region} eks cluster {key.name}" for key in self.eks.estate.clusters]
            late = [f"{key.region} logs log group {logs.group(key.name)}" for key in logs.missing(self.eks.estate)]
            return clusters + sorted(census.beyond_new() + late)

    def close(self) -> None:
        """Close the journal, and empty it if nothing is left in the account. No call may follow."""
        with self.lock:
            if not self.broken and not self.leftovers():
                self.journal.drop()
            self.broken = "the sandbox is stopping"
            self.journal.close()

    def _changed(self, request: Request) -> Answer:
        with self._change() as entry:
            answer, ids = self._created(request)
            if answer.status < 400:
                entry["request"] = request.kept()
                entry["ids"] = ids
        if answer.status < 400:
            self._fail(request, answer)
        return answer

    def _fail(self, request: Request, answer: Answer) -> None:
        if failure := faults.failed(request, answer, self.account.number, self._switch):
            with self._change() as entry:
                faults.fail(self.eks.estate, failure)
                entry["failure"] = failure.kept()

    def _created(self, request: Request) -> tuple[Answer, list[str]]:
        """The answer, and the results that a replay must repeat: identifiers, new interfaces' addresses.

        An answer lacks the instances of a group, whose addresses name the nodes.
        """
        before = _interfaces(request.region)
        answer = self._responded(request)
        named = {found.decode() for found in _IDS.findall(answer.body)}
        return answer, sorted(named | (_interfaces(request.region) - before))

    @contextmanager
    def _change(self) -> Generator[dict[str, Any]]:
        """A change with its own time and random numbers. It is journaled if the body adds anything to it."""
        entry: dict[str, Any] = {"n": self._next, "at": datetime.now(timezone.utc).timestamp()}
        self._next += 1
        with _moment(entry):
            before = len(entry)
            yield entry
        if len(entry) > before:
            self._write(entry)
            self._attend()

    def _attend(self) -> None:
        try:
            self.eks.attend()
        except Exception:  # said, and tried again at the next look
            _say("control planes")

    def _write(self, entry: dict[str, Any]) -> None:
        try:
            self.journal.write(entry)
        except OSError as error:
            self.broken = f"the sandbox can't write {self.journal.path} ({error}); make room and start it again"
            raise _Unwritten(self.broken) from error

    def _responded(self, request: Request) -> Answer:
        waiting.sweep()
        try:
            if request.service == "eks":
                caller = principals.behind(request.access_key)
                assert caller is not None  # noqa: S101  the gate has checked it
                return self.eks.answer(request, caller)
            if request.service == "tagging":
                return tagging.answer(request, self.eks.estate, self.account.number)
            return simulator.answer(request)
        except NotImplementedError as error:
            what = request.operation or f"{request.method} {request.path}"
            return refuse(request, "NotImplemented", f"The sandbox's {request.service} has no {what}: {error}", 400)

    def _restore(self) -> None:
        for count, entry in enumerate(self.journal.entries(), start=1):
            try:
                with _moment(entry):
                    self._again(entry)
            except _Different as error:
                raise self.journal.damaged(count, str(error)) from error
            except Exception as error:
                raise self.journal.damaged(count, f"can't be replayed ({type(error).__name__}: {error})") from error
            self._next = int(entry["n"]) + 1

    def _again(self, entry: dict[str, Any]) -> None:
        if "move" in entry:
            moves.make(self.eks.estate, entry["move"])
            return
        if "failure" in entry:
            faults.fail(self.eks.estate, faults.Failure(**entry["failure"]))
            return
        request = Request.from_kept(entry["request"])
        answer, ids = self._created(request)
        if answer.status >= 400:
            raise _Different(f"({request.service} {request.operation or request.path}) fails when it is replayed")
        if ids != entry["ids"]:
            raise _Different(
                f"({request.service} {request.operation or request.path}) creates other things when it is replayed"
            )


class _Different(Exception):
    pass


class _Unwritten(Exception):
    pass


@contextmanager
def _moment(entry: dict[str, Any]) -> Generator[None]:
    at = datetime.fromtimestamp(entry["at"], timezone.utc)
    with seeded_random.drawn(f"change/{entry['n']}"), clock.stopped(at):
        waiting.sweep()
        yield


def _say(what: str) -> None:
    print(f"{what}:", traceback.format_exc(), file=sys.stderr, flush=True)


def _interfaces(region: str) -> set[str]:
    """The interfaces of a region with their addresses; empty for a region that isn't in use."""
    found = {place.region: backend for place, backend in backends.living() if place.service == "ec2"}
    return (
        {f"{interface.id}={interface.private_ip_address}" for interface in found[region].enis.values()}
        if region in found
        else set()
    )
