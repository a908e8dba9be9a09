"""A preview as Markdown for a comment or an issue: the worst first, and never longer than GitHub takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ops.preview import render
from ops.preview.markdown import code, folded
from ops.preview.model import Fate, Preview, Resource
from ops.preview.render import Item, count

PREVIEW, DRIFT = "preview", "drift"
"""What a comment tells: what a change would do, or what has changed without one."""

LIMIT = 65_536
"""What GitHub takes for a comment or an issue, in characters; counted here in bytes, which are never fewer."""

LOUD = 10
"""Resources that are named at the top."""

GAP = "\n\n"

WORDS = {
    PREVIEW: {fate: fate.value for fate in Fate},
    DRIFT: {fate: fate.value for fate in Fate} | {Fate.NEW: "missing", Fate.DELETED: "no longer in the program"},
}


@dataclass(frozen=True, kw_only=True)
class About:
    """What a comment is about, and where more is to be found."""

    stack: str
    kind: str = PREVIEW
    """PREVIEW, or DRIFT."""
    commit: str = ""
    page: str = ""
    """The address of the run's page, which has the whole of it."""

    def __post_init__(self) -> None:
        """Refuse what could end the marker early; raises ValueError."""
        if not re.fullmatch(r"[\w.-]{1,100}", self.stack):
            raise ValueError(f"--stack: {self.stack!r} can't be a stack's name; use letters, digits, ., - and _")

    @property
    def marker(self) -> str:
        """The first line, which nobody sees: by it the comment is found again."""
        return f"<!-- previews: {self.kind} of {self.stack} -->"


@dataclass(frozen=True)
class Section:
    """Items under a title."""

    title: str
    items: Sequence[Item]
    fold: str = ""
    """What is to be clicked to see the items, as HTML; empty where they are seen at once."""
    lead: str = ""
    """What is seen all the same."""


def comment(preview: Preview, about: About) -> str:
    """The comment: as much as fits into one, and a word about where the rest is."""
    return _fit(_head(preview, about), _sections(preview, about, render.WIDTH), about)


def whole(preview: Preview, about: About) -> str:
    """All of it, of whatever length."""
    sections = _sections(preview, about, None)
    return _joined([_head(preview, about), *(_section(one, [item.long for item in one.items]) for one in sections)])


def outcome(preview: Preview, about: About) -> str:
    """What comes of it, in a line."""
    words = WORDS[about.kind]
    counts = ", ".join(f"{number} {words[fate]}" for fate in Fate if (number := len(preview.of(fate))))
    if not preview.complete:
        return "failed"
    return f"refused by policies; {counts or 'no changes'}" if preview.refused else counts or "no changes"


def _head(preview: Preview, about: About) -> str:
    title = f"### {about.kind.capitalize()} of {code(about.stack)}: {outcome(preview, about)}"
    alerts = GAP.join(_alerts(preview))
    caution = "\n".join(f"> {line}".rstrip() for line in f"[!CAUTION]\n{alerts}".split("\n")) if alerts else ""
    return _joined([f"{about.marker}\n{title}", caution, _circumstances(preview, about)])


def _alerts(preview: Preview) -> Iterator[str]:
    """What must not be overlooked."""
    if not preview.complete:
        yield "**The preview failed.** What is below is only as far as it came."
    if preview.refused:
        yield f"**{count(len(preview.refused), 'violation')} of mandatory policies:** the update would be refused."
    for fate, what in (
        (Fate.REPLACED, "replaced: each goes, with what it holds, and another takes its place"),
        (Fate.DELETED, "deleted, with what they hold"),
    ):
        if lost := preview.of(fate):
            yield "\n".join([f"**{count(len(lost), 'resource')} {what}.**", *_named(lost)])


def _named(resources: Sequence[Resource]) -> Iterator[str]:
    """The resources; where they are many, what a replacement begins with, or what the others belong to."""
    shown = sorted(resources, key=lambda one: not one.cause)
    if len(shown) > LOUD:
        urns = {one.urn for one in resources}
        shown = [one for one in shown if one.cause] or [one for one in shown if one.parent not in urns]
    for one in shown[:LOUD]:
        yield f"- {render.on(one.urn)}{render.because(one)}"
    if more := len(resources) - len(shown[:LOUD]):
        yield f"- and {more} more, below"


def _circumstances(preview: Preview, about: About) -> str:
    parts = [f"{count(preview.unchanged, 'resource')} unchanged."]
    if about.commit:
        parts.append(f"Commit {code(about.commit[:12])}.")
    if preview.packs:
        packs = ", ".join(code(f"{name} {version}") for name, version in sorted(preview.packs.items()))
        verdict = ", see below" if preview.violations else ", obeyed" if preview.complete else ""
        parts.append(f"Policies: {packs}{verdict}.")
    if about.kind == DRIFT and preview.resources:
        parts.append("What `-` is in the cloud, and what `+` the program says; `pulumi up` would make it so.")
    if about.page:
        parts.append(f"[The run's page]({about.page}) has it at full length.")
    return " ".join(parts)


def _sections(preview: Preview, about: About, width: int | None) -> list[Section]:
    warnings = render.messages(preview.said("warning"), width)
    sections = [
        Section("Policies", render.violations(preview.violations, width)),
        Section("Errors", render.messages(preview.said("error") or preview.said("stderr"), width)),
        *(_of(fate, preview, about, width) for fate in Fate),
        Section("Warnings", warnings, fold=count(len(warnings), "warning")),
    ]
    return [section for section in sections if section.items]


def _of(fate: Fate, preview: Preview, about: About, width: int | None) -> Section:
    resources = preview.of(fate)
    items = render.resources(resources, width)
    fold = len(items) > render.OPEN
    return Section(
        WORDS[about.kind][fate].capitalize(),
        items,
        fold=count(len(resources), "resource") if fold else "",
        lead="\n".join(_named(resources)) if fold and fate in render.FOLDED else "",
    )


def _fit(head: str, sections: Sequence[Section], about: About) -> str:
    """As much as fits: every item in short first, in order; then their details, in order."""
    left = LIMIT - _size(_joined([head, _cut(about), *(_section(one, [], len(one.items)) for one in sections)]))
    chosen: dict[tuple[int, int], str] = {}
    items = {(at, place): item for at, one in enumerate(sections) for place, item in enumerate(one.items)}
    for key, item in items.items():
        if (cost := _size(item.short) + len(GAP)) <= left:
            chosen[key], left = item.short, left - cost
    for key, item in items.items():
        if key in chosen and (cost := _size(item.long) - _size(item.short)) <= left:
            chosen[key], left = item.long, left - cost
    parts: list[str] = []
    for at, section in enumerate(sections):
        texts = [chosen[at, place] for place in range(len(section.items)) if (at, place) in chosen]
        parts.append(_section(section, texts, len(section.items) - len(texts)))
    full = all(chosen.get(key) == item.long for key, item in items.items())
    return _joined([head, "" if full else _cut(about), *parts])


def _cut(about: About) -> str:
    where = f"[on the run's page]({about.page})" if about.page else f"`pulumi preview --diff --stack {about.stack}`"
    return f"> [!NOTE]\n> It is longer than GitHub lets a comment be, so details are left out. The whole: {where}."


def _section(section: Section, texts: Sequence[str], left_out: int = 0) -> str:
    """A section of these items' texts, with a count of those that found no room."""
    more = [f"- ... and {left_out} more"] if left_out else []
    content = _joined([*texts, *more])
    content = folded(section.fold, content) if section.fold else content
    return _joined([f"#### {section.title}", section.lead, content])


def _joined(parts: Iterable[str]) -> str:
    """Parts, a blank line between them but for items of one list."""
    text = ""
    for part in filter(None, (part.strip("\n") for part in parts)):
        in_list = part.startswith("- ") and text.rpartition(GAP)[2].startswith("- ")
        text += ("" if not text else "\n" if in_list else GAP) + part
    return text


def _size(text: str) -> int:
    return len(text.encode())
