"""The values of a federated Secret as Pulumi secrets: encrypted in the state, and not shown in a preview.

Pulumi's Kubernetes provider does so for a Secret's own fields, but not for an engine's types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi import Output

from .placement import Override

SECRET = "Secret"  # noqa: S105  # a kind, no password
FIELDS = ("data", "stringData")
"""The fields of a Secret that hold its values."""


def hidden(template: Mapping[str, Any]) -> dict[str, Any]:
    """A Secret's template with its values as Pulumi secrets."""
    return {key: Output.secret(value) if key in FIELDS else value for key, value in template.items()}


def value(override: Override, kind: str) -> Any:
    """The value of an override for an object of `kind`. For a Secret it is a Pulumi secret, unless it is metadata."""
    secret = kind == SECRET and override.path.split("/")[1:2] != ["metadata"]
    return Output.secret(override.value) if secret else override.value
