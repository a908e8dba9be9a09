"""Secrets and their redaction: by the engine's mark, a resource's type, a property's name, or the value's form."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, cast

from wire import IS_OUTPUT, IS_SECRET, SIGNATURE, UNKNOWN

SECRET = "[secret]"  # noqa: S105
"""The text in place of a secret; the engine uses the same."""

SECRET_PROPERTIES = {"kubernetes:core/v1:Secret": ("data", "stringData")}
"""The properties whose whole value is secret, by type."""

WORD = (
    r"(?:pass(?:word|phrase)|token|secret[-_]?(?:string|binary|access[-_]?key)"
    r"|(?:private|client)[-_]?key(?:[-_]?data)?)"
)

KUBECONFIG = re.compile(r"kube[-_]?config(?:[-_]?json)?$", re.IGNORECASE)
"""The names of properties that are secret in any form; eks.Cluster has a kubeconfig both marked and unmarked."""

NAMES = re.compile(f"{WORD}$", re.IGNORECASE)
"""The names of properties whose text is secret, even without the engine's mark."""

ASSIGNED = re.compile(rf"""({WORD}["']?[^\S\n]*[:=][^\S\n]*)("[^"\n]*"|'[^'\n]*'|[^\s"']+)""", re.IGNORECASE)
"""The same names in a text: `token: abc` in a YAML file, `PASSWORD=abc` in a script."""

FORMS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"  # a JSON web token: a service account's, for instance
    r"|\bk8s-aws-v1\.[\w-]+"  # aws eks get-token
    r"|\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"
    r"|\bgh[a-z]_\w{30,}"
    r"|\bpul-[0-9a-f]{40}\b",
    re.DOTALL,
)
"""The forms of known secrets in any text."""


def redact(type_: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties of a resource with SECRET in place of secrets, and with JSON texts parsed."""
    secret = SECRET_PROPERTIES.get(type_, ())
    return {
        key: SECRET if key in secret else redact_value(value, key)
        for key, value in properties.items()
        if not key.startswith("__")  # Pulumi's own notes
    }


def redact_value(value: Any, name: str = "") -> Any:
    """Return the value of a property of this name with SECRET in place of secrets at any depth."""
    if value and value != UNKNOWN and KUBECONFIG.search(name):
        return SECRET
    if isinstance(value, dict):
        return _object(cast("dict[str, Any]", value))
    if isinstance(value, list):
        return [redact_value(item, name) for item in cast("list[Any]", value)]
    if isinstance(value, str):
        return _text(value, name)
    return value


def redact_text(text: str) -> str:
    """Return a text with SECRET in place of secrets by form or by the name before them."""
    return ASSIGNED.sub(rf"\1{SECRET}", FORMS.sub(SECRET, text))


def _object(value: dict[str, Any]) -> Any:
    mark = value.get(SIGNATURE)
    if mark == IS_SECRET or (mark == IS_OUTPUT and value.get("secret")):
        return SECRET
    if mark == IS_OUTPUT:
        return redact_value(value.get("value"))
    return {key: redact_value(item, key) for key, item in value.items()}


def _text(value: str, name: str) -> Any:
    if value and value != UNKNOWN and NAMES.search(name):
        return SECRET
    if value[:1] in ("{", "["):
        try:
            return redact_value(json.loads(value), name)
        except ValueError:
            pass
    return redact_text(_decoded(value))


def _decoded(value: str) -> str:
    """Return a long text decoded from base64, if that gives a text: a machine's user data, for instance."""
    if len(value) < 64 or not re.fullmatch(r"[A-Za-z0-9+/\s]+={0,2}\s*", value):
        return value
    try:
        return base64.b64decode(value, validate=False).decode()
    except (binascii.Error, UnicodeDecodeError):
        return value
