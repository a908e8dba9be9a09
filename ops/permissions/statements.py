"""IAM statements, their conditions, and documents that fit into a managed policy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Statement = Mapping[str, Any]
Document = Mapping[str, Any]
Condition = Mapping[str, Mapping[str, Any]]

LONGEST = 6144
"""The most characters of a managed policy, without white space (IAM user guide, "IAM and AWS STS quotas")."""


def allow(sid: str, actions: Iterable[str], resources: str | Iterable[str], *conditions: Condition) -> Statement:
    """Return a statement that allows the actions on the resources, if all conditions are met."""
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": _one_or_list(sorted(actions)),
        "Resource": resources if isinstance(resources, str) else _one_or_list([*dict.fromkeys(resources)]),
    }
    merged: dict[str, dict[str, Any]] = {}
    for condition in conditions:
        for operator, keys in condition.items():
            merged.setdefault(operator, {}).update(keys)
    return statement | ({"Condition": merged} if merged else {})


def _one_or_list(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else [*values]


def document(statements: Iterable[Statement]) -> Document:
    """Return a policy document of the statements that have actions and resources."""
    return {"Version": "2012-10-17", "Statement": [each for each in statements if each["Action"] and each["Resource"]]}


def size(policy: Document) -> int:
    """Return the document's length in characters as IAM counts it."""
    return len(json.dumps(policy, separators=(",", ":")))


def fitting(name: str, policy: Document) -> Iterator[tuple[str, Document]]:
    """Yield the document under its name, or several if IAM would refuse its length: `clusters`, `clusters-2`, ..."""
    number, part = 1, [*policy["Statement"]][:0]
    for statement in policy["Statement"]:
        if part and size(document([*part, statement])) > LONGEST:
            yield _numbered(name, number), document(part)
            number, part = number + 1, []
        part.append(statement)
    yield _numbered(name, number), document(part)


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"
