"""A preview's parts as Markdown: resources, violations and messages, alike ones together, each in full and in short."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ops.preview import diff
from ops.preview.markdown import code, fenced, folded, html_code
from ops.preview.model import Fate, Message, Resource, Violation, name_of, type_of

WIDTH = 200
"""Characters of a value that are shown in a comment."""

NAME = 120
"""Characters of a name that are shown anywhere."""

REASONS = 5
"""Reasons of a replacement that are named."""

OPEN = 12
"""Lines of a diff, and items of a section, that are shown without a click."""

DEEP = 80
"""Lines of a diff that are shown in a comment."""

SAID = 3_000
"""Characters of a message that are shown in a comment; its end tells most."""

SIGNS = {
    Fate.REPLACED: "+-",
    Fate.DELETED: "-",
    Fate.CHANGED: "~",
    Fate.NEW: "+",
    Fate.IMPORTED: "=",
    Fate.FORGOTTEN: "x",
}
"""Pulumi's own, or near to it."""

GONE = (Fate.DELETED, Fate.FORGOTTEN)
"""Fates of which there is nothing to tell but what they meet."""

FOLDED = (Fate.NEW, Fate.IMPORTED)
"""Fates whose properties are always behind a click."""

LEVELS = ("mandatory", "remediate", "advisory")
"""The policies' levels, the hardest first."""

STACK = "pulumi:pulumi:Stack"
"""The type of what a message or a violation is about that is about no resource."""

T = TypeVar("T")


@dataclass(frozen=True)
class Item:
    """A thing that is told, with and without its details."""

    long: str
    short: str


def resources(those: Iterable[Resource], width: int | None) -> list[Item]:
    """Resources of one fate; `width` is how much of a value is shown, None for all."""
    lines = {one.urn: () if one.fate in GONE else tuple(diff.lines(one.changes, width)) for one in those}
    groups = _alike(those, lambda one: (lines[one.urn], tuple(one.reasons)) if lines[one.urn] else one.urn)
    return [_resources(group, lines[group[0].urn], width) for group in groups]


def violations(those: Iterable[Violation], width: int | None) -> list[Item]:
    """What policies have to say, the hardest first."""
    texts = [(one, "\n".join(diff.lines(one.changes, width)) or _end(one.message, width)) for one in those]
    groups = _alike(texts, lambda pair: (pair[0].level, pair[0].pack, pair[0].policy, pair[1]))
    groups.sort(key=lambda group: (_hardness(group[0][0].level), group[0][0].policy, group[0][1]))
    return [_violations([one for one, _ in group], group[0][1], width) for group in groups]


def messages(those: Iterable[Message], width: int | None) -> list[Item]:
    """What was said, each message once."""
    return [_messages(group, width) for group in _alike(those, lambda one: one.text)]


def on(urn: str) -> str:
    """A resource by name and type."""
    return f"{name(name_of(urn))} {name(type_of(urn))}"


def because(resource: Resource) -> str:
    """Why a resource is replaced, as the end of a sentence."""
    reasons, more = resource.reasons[:REASONS], len(resource.reasons) - REASONS
    return f", for {', '.join(map(name, reasons))}{f' and {more} more' if more > 0 else ''}" if reasons else ""


def name(text: str) -> str:
    """A name as code, cut where it is no longer one."""
    return code(text if len(text) <= NAME else f"{text[:NAME]}...")


def count(number: int, noun: str) -> str:
    """`1 resource`, `2 resources`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _resources(group: Sequence[Resource], lines: Sequence[str], width: int | None) -> Item:
    first = group[0]
    id_ = f", {name(first.id)}" if first.fate in GONE and first.id else ""
    sign = SIGNS.get(first.fate, first.op)
    who = f"{code(sign)} {_all_on([one.urn for one in group], width)}{because(first)}{id_}"
    if not lines:
        return Item(f"- {who}", f"- {who}")
    shown = lines if width is None else lines[:DEEP]
    more = [f"  ... and {len(lines) - len(shown)} more lines"] if len(shown) < len(lines) else []
    block = fenced("\n".join([*shown, *more]), "diff")
    if len(lines) <= OPEN and first.fate not in FOLDED:
        return Item(f"{who}\n{block}", f"- {who}")
    others = f" and {len(group) - 1} more" if len(group) > 1 else ""
    summary = " ".join(map(html_code, (sign, first.name[:NAME], first.type[:NAME])))
    content = f"{who}\n{block}" if others or first.reasons else block
    return Item(folded(f"{summary}{others}: {count(len(lines), 'line')}", content), f"- {who}")


def _violations(group: Sequence[Violation], text: str, width: int | None) -> Item:
    first = group[0]
    level = f"**{first.level}**" if first.level == "mandatory" else name(first.level)
    who = f"{level} {name(first.policy)}: {_all_on([one.urn for one in group], width) or 'the stack'}"
    return Item(f"{who}\n{fenced(text, 'diff' if first.changes else 'text')}", f"- {who}")


def _messages(group: Sequence[Message], width: int | None) -> Item:
    text = group[0].text
    who = _all_on([one.urn for one in group], width)
    return Item(
        f"{who}\n{fenced(_end(text, width), 'text')}".lstrip(), f"- {code((text.splitlines() or [''])[-1][:WIDTH])}"
    )


def _all_on(urns: Iterable[str], width: int | None) -> str:
    """Resources by name, those of one type together; where they are many, in a comment the first."""
    kept = sorted({(type_of(urn), name_of(urn)) for urn in urns if urn and type_of(urn) != STACK})
    shown = kept if width is None else kept[:OPEN]
    types: dict[str, list[str]] = {}
    for type_, name_ in shown:
        types.setdefault(type_, []).append(name_)
    text = ", ".join(f"{', '.join(map(name, names))} {name(type_)}" for type_, names in types.items())
    return f"{text} and {len(kept) - len(shown)} more" if len(kept) > len(shown) else text


def _end(text: str, width: int | None) -> str:
    """The end of a text, from the beginning of a line."""
    if width is None or len(text) <= SAID:
        return text
    return f"... ({len(text)} characters)\n{text[-SAID:].partition(chr(10))[2] or text[-SAID:]}"


def _hardness(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def _alike(those: Iterable[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    """Those of one key together, in the order of the first of each."""
    groups: dict[Hashable, list[T]] = {}
    for one in those:
        groups.setdefault(key(one), []).append(one)
    return list(groups.values())
