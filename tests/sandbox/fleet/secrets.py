"""What a stack's state holds as a secret, in clear: for tests that look for it where it may not be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import wire
from tests.sandbox.fleet.live import Fleet

LENGTH = 8
"""Characters from which on a text is one that nobody writes by chance."""

PUBLIC = ("ca.crt", "namespace")
"""What a service account's Secret has beside its token, and others have in the open."""


def secrets(fleet: Fleet) -> set[str]:
    """The texts that stand in the state as secrets, as they are and within JSON; a member's token is always one."""
    state = json.loads(fleet.pulumi("stack", "export", "--show-secrets").stdout)["deployment"]["resources"]
    hidden = {text for secret in _marked(state) for text in _texts(json.loads(secret)) if len(text) >= LENGTH}
    assert any("eyJ" in text or "ZXlK" in text for text in hidden)
    return hidden | {json.dumps(text)[1:-1] for text in hidden}


def _marked(value: Any) -> Iterator[str]:
    """The secrets' plain texts, JSON each.

    Without `__inputs`: the Kubernetes plugin marks an object's inputs as a whole there, most of which are no secrets.
    Those that are stand beside it, each marked by itself.
    """
    if isinstance(value, dict):
        if wire.SIGNATURE in value and "plaintext" in value:
            yield value["plaintext"]
        else:
            for name, one in value.items():
                if name != "__inputs":
                    yield from _marked(one)
    elif isinstance(value, list):
        for one in value:
            yield from _marked(one)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            if key not in PUBLIC:
                yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
