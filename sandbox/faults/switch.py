"""The switch: which call fails now. It is off while there is no file."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict, TypeVar

from sandbox.faults.model import FAIL, AwsRule, ClusterRule, Rule, Rules, read

R = TypeVar("R", bound=Rule)


class Injected(TypedDict):
    """The number of times that a rule has let a call fail."""

    rule: str
    fault: str
    times: int


class Switch:
    """The rules of a file, read again when it changes; safe to use from many threads.

    A changed file begins anew: its seed is drawn from anew, and `first` counts from zero.
    """

    def __init__(self, file: Path | None = None) -> None:
        """Follow a file, which may come and go; without one, nothing ever fails."""
        self._file = file
        self._lock = threading.Lock()
        self._stamp: tuple[int, ...] = ()
        self._rules = Rules()
        self._dice: dict[str, random.Random] = {}
        self._times: dict[str, int] = {}

    @property
    def on(self) -> bool:
        """Whether there is a file."""
        return bool(self._file and self._file.exists())

    def aws(self, action: str, region: str) -> AwsRule | None:
        """The fault of a call of AWS before it is made; raises UserError for a file with a mistake."""
        return self._drawn(
            "aws", lambda rules: rules.aws, lambda rule: rule.fault != FAIL and rule.matches(action, region)
        )

    def created(self, action: str, region: str) -> AwsRule | None:
        """The failure of what a call of AWS has just created."""
        return self._drawn(
            "aws", lambda rules: rules.aws, lambda rule: rule.fault == FAIL and rule.matches(action, region)
        )

    def cluster(self, cluster: str, method: str, path: str) -> ClusterRule | None:
        """The fault of a request to an API server; raises UserError for a file with a mistake."""
        return self._drawn("clusters", lambda rules: rules.clusters, lambda rule: rule.matches(cluster, method, path))

    def injected(self) -> list[Injected]:
        """The faults so far by rule, since the file was last changed."""
        with self._lock:
            rules = [*_named("aws", self._rules.aws), *_named("clusters", self._rules.clusters)]
            return [{"rule": name, "fault": rule.fault, "times": self._times.get(name, 0)} for name, rule in rules]

    def _drawn(self, kind: str, among: Callable[[Rules], Sequence[R]], matches: Callable[[R], bool]) -> R | None:
        with self._lock:
            self._follow()
            for name, rule in _named(kind, among(self._rules)):
                if matches(rule) and self._happens(name, rule):
                    self._times[name] = self._times.get(name, 0) + 1
                    return rule
        return None

    def _happens(self, name: str, rule: Rule) -> bool:
        if rule.first and self._times.get(name, 0) >= rule.first:
            return False
        dice = self._dice.setdefault(name, random.Random(f"{self._rules.seed}/{name}"))  # noqa: S311
        return rule.probability >= 1 or dice.random() < rule.probability

    def _follow(self) -> None:
        stamp = self._changed()
        if stamp != self._stamp:
            self._rules, self._dice, self._times = Rules(), {}, {}
            self._rules = read(self._file.read_text()) if stamp and self._file else Rules()
            self._stamp = stamp

    def _changed(self) -> tuple[int, ...]:
        try:
            found = self._file.stat() if self._file else None
        except FileNotFoundError:
            found = None
        return (found.st_mtime_ns, found.st_size, found.st_ino) if found else ()


def _named(kind: str, rules: Sequence[R]) -> list[tuple[str, R]]:
    return [(f"{kind}[{index}]", rule) for index, rule in enumerate(rules)]
