"""What a stack's state holds as a secret, in clear: for tests that look for it where it may not be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.sandbox.fleet.live import Fleet

SIGNATURE = "4dabf18193072939515e22adb298388d"
LENGTH = 8
"""Characters from which on a text is one that nobody writes by chance."""


def secrets(fleet: Fleet) -> set[str]:
    """The texts that stand in the state as secrets and nowhere in plain; never empty, for a member's token is one."""
    state = json.loads(fleet.pulumi("stack", "export", "--show-secrets").stdout)["deployment"]["resources"]
    plain = json.dumps(state, default=str)
    hidden: set[str] = set()
    for secret in _marked(state):
        plain = plain.replace(json.dumps(secret), "")
        hidden |= {text for text in _texts(json.loads(secret)) if len(text) >= LENGTH}
    found = {text for text in hidden if text not in plain}
    assert found
    return found


def _marked(value: Any) -> Iterator[str]:
    """The secrets' plain texts, JSON each."""
    if isinstance(value, dict):
        if SIGNATURE in value and "plaintext" in value:
            yield value["plaintext"]
        else:
            for one in value.values():
                yield from _marked(one)
    elif isinstance(value, list):
        for one in value:
            yield from _marked(one)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
