"""IAM's evaluation of policy documents: actions, resources, conditions; explicit denials before permissions.

IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements". Of condition operators, those of texts, ARNs,
booleans and Null are known; of sets, ForAnyValue and ForAllValues. Any other raises NotImplementedError.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

Context = Mapping[str, str | tuple[str, ...]]
"""A request's condition keys with their values, without keys that have none."""

Verdict = Literal["allowed", "denied", "unmentioned"]


@dataclass(frozen=True)
class Check:
    """A question to the policies: an action on a resource."""

    action: str
    """The action with its service: `ec2:CreateVpc`."""
    resource: str
    """The resource's ARN; `*` for an action without a narrower resource."""
    context: Context = field(default_factory=dict[str, "str | tuple[str, ...]"])


def judge(documents: Iterable[Mapping[str, Any]], check: Check) -> Verdict:
    """Decide a check by a principal's documents: any denial counts, then any permission."""
    found = {each["Effect"] for document in documents for each in listed(document["Statement"]) if fits(each, check)}
    return "denied" if "Deny" in found else "allowed" if "Allow" in found else "unmentioned"


def fits(statement: Mapping[str, Any], check: Check) -> bool:
    """Whether a statement applies to the check: its action, its resource, and all its conditions."""
    context = {key.lower(): value for key, value in check.context.items()}
    return (
        _acts(statement, check.action)
        and _covers(statement, check.resource, context)
        and all(
            _met(operator, context.get(key.lower()), [*map(str, listed(values))], context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _acts(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not any(like(action.lower(), each.lower()) for each in listed(statement["NotAction"]))
    return any(like(action.lower(), each.lower()) for each in listed(statement.get("Action")))


def _covers(statement: Mapping[str, Any], resource: str, context: Context) -> bool:
    if "NotResource" in statement:
        return not any(arn_like(resource, _filled(each, context)) for each in listed(statement["NotResource"]))
    return any(arn_like(resource, _filled(each, context)) for each in listed(statement.get("Resource")))


def _filled(pattern: str, context: Context) -> str:
    """The pattern with its policy variables, `${aws:userid}`, filled in. One without a value matches nothing."""
    return re.sub(r"\$\{([^}]+)\}", lambda found: str(context.get(found[1].lower(), "\0")), pattern)


def _met(operator: str, value: str | tuple[str, ...] | None, expected: list[str], context: Context) -> bool:
    quantifier, _, plain = operator.rpartition(":")
    name = plain.removesuffix("IfExists")
    if name == "Null":
        return (value is None) == (expected == ["true"])
    if value is None:
        return plain.endswith("IfExists") or "Not" in name or quantifier == "ForAllValues"
    compare = _OPERATORS.get(name.replace("Not", ""))
    if compare is None or quantifier not in ("", "ForAnyValue", "ForAllValues"):
        raise NotImplementedError(f"the condition operator {operator}")
    patterns = [_filled(each, context) for each in expected]
    hits = [
        any(compare(found, pattern) for pattern in patterns)
        for found in ((value,) if isinstance(value, str) else value)
    ]
    if "Not" in name:
        return not any(hits)
    return all(hits) if quantifier == "ForAllValues" else any(hits)


def arn_like(arn: str, pattern: str) -> bool:
    """Whether an ARN matches a pattern, part by part, because no wildcard spans one of the first five colons."""
    if pattern == "*" or ":" not in pattern:
        return like(arn, pattern)
    parts, patterns = arn.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(patterns) and all(map(like, parts, patterns))


def like(text: str, pattern: str) -> bool:
    """Whether a text matches a pattern of `*` and `?`."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def _same(value: str, expected: str) -> bool:
    return value == expected


def _same_word(value: str, expected: str) -> bool:
    return value.lower() == expected.lower()


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": _same,
    "StringEqualsIgnoreCase": _same_word,
    "StringLike": like,
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "Bool": _same_word,
}
"""The comparisons by their positive names. StringNotEquals is the opposite of StringEquals."""


def listed(value: Any) -> list[Any]:
    """A value of a document as a list. It may be single, or absent."""
    return value if isinstance(value, list) else [] if value is None else [value]
