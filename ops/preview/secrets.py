"""What is never shown, whatever marks it: the engine, a resource's type, a property's name, or its own form."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, cast

SECRET = "[secret]"  # noqa: S105
"""What is shown in place of one; the engine's own word."""

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key of what is special in Pulumi's JSON, and below what it may say (sdk/go/common/resource/sig)."""

IS_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105
IS_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""In place of what only the update will tell (sdk/go/common/resource/plugin/rpc.go)."""

WHOLLY = {"kubernetes:core/v1:Secret": ("data", "stringData")}
"""Properties that are secrets altogether, by type."""

WORD = (
    r"(?:pass(?:word|phrase)|token|secret[-_]?(?:string|binary|access[-_]?key)"
    r"|(?:private|client)[-_]?key(?:[-_]?data)?)"
)

KUBECONFIG = re.compile(r"kube[-_]?config(?:[-_]?json)?$", re.IGNORECASE)
"""Names of properties that are secrets of whatever form: eks.Cluster has the same one marked and unmarked."""

NAMES = re.compile(f"{WORD}$", re.IGNORECASE)
"""Names of properties whose text is a secret, whoever forgot to mark it."""

ASSIGNED = re.compile(rf"""({WORD}["']?[^\S\n]*[:=][^\S\n]*)("[^"\n]*"|'[^'\n]*'|[^\s"']+)""", re.IGNORECASE)
"""The same in a text: `token: abc` in a YAML file, `PASSWORD=abc` in a script."""

FORMS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"  # a JSON web token: a service account's, for instance
    r"|\bk8s-aws-v1\.[\w-]+"  # aws eks get-token
    r"|\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"
    r"|\bgh[a-z]_\w{30,}"
    r"|\bpul-[0-9a-f]{40}\b",
    re.DOTALL,
)
"""What is a secret by its form, wherever it stands."""


def blind(type_: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a resource of this type, opened: JSON in a text is what it says, and a secret is SECRET."""
    wholly = WHOLLY.get(type_, ())
    return {
        key: SECRET if key in wholly else opened(value, key)
        for key, value in properties.items()
        if not key.startswith("__")  # what Pulumi notes for itself
    }


def opened(value: Any, name: str = "") -> Any:
    """A property's value, by its name, with SECRET in place of secrets at any depth."""
    if value and value != UNKNOWN and KUBECONFIG.search(name):
        return SECRET
    if isinstance(value, dict):
        return _object(cast("dict[str, Any]", value))
    if isinstance(value, list):
        return [opened(one, name) for one in cast("list[Any]", value)]
    if isinstance(value, str):
        return _text(value, name)
    return value


def censored(text: str) -> str:
    """A text without what is a secret by its form, or by the name before it."""
    return ASSIGNED.sub(rf"\1{SECRET}", FORMS.sub(SECRET, text))


def _object(value: dict[str, Any]) -> Any:
    mark = value.get(SIGNATURE)
    if mark == IS_SECRET or (mark == IS_OUTPUT and value.get("secret")):
        return SECRET
    if mark == IS_OUTPUT:
        return opened(value.get("value"))
    return {key: opened(one, key) for key, one in value.items()}


def _text(value: str, name: str) -> Any:
    if value and value != UNKNOWN and NAMES.search(name):
        return SECRET
    if value[:1] in ("{", "["):
        try:
            return opened(json.loads(value), name)
        except ValueError:
            pass
    return censored(_decoded(value))


def _decoded(value: str) -> str:
    """What a long text in base64 says, where it is text: a machine's user data."""
    if len(value) < 64 or not re.fullmatch(r"[A-Za-z0-9+/\s]+={0,2}\s*", value):
        return value
    try:
        return base64.b64decode(value, validate=False).decode()
    except (binascii.Error, UnicodeDecodeError):
        return value
