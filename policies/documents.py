"""Policy documents of IAM: who may do what."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, cast


@dataclass(frozen=True)
class Statement:
    """A statement of a document. NotAction, NotResource and NotPrincipal count as naming everything."""

    allows: bool
    actions: tuple[str, ...] = ()
    """The actions in lower case, because IAM ignores case."""
    resources: tuple[str, ...] = ()
    principals: tuple[tuple[str, str], ...] = ()
    """The principals, each with its kind: `AWS`, `Service`, `Federated`."""
    conditions: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    """The values required for each key, whatever the operators. Keys are in lower case."""

    def covers(self, action: str) -> bool:
        """Whether an action is among the statement's, wildcards included."""
        return any(fnmatchcase(action.lower(), pattern) for pattern in self.actions)


def statements(document: Any) -> Iterator[Statement]:
    """Yield the statements of a JSON document. An unknown or invalid document has none: AWS refuses invalid ones."""
    try:
        found = json.loads(document) if isinstance(document, str) else None
    except ValueError:
        return
    for raw in _listed(cast(Mapping[str, Any], found).get("Statement")) if isinstance(found, Mapping) else ():
        if isinstance(raw, Mapping):
            yield _statement(cast(Mapping[str, Any], raw))


def _statement(raw: Mapping[str, Any]) -> Statement:
    return Statement(
        allows=raw.get("Effect") == "Allow",
        actions=("*",) if "NotAction" in raw else tuple(text.lower() for text in _texts(raw.get("Action"))),
        resources=("*",) if "NotResource" in raw else _texts(raw.get("Resource")),
        principals=(("AWS", "*"),) if "NotPrincipal" in raw else tuple(_principals(raw.get("Principal"))),
        conditions=_conditions(raw.get("Condition")),
    )


def _principals(raw: Any) -> Iterator[tuple[str, str]]:
    """Yield each principal with its kind. `"*"` means everybody, like `{"AWS": "*"}`."""
    if isinstance(raw, Mapping):
        for kind, names in cast(Mapping[str, Any], raw).items():
            yield from ((kind, name) for name in _texts(names))
    else:
        yield from (("AWS", name) for name in _texts(raw))


def _conditions(raw: Any) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for keys in cast(Mapping[str, Any], raw).values() if isinstance(raw, Mapping) else ():
        for key, values in cast(Mapping[str, Any], keys).items():
            found[key.lower()] = found.get(key.lower(), ()) + tuple(map(str, _listed(values)))
    return found


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(value for value in _listed(values) if isinstance(value, str))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else [value]
