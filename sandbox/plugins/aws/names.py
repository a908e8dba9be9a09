"""The names that the official provider lets through, and those that it makes of a prefix."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from sandbox.plugins.provider.check import Problem

SUFFIX = 26
"""Characters that a prefix is followed by: 18 digits of a time, 8 of a counter (terraform-plugin-sdk helper/id)."""
_SUFFIX = re.compile(rf"[0-9a-f]{{{SUFFIX}}}\Z")


@dataclass(frozen=True, kw_only=True)
class Names:
    """A type's names, as terraform-provider-aws validates them."""

    shortest: int = 1
    longest: int = 255
    pattern: str = ".*"
    """The pattern of the whole name."""
    never: str = ""
    """The prefix that AWS refuses."""
    prefix: int = 0
    """The longest prefix; 0 for a type whose name has none."""

    def problems(self, path: str, name: Any) -> Iterator[Problem]:
        """Yield the problems of a name; none for an unknown one."""
        yield from self._wrong(path, name, self.longest)
        if isinstance(name, str) and len(name) < self.shortest:
            yield Problem(path, f"{name!r} has {len(name)} characters, at least {self.shortest} are needed")

    def prefix_problems(self, path: str, prefix: Any) -> Iterator[Problem]:
        """Yield the problems of a prefix."""
        yield from self._wrong(path, prefix, self.prefix)

    def _wrong(self, path: str, name: Any, longest: int) -> Iterator[Problem]:
        if not isinstance(name, str):
            return
        if len(name) > longest:
            said = f"{name!r} has {len(name)} characters, at most {longest} are allowed; shorten it"
            yield Problem(path, said)
        elif self.never and name.startswith(self.never):
            yield Problem(path, f"{name!r} cannot begin with {self.never}; choose another name")
        elif not re.fullmatch(self.pattern, name):
            yield Problem(path, f"{name!r} must match {self.pattern}; choose another name")


def unique(prefix: str) -> str:
    """A name that begins so and that nothing else has."""
    now = datetime.now(timezone.utc)
    return f"{prefix}{now:%Y%m%d%H%M%S}{now.microsecond // 100:04d}{secrets.token_hex(4)}"


def prefix_of(name: str) -> str:
    """Return the prefix that a name was made of; empty if it has none."""
    return name[:-SUFFIX] if _SUFFIX.search(name) else ""
