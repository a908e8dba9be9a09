"""IAM policy documents: two texts that mean the same are the same."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

_LISTS = frozenset({"Action", "NotAction", "Resource", "NotResource"})
"""Elements that may be one string or a list of them, in any order."""


def text(document: Any) -> str:
    """A document as text: a text stays as it is, an object becomes JSON."""
    return document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))


def decoded(document: Any) -> str:
    """A document of IAM's, which answers URL-encoded JSON (boto3 decodes some of it into an object)."""
    return unquote(document) if isinstance(document, str) else text(document)


def canonical(document: str) -> Any:
    """A form in which equivalent documents are equal; the text itself where it isn't JSON."""
    try:
        return _canonical(json.loads(document))
    except ValueError:
        return document


def kept(found: str, declared: str | None) -> str:
    """Return the declared text if the found one means the same, so that a refresh shows no change."""
    return declared if declared is not None and canonical(found) == canonical(declared) else found


def _canonical(document: Any) -> Any:
    if not isinstance(document, dict):
        return document
    statements = document.get("Statement", [])
    statements = statements if isinstance(statements, list) else [statements]
    return document | {"Statement": sorted((_statement(statement) for statement in statements), key=json.dumps)}


def _statement(statement: Any) -> Any:
    if not isinstance(statement, dict):
        return statement
    plain: dict[str, Any] = {}
    for name, value in statement.items():
        if name in _LISTS:
            plain[name] = _strings(value)
        elif name in ("Principal", "NotPrincipal") and isinstance(value, dict):
            plain[name] = {kind: _strings(who) for kind, who in sorted(value.items())}
        elif name == "Condition" and isinstance(value, dict):
            plain[name] = {
                operator: {key: _strings(wanted) for key, wanted in sorted(keys.items())}
                for operator, keys in sorted(value.items())
            }
        elif not (name == "Sid" and value == ""):
            plain[name] = value
    return dict(sorted(plain.items()))


def _strings(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return sorted(str(item).lower() if isinstance(item, bool) else str(item) for item in values)
