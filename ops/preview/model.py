"""A preview for the report: each resource's fate, the policies' violations, and the messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

ABSENT = object()
"""The value of a property that does not exist."""


class Fate(Enum):
    """The fates of resources, the worst first."""

    REPLACED = "replaced"
    DELETED = "deleted"
    CHANGED = "changed"
    NEW = "new"
    IMPORTED = "imported"
    FORGOTTEN = "forgotten"
    """Pulumi no longer manages it, and it still exists."""
    OTHER = "otherwise touched"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A changed property, at the depth where old and new differ; either of them may be ABSENT."""

    path: str
    old: Any = ABSENT
    new: Any = ABSENT


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource that changes."""

    urn: str
    fate: Fate
    op: str
    """The engine's operation."""
    parent: str = ""
    """The URN of the component that the resource belongs to."""
    id: str = ""
    """The id in the cloud; empty for a new resource."""
    changes: Sequence[Change] = ()
    reasons: Sequence[str] = ()
    """The properties that require the replacement."""
    cause: bool = False
    """Whether the replacement starts here: a known value requires it, and not another resource's unknown output."""

    @property
    def type(self) -> str:
        """The type's token."""
        return type_of(self.urn)

    @property
    def name(self) -> str:
        """The name in the program."""
        return name_of(self.urn)


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A policy's violation by a resource, or by the stack if the URN is empty."""

    level: str
    """mandatory, advisory, or remediate."""
    policy: str
    pack: str
    message: str
    urn: str = ""
    changes: Sequence[Change] = ()
    """The remediation's changes of the resource."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message of the engine, a plugin or the program."""

    severity: str
    text: str
    urn: str = ""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A preview."""

    resources: Sequence[Resource]
    """The resources that change, each once, sorted by name."""
    unchanged: int
    violations: Sequence[Violation]
    packs: Mapping[str, str]
    """The versions of the policy packs, by name."""
    messages: Sequence[Message]
    """Errors and warnings."""
    complete: bool
    """Whether the engine finished without an error; if not, resources are missing."""

    @property
    def refused(self) -> list[Violation]:
        """The violations for which an update is refused."""
        return [violation for violation in self.violations if violation.level == "mandatory"]

    def of(self, fate: Fate) -> list[Resource]:
        """Return the resources of a fate."""
        return [resource for resource in self.resources if resource.fate is fate]

    def messages_of(self, severity: str) -> list[Message]:
        """Return the messages of a severity."""
        return [message for message in self.messages if message.severity == severity]


def type_of(urn: str) -> str:
    """Return the type in a URN: urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME."""
    return urn.split("::", 3)[2].rpartition("$")[2]


def name_of(urn: str) -> str:
    """Return the name in a URN."""
    return urn.split("::", 3)[3]
