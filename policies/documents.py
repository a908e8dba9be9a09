"""Policy documents of IAM's: who may do what."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, cast


@dataclass(frozen=True)
class Statement:
    """One statement. Where it excepts (NotAction, NotResource, NotPrincipal), it is taken to name everything."""

    allows: bool
    actions: tuple[str, ...] = ()
    """In small letters, as IAM compares them."""
    resources: tuple[str, ...] = ()
    principals: tuple[tuple[str, str], ...] = ()
    """Each with its kind: `AWS`, `Service`, `Federated`."""
    conditions: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    """The values asked of each key, the keys in small letters, whatever the operators."""

    def covers(self, action: str) -> bool:
        """Whether an action is among its own, wildcards included."""
        return any(fnmatchcase(action.lower(), pattern) for pattern in self.actions)


def statements(document: Any) -> Iterator[Statement]:
    """The statements of a document, JSON; none where it isn't known, or no document: AWS refuses that itself."""
    try:
        found = json.loads(document) if isinstance(document, str) else None
    except ValueError:
        return
    for one in _listed(cast(Mapping[str, Any], found).get("Statement")) if isinstance(found, Mapping) else ():
        if isinstance(one, Mapping):
            yield _statement(cast(Mapping[str, Any], one))


def _statement(one: Mapping[str, Any]) -> Statement:
    return Statement(
        allows=one.get("Effect") == "Allow",
        actions=("*",) if "NotAction" in one else tuple(text.lower() for text in _texts(one.get("Action"))),
        resources=("*",) if "NotResource" in one else _texts(one.get("Resource")),
        principals=(("AWS", "*"),) if "NotPrincipal" in one else tuple(_principals(one.get("Principal"))),
        conditions=_conditions(one.get("Condition")),
    )


def _principals(given: Any) -> Iterator[tuple[str, str]]:
    """`"*"` alone stands for everybody, as `{"AWS": "*"}` does."""
    if isinstance(given, Mapping):
        for kind, names in cast(Mapping[str, Any], given).items():
            yield from ((kind, name) for name in _texts(names))
    else:
        yield from (("AWS", name) for name in _texts(given))


def _conditions(given: Any) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for keys in cast(Mapping[str, Any], given).values() if isinstance(given, Mapping) else ():
        for key, values in cast(Mapping[str, Any], keys).items():
            found[key.lower()] = found.get(key.lower(), ()) + tuple(map(str, _listed(values)))
    return found


def _texts(given: Any) -> tuple[str, ...]:
    return tuple(one for one in _listed(given) if isinstance(one, str))


def _listed(given: Any) -> list[Any]:
    if given is None:
        return []
    return cast("list[Any]", given) if isinstance(given, list) else [given]
