"""Checks of values against a shape of AWS's models: required members, types, enums, patterns, lengths and bounds.

botocore checks only types and lower bounds, in the client. AWS checks all of them, in the service. A shape is
compiled to functions once. A request then costs a call for each of its values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sandbox.aws.models import patterns

Shape = Any
"""botocore's Shape; its properties are not typed."""

MISSING, TYPE, ENUM = "missing", "type", "enum"
SIZE, PATTERN = "size", "pattern"
"""Kinds of violations."""


class Violation(NamedTuple):
    """A value that breaks a constraint."""

    kind: str
    path: str
    """The member, as `tags.1.member.key`: each name begins in lower case, as AWS writes it."""
    value: str
    """Empty for a member that is missing or sensitive."""
    constraint: str
    """AWS's text: `Member must have length less than or equal to 64`."""
    code: str = ""
    message: str = ""
    """The code and text of a documented rule outside of the model, if it has any."""

    def __str__(self) -> str:
        """The violation in the form of most services."""
        shown = f"Value '{self.value}'" if self.value else ("Value null" if self.kind == MISSING else "Value")
        return f"{shown} at '{self.path}' failed to satisfy constraint: {self.constraint}"


Report = Callable[[Violation], None]
Check = Callable[[Any, str, Report], None]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A documented constraint that a service's model lacks."""

    breaks: Callable[[Any], bool]
    """Whether a value, of the type that the model gives it, is refused."""
    constraint: str
    """The text of the constraint."""
    code: str = ""
    """The service's error code, if it isn't the one for other violations."""
    message: str = ""
    """The service's text, if known; `{value}` stands for the value."""
    source: str
    """The page or model that documents it."""


Rules = Mapping[str, Sequence[Rule]]
"""The rules by `Shape`, or by `Structure.Member` for a single use of a shape."""


class Checker:
    """The constraints of one service's shapes."""

    def __init__(self, rules: Rules | None = None) -> None:
        """Add `rules` to those of the model."""
        self._rules: Rules = rules or {}
        self._checks: dict[str, Check] = {}

    def violations(self, shape: Shape, value: Any) -> list[Violation]:
        """Every violation in a value of the shape, in the model's order."""
        found: list[Violation] = []
        self._check(shape)(value, "", found.append)
        return found

    def _check(self, shape: Shape) -> Check:
        """The check of a shape. A recursive shape looks up its own check when it is called."""
        name = shape.name
        if name not in self._checks:
            self._checks[name] = lambda value, path, report: self._checks[name](value, path, report)
            self._checks[name] = self._with_rules(name, _KINDS.get(shape.type_name, _anything)(self, shape))
        return self._checks[name]

    def _with_rules(self, name: str, check: Check) -> Check:
        rules = self._rules.get(name, ())
        if not rules:
            return check

        def checked(value: Any, path: str, report: Report) -> None:
            found: list[Violation] = []
            check(value, path, found.append)
            for violation in found:
                report(violation)
            if any(violation.kind == TYPE for violation in found):
                return  # The rules expect the model's types.
            for rule in rules:
                if rule.breaks(value):
                    shown = value if isinstance(value, str) else ""
                    text = rule.message.replace("{value}", shown)
                    report(Violation(PATTERN, path, shown, rule.constraint, rule.code, text))

        return checked

    def structure(self, shape: Shape) -> Check:
        """The check of a structure: required members, and each member by its own shape."""
        if getattr(shape, "is_document_type", False):
            return _anything(self, shape)
        members = {
            name: (_lower(name), self._with_rules(f"{shape.name}.{name}", self._check(member)))
            for name, member in shape.members.items()
        }
        required = tuple(shape.required_members)

        def check(value: Any, path: str, report: Report) -> None:
            if not isinstance(value, dict):
                return report(_mistyped(path, "a structure"))
            dot = f"{path}." if path else ""
            for name in required:
                if value.get(name) is None:
                    report(Violation(MISSING, dot + _lower(name), "", "Member must not be null"))
            for name, given in value.items():
                if given is not None and name in members:
                    shown, inner = members[name]
                    inner(given, dot + shown, report)
            return None

        return check

    def list(self, shape: Shape) -> Check:
        """The check of a list: its size, and each element."""
        inner, size = self._check(shape.member), _size(shape, "length")

        def check(value: Any, path: str, report: Report) -> None:
            if not isinstance(value, list):
                return report(_mistyped(path, "a list"))
            size(len(value), path, report)
            for place, given in enumerate(value, start=1):
                inner(given, f"{path}.{place}.member", report)
            return None

        return check

    def map(self, shape: Shape) -> Check:
        """The check of a map: its size, each key and each value."""
        key, inner, size = self._check(shape.key), self._check(shape.value), _size(shape, "length")

        def check(value: Any, path: str, report: Report) -> None:
            if not isinstance(value, dict):
                return report(_mistyped(path, "a map"))
            size(len(value), path, report)
            for name, given in value.items():
                key(name, f"{path}.key", report)
                inner(given, f"{path}.{name}", report)
            return None

        return check

    def string(self, shape: Shape) -> Check:
        """The check of a string: its length, pattern and enum."""
        allowed, pattern = tuple(getattr(shape, "enum", ()) or ()), shape.metadata.get("pattern")
        size, hidden = _size(shape, "length"), bool(shape.metadata.get("sensitive"))

        def check(value: Any, path: str, report: Report) -> None:
            if not isinstance(value, str):
                return report(_mistyped(path, "a string"))
            shown = "" if hidden else value
            size(len(value), path, report, shown)
            if pattern and not patterns.compiled(pattern).fullmatch(value):
                words = f"Member must satisfy regular expression pattern: {pattern}"
                report(Violation(PATTERN, path, shown, words))
            if allowed and value not in allowed:
                words = f"Member must satisfy enum value set: [{', '.join(allowed)}]"
                report(Violation(ENUM, path, shown, words))
            return None

        return check

    def blob(self, shape: Shape) -> Check:
        """The check of a blob: its length in bytes."""
        size = _size(shape, "length")

        def check(value: Any, path: str, report: Report) -> None:
            if not isinstance(value, bytes | str):
                return report(_mistyped(path, "a blob"))
            return size(len(value), path, report)

        return check

    def number(self, shape: Shape) -> Check:
        """The check of a number: its bounds."""
        size, whole = _size(shape, "value"), shape.type_name in ("integer", "long")

        def check(value: Any, path: str, report: Report) -> None:
            if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
                return report(_mistyped(path, "a number"))
            return size(value, path, report, str(value))

        return check

    def boolean(self, shape: Shape) -> Check:
        """The check of a boolean: its type."""

        def check(value: Any, path: str, report: Report) -> None:
            if not isinstance(value, bool):
                report(_mistyped(path, "a boolean"))

        return check


def _anything(checker: Checker, shape: Shape) -> Check:
    """The check of a shape without constraints: a document or a time."""
    return lambda value, path, report: None


_KINDS: Mapping[str, Callable[[Checker, Shape], Check]] = {
    "structure": Checker.structure,
    "list": Checker.list,
    "map": Checker.map,
    "string": Checker.string,
    "character": Checker.string,
    "blob": Checker.blob,
    "integer": Checker.number,
    "long": Checker.number,
    "float": Checker.number,
    "double": Checker.number,
    "boolean": Checker.boolean,
}


class _Size(NamedTuple):
    """Bounds of a length or a value."""

    what: str
    least: float | None
    most: float | None

    def __call__(self, size: float, path: str, report: Report, shown: str = "") -> None:
        """Report a size outside of the bounds."""
        if self.least is not None and size < self.least:
            words = f"Member must have {self.what} greater than or equal to {self.least:.0f}"
            report(Violation(SIZE, path, shown, words))
        if self.most is not None and size > self.most:
            report(Violation(SIZE, path, shown, f"Member must have {self.what} less than or equal to {self.most:.0f}"))


def _size(shape: Shape, what: str) -> _Size:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    return _Size(what, None if least is None else float(least), None if most is None else float(most))


def _mistyped(path: str, expected: str) -> Violation:
    return Violation(TYPE, path, "", f"Member must be {expected}")


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]
