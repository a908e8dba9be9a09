"""What a rule is: what it asks and why, on whose word, how to keep to it, and the function that judges."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, Protocol, get_type_hints, overload

import pulumi

from policies.inputs import Resource, token
from policies.stack import Stack

PROJECT = "federated-eks"
"""Whose settings they are."""


class Level(Enum):
    """What comes of a violation."""

    MANDATORY = "mandatory"
    """The preview fails, and an update stops before the resource is touched."""
    ADVISORY = "advisory"
    """It is told."""
    DISABLED = "disabled"
    """The rule is not looked at."""


class Severity(Enum):
    """How bad a violation is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Parameter:
    """What a stack's policy configuration can set on a rule, beside its level."""

    default: Any
    what: str
    schema: Mapping[str, Any]
    """JSON schema of the value."""

    @staticmethod
    def number(default: int, what: str, **schema: int) -> Parameter:
        """A whole number; `schema` has its `minimum` and `maximum`."""
        return Parameter(default, what, {"type": "integer", **schema})

    @staticmethod
    def texts(default: Sequence[str], what: str) -> Parameter:
        """A list of texts."""
        return Parameter([*default], what, {"type": "array", "items": {"type": "string"}})

    @staticmethod
    def text(default: str, what: str, pattern: str) -> Parameter:
        """A text that a pattern fits."""
        return Parameter(default, what, {"type": "string", "pattern": pattern})


@dataclass(frozen=True)
class Context:
    """What a rule is asked with."""

    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Every one of the rule's, set or by default."""
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """The stack's configuration, by full keys; objects and lists as JSON."""

    def setting(self, name: str, default: Any) -> Any:
        """A setting of the program's that is an object or a list, `access`; the default where the stack has none."""
        text = self.settings.get(f"{PROJECT}:{name}")
        return json.loads(text) if text else default


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What is asked of a fleet. The pack, the page and the tests are made from these."""

    id: str
    what: str
    """What is asked and why, a sentence."""
    fix: str
    """How to keep to it."""
    sources: tuple[str, ...]
    """Who else asks it: numbers of benchmarks and tools, or a page of a guide; `ours` where nobody does."""
    severity: Severity
    classes: Callable[[], Sequence[type[pulumi.Resource] | str]]
    """The SDKs' classes of what it judges or looks at, asked for late: they take long to load."""
    parameters: Mapping[str, Parameter]
    level: Level
    reason: str
    """Why its level is not mandatory; empty where it is."""

    @cached_property
    def types(self) -> frozenset[str]:
        """The classes' type tokens."""
        return frozenset(map(token, self.classes()))


ResourceJudge = Callable[[Resource, Context], Iterator[str]]
"""Yields what is wrong with the resource."""

StackJudge = Callable[[Stack, Context], Iterator[tuple[Resource, str]]]
"""Yields what is wrong, with the resource that it is wrong with."""


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """A rule on a single resource, judged before it is created or changed."""

    judge: ResourceJudge


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule on resources together, judged when the program has run to its end."""

    judge: StackJudge


class Decorator(Protocol):
    """Makes a rule of a judge: the type of the judge's first parameter says of which kind."""

    @overload
    def __call__(self, judge: ResourceJudge) -> ResourceRule: ...

    @overload
    def __call__(self, judge: StackJudge) -> StackRule: ...


def rule(
    id: str,
    classes: Callable[[], Sequence[type[pulumi.Resource] | str]],
    what: str,
    fix: str,
    sources: Sequence[str],
    severity: Severity,
    parameters: Mapping[str, Parameter] | None = None,
    level: Level = Level.MANDATORY,
    reason: str = "",
) -> Decorator:
    """Make a rule of the decorated function: a StackRule if it takes a Stack, else a ResourceRule."""

    def decorate(judge: Any) -> Any:
        kind = StackRule if Stack in get_type_hints(judge).values() else ResourceRule
        return kind(
            id=id,
            what=what,
            fix=fix,
            sources=tuple(sources),
            severity=severity,
            classes=classes,
            parameters=parameters or {},
            level=level,
            reason=reason,
            judge=judge,
        )

    return decorate
