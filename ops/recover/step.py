"""A step of a recovery, and its line in the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from ops.recover.state import Resource


class Verb(Enum):
    """The action of a step."""

    IMPORT = "import"
    FORGET = "forget"
    DELETE = "delete"
    READ = "read"
    UNDO = "undo"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of a recovery."""

    verb: Verb
    resource: Resource
    """The resource of the pending operation or the preview; for a stray, an invented one."""
    why: str
    id: str = ""
    undo: Callable[[], None] = lambda: None
    """The action of an UNDO, before any other step."""
    parents: tuple[Resource, ...] = ()
    """The components above the resource that the state lacks."""

    @property
    def type(self) -> str:
        """The resource's type."""
        return str(self.resource["type"])

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return str(self.resource["urn"]).rpartition("::")[2]


def shown(steps: Sequence[Step]) -> str:
    """Return the steps as a table."""
    lines = [("DO", "TYPE", "NAME", "ID", "WHY"), *((s.verb.value, s.type, s.name, s.id, s.why) for s in steps)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
