"""A preview's parts as Markdown: resources, violations and messages, grouped, each in full and in short."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ops.preview import diff
from ops.preview.markdown import code, fenced, folded, html_code
from ops.preview.model import Fate, Message, Resource, Violation, name_of, type_of

WIDTH = 200
"""The length up to which a comment shows a value, in characters."""

NAME_WIDTH = 120
"""The length up to which a name is shown anywhere, in characters."""

MAX_REASONS = 5
"""The number of a replacement's reasons that are named."""

UNFOLDED = 12
"""The number of a diff's lines, or of a section's items, up to which they are not folded."""

MAX_LINES = 80
"""The number of a diff's lines that a comment shows."""

MESSAGE_WIDTH = 3_000
"""The length of a message's end in a comment, in characters; the end is the most useful part."""

SIGNS = {
    Fate.REPLACED: "+-",
    Fate.DELETED: "-",
    Fate.CHANGED: "~",
    Fate.NEW: "+",
    Fate.IMPORTED: "=",
    Fate.FORGOTTEN: "x",
}
"""Pulumi's signs, or similar ones."""

WITHOUT_DIFF = (Fate.DELETED, Fate.FORGOTTEN)
"""The fates of resources that are shown without their properties."""

ALWAYS_FOLDED = (Fate.NEW, Fate.IMPORTED)
"""The fates of resources whose properties are always folded."""

LEVELS = ("mandatory", "remediate", "advisory")
"""The policies' levels, the strictest first."""

STACK = "pulumi:pulumi:Stack"
"""The type in the URN of messages and violations that concern no resource."""

T = TypeVar("T")


@dataclass(frozen=True)
class Item:
    """A part of the report, with and without its details."""

    long: str
    short: str


def resource_items(resources: Iterable[Resource], width: int | None) -> list[Item]:
    """Return the items of resources of a fate; values are cut to `width` characters, or never if it is None."""
    lines = {
        resource.urn: () if resource.fate in WITHOUT_DIFF else tuple(diff.lines(resource.changes, width))
        for resource in resources
    }

    def key(resource: Resource) -> Hashable:
        return (lines[resource.urn], tuple(resource.reasons)) if lines[resource.urn] else resource.urn

    groups = _group(resources, key)
    return [_resource_item(group, lines[group[0].urn], width) for group in groups]


def violation_items(violations: Iterable[Violation], width: int | None) -> list[Item]:
    """Return the items of violations, the strictest first."""
    texts = [(each, "\n".join(diff.lines(each.changes, width)) or _end(each.message, width)) for each in violations]
    groups = _group(texts, lambda pair: (pair[0].level, pair[0].pack, pair[0].policy, pair[1]))
    groups.sort(key=lambda group: (_strictness(group[0][0].level), group[0][0].policy, group[0][1]))
    return [_violation_item([violation for violation, _ in group], group[0][1], width) for group in groups]


def message_items(messages: Iterable[Message], width: int | None) -> list[Item]:
    """Return the items of messages, equal ones once."""
    return [_message_item(group, width) for group in _group(messages, lambda message: message.text)]


def label(urn: str) -> str:
    """Return a resource's name and type."""
    return f"{name(name_of(urn))} {name(type_of(urn))}"


def because(resource: Resource) -> str:
    """Return why a resource is replaced, as the end of a sentence."""
    reasons, more = resource.reasons[:MAX_REASONS], len(resource.reasons) - MAX_REASONS
    return f", for {', '.join(map(name, reasons))}{f' and {more} more' if more > 0 else ''}" if reasons else ""


def name(text: str) -> str:
    """Return a name as code, cut to NAME_WIDTH."""
    return code(text if len(text) <= NAME_WIDTH else f"{text[:NAME_WIDTH]}...")


def count(number: int, noun: str) -> str:
    """Return `1 resource`, `2 resources`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _resource_item(group: Sequence[Resource], lines: Sequence[str], width: int | None) -> Item:
    first = group[0]
    id_ = f", {name(first.id)}" if first.fate in WITHOUT_DIFF and first.id else ""
    sign = SIGNS.get(first.fate, first.op)
    label = f"{code(sign)} {_labels([resource.urn for resource in group], width)}{because(first)}{id_}"
    if not lines:
        return Item(f"- {label}", f"- {label}")
    shown = lines if width is None else lines[:MAX_LINES]
    more = [f"  ... and {len(lines) - len(shown)} more lines"] if len(shown) < len(lines) else []
    block = fenced("\n".join([*shown, *more]), "diff")
    if len(lines) <= UNFOLDED and first.fate not in ALWAYS_FOLDED:
        return Item(f"{label}\n{block}", f"- {label}")
    others = f" and {len(group) - 1} more" if len(group) > 1 else ""
    summary = " ".join(map(html_code, (sign, first.name[:NAME_WIDTH], first.type[:NAME_WIDTH])))
    content = f"{label}\n{block}" if others or first.reasons else block
    return Item(folded(f"{summary}{others}: {count(len(lines), 'line')}", content), f"- {label}")


def _violation_item(group: Sequence[Violation], text: str, width: int | None) -> Item:
    first = group[0]
    level = f"**{first.level}**" if first.level == "mandatory" else name(first.level)
    labels = _labels([violation.urn for violation in group], width) or "the stack"
    label = f"{level} {name(first.policy)}: {labels}"
    return Item(f"{label}\n{fenced(text, 'diff' if first.changes else 'text')}", f"- {label}")


def _message_item(group: Sequence[Message], width: int | None) -> Item:
    text = group[0].text
    labels = _labels([message.urn for message in group], width)
    return Item(
        f"{labels}\n{fenced(_end(text, width), 'text')}".lstrip(), f"- {code((text.splitlines() or [''])[-1][:WIDTH])}"
    )


def _labels(urns: Iterable[str], width: int | None) -> str:
    """Return the names of resources, grouped by type; a comment has only the first UNFOLDED."""
    labels = sorted({(type_of(urn), name_of(urn)) for urn in urns if urn and type_of(urn) != STACK})
    shown = labels if width is None else labels[:UNFOLDED]
    types: dict[str, list[str]] = {}
    for type_, name_ in shown:
        types.setdefault(type_, []).append(name_)
    text = ", ".join(f"{', '.join(map(name, names))} {name(type_)}" for type_, names in types.items())
    return f"{text} and {len(labels) - len(shown)} more" if len(labels) > len(shown) else text


def _end(text: str, width: int | None) -> str:
    """Return the end of a text, from the start of a line."""
    if width is None or len(text) <= MESSAGE_WIDTH:
        return text
    return f"... ({len(text)} characters)\n{text[-MESSAGE_WIDTH:].partition(chr(10))[2] or text[-MESSAGE_WIDTH:]}"


def _strictness(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def _group(items: Iterable[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    """Return the items grouped by key, in the order of each group's first item."""
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())
