"""A rule: its text, sources, severity, fix and parameters, and the function that judges."""

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
"""The project whose settings the rules read."""


class Level(Enum):
    """The consequence of a violation."""

    MANDATORY = "mandatory"
    """A preview fails, and an update stops before the resource is touched."""
    ADVISORY = "advisory"
    """Pulumi prints a warning."""
    DISABLED = "disabled"
    """The rule is not evaluated."""


class Severity(Enum):
    """The severity of a violation."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Parameter:
    """A value that a stack's policy configuration can set on a rule, beside its level."""

    default: Any
    what: str
    schema: Mapping[str, Any]
    """The JSON schema of the value."""

    @staticmethod
    def number(default: int, what: str, **schema: int) -> Parameter:
        """Return a whole number's parameter; `schema` has its `minimum` and `maximum`."""
        return Parameter(default, what, {"type": "integer", **schema})

    @staticmethod
    def texts(default: Sequence[str], what: str) -> Parameter:
        """Return the parameter of a list of texts."""
        return Parameter([*default], what, {"type": "array", "items": {"type": "string"}})

    @staticmethod
    def text(default: str, what: str, pattern: str) -> Parameter:
        """Return the parameter of a text that matches a pattern."""
        return Parameter(default, what, {"type": "string", "pattern": pattern})


@dataclass(frozen=True)
class Context:
    """The parameters and settings that a rule judges by."""

    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Every parameter of the rule, configured or by default."""
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """The stack's configuration by full keys; objects and lists as JSON."""

    def setting(self, name: str, default: Any) -> Any:
        """Return a setting of the program that is an object or a list, `access`; the default if the stack has none."""
        text = self.settings.get(f"{PROJECT}:{name}")
        return json.loads(text) if text else default


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A requirement on a fleet. The pack, the page and the tests read these."""

    id: str
    what: str
    """The requirement and its reason, in a single sentence."""
    fix: str
    """The change that fixes a violation."""
    sources: tuple[str, ...]
    """The origin: numbers of benchmarks and tools, or a page of a guide; `ours` if nobody else requires it."""
    severity: Severity
    classes: Callable[[], Sequence[type[pulumi.Resource] | str]]
    """The SDK classes of the resources that the rule judges or reads; a function, because they load slowly."""
    parameters: Mapping[str, Parameter]
    level: Level
    reason: str
    """The reason for a level below mandatory; empty otherwise."""

    @cached_property
    def types(self) -> frozenset[str]:
        """The classes' type tokens."""
        return frozenset(map(token, self.classes()))


ResourceJudge = Callable[[Resource, Context], Iterator[str]]
"""A function that yields each violation of the resource."""

StackJudge = Callable[[Stack, Context], Iterator[tuple[Resource, str]]]
"""A function that yields each violation, after its resource."""


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """A rule on a single resource, judged before Pulumi creates or changes it."""

    judge: ResourceJudge


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule on several resources, judged after the program has ended."""

    judge: StackJudge


class Decorator(Protocol):
    """A decorator that turns a judge into a rule, whose kind follows from the type of the judge's first parameter."""

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
    """Return a decorator that makes a function a rule: a StackRule if it has a Stack parameter, else a ResourceRule."""

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
