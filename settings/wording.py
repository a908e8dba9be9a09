"""Messages for pydantic's rules, in terms of YAML, each with the fix."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from settings.near import fields, group, near

LONGEST = 120
"""The characters of a value that a message shows."""

PARTS = {
    "ip_v4_address": "is not an IPv4 address; use one like 198.51.100.7",
    "ip_v4_network": "is not an IPv4 range; use one like 172.21.0.0/16",
    "string_too_short": "has nothing in it; set it, or leave the key out",
}
"""The rules and fixes by pydantic's type of error."""


def shown(value: Any) -> str:
    """A value as YAML has it: `false`, `null`, `[a]`. A text stays as it is, in one line."""
    plain = isinstance(value, str) and value.isprintable()
    text = value if plain and value else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def described(error: ErrorDetails, field: FieldInfo | None) -> str:
    """The value, its rule and the fix: `few is not a whole number; set a whole number, 1 or more`."""
    value: Any = error["input"]
    if value is None:
        return "is empty; set it, or leave the key out"
    return f"{shown(value)} {_rule(error, value, field)}"


def _rule(error: ErrorDetails, value: Any, field: FieldInfo | None) -> str:
    kind, context = error["type"], error.get("ctx", {})
    match kind:
        case "literal_error":
            words: list[str] = re.findall(r"'([^']*)'", context["expected"]) or context["expected"].split(" or ")
            return _words(str(value), words)
        case "tuple_type" | "list_type":
            return "is not a list; write a list, [...]"
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"is not a group of keys and values; {_keys(field)}"
        case "string_type":
            return _text(value)
        case "bool_type" | "bool_parsing":
            return "is neither true nor false; set one of them"
        case "ip_v4_network" if network := _network(value):
            return f"has bits set beyond its prefix; use {network}"
        case "greater_than_equal" | "less_than_equal":
            return f"is too {'small' if kind.startswith('greater') else 'large'}; set {_bounds(context, field)}"
        case "too_long":
            return f"has {context['actual_length']} entries, more than {context['max_length']}; list fewer"
        case "string_pattern_mismatch" if field:
            return f"does not have the form of one; use one like {(field.examples or [field.default])[0]}"
        case "string_too_long":
            return f"is too long; use {context['max_length']} characters at most"
        case _ if kind.startswith("int_"):
            return f"is not a whole number; set {_bounds({}, field) or 'one'}"
        case _:
            return PARTS.get(kind, "is not what this setting takes; see docs/settings.md")


def _words(value: str, words: list[str]) -> str:
    meant = near(value, words)
    return f"is not one of {', '.join(words)}; use {meant or 'one of them'}"


def _keys(field: FieldInfo | None) -> str:
    inner = field and group(field.annotation)
    return f"set keys of it: {', '.join(sorted(fields(inner)))}" if inner else "write {key: value}"


def _text(value: Any) -> str:
    if isinstance(value, (list, Mapping)):
        return f"is a {'list' if isinstance(value, list) else 'group of keys'} and no text; write one text"
    if isinstance(value, float):
        return "is a number and no text, and a number loses its last zeros; put it in quotes"
    kind = "is no text" if isinstance(value, bool) else "is a number and no text"
    return f'{kind}; put it in quotes, "{shown(value)}"'


def _network(value: Any) -> str | None:
    """The range that an address with a prefix is in."""
    from ipaddress import ip_interface

    try:
        return str(ip_interface(value).network) if isinstance(value, str) and "/" in value else None
    except ValueError:
        return None


def _bounds(context: Mapping[str, Any], field: FieldInfo | None) -> str:
    """The values that are allowed: `1 to 365`, `1 or more`; empty if there are no bounds."""
    known = {
        name: getattr(rule, name)
        for rule in (field.metadata if field else ())
        for name in ("ge", "le")
        if hasattr(rule, name)
    }
    least, most = known.get("ge", context.get("ge")), known.get("le", context.get("le"))
    if least is not None and most is not None:
        return f"{least} to {most}"
    return f"{least} or more" if least is not None else f"{most} or less" if most is not None else ""
