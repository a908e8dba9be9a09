"""A preview as it is told: what becomes of each resource, what the policies say, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

ABSENT = object()
"""In place of a value that isn't there."""


class Fate(Enum):
    """What becomes of a resource; the worst first."""

    REPLACED = "replaced"
    DELETED = "deleted"
    CHANGED = "changed"
    NEW = "new"
    IMPORTED = "imported"
    FORGOTTEN = "forgotten"
    """Pulumi lets go of it, and it stays."""
    OTHER = "otherwise touched"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A property that changes, at the depth where old and new differ; ABSENT where one of them isn't."""

    path: str
    old: Any = ABSENT
    new: Any = ABSENT


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource that does not stay as it is."""

    urn: str
    fate: Fate
    op: str
    """The engine's own word for it."""
    parent: str = ""
    """The URN of the component that it belongs to."""
    id: str = ""
    """In the cloud; empty for what isn't there yet."""
    changes: Sequence[Change] = ()
    reasons: Sequence[str] = ()
    """The properties for which it is replaced."""
    cause: bool = False
    """Whether it is replaced for a value that is known, and not for what the update will make of another."""

    @property
    def type(self) -> str:
        """Its type's token."""
        return type_of(self.urn)

    @property
    def name(self) -> str:
        """Its name in the program."""
        return name_of(self.urn)


@dataclass(frozen=True, kw_only=True)
class Violation:
    """What a policy has to say of a resource, or of the stack where there is no URN."""

    level: str
    """mandatory, advisory, or remediate."""
    policy: str
    pack: str
    message: str
    urn: str = ""
    changes: Sequence[Change] = ()
    """What a remediation makes of the resource."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """What the engine, a plugin or the program said."""

    severity: str
    text: str
    urn: str = ""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """All that is told of a preview."""

    resources: Sequence[Resource]
    """Those that don't stay as they are, each once, by name."""
    unchanged: int
    violations: Sequence[Violation]
    packs: Mapping[str, str]
    """The policy packs that had a say, and their versions."""
    messages: Sequence[Message]
    """Errors and warnings."""
    complete: bool
    """Whether the engine came to its end without an error; else the resources are only those it got to."""

    @property
    def refused(self) -> list[Violation]:
        """What keeps an update from being made."""
        return [one for one in self.violations if one.level == "mandatory"]

    def of(self, fate: Fate) -> list[Resource]:
        """The resources of one fate."""
        return [resource for resource in self.resources if resource.fate is fate]

    def said(self, severity: str) -> list[Message]:
        """The messages of one severity."""
        return [message for message in self.messages if message.severity == severity]


def type_of(urn: str) -> str:
    """The type in a URN: urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME."""
    return urn.split("::", 3)[2].rpartition("$")[2]


def name_of(urn: str) -> str:
    """The name in a URN."""
    return urn.split("::", 3)[3]
