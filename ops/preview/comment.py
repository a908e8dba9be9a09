"""A preview as Markdown for a comment or an issue: the worst changes first, and within GitHub's limit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ops.preview import render
from ops.preview.markdown import code, folded
from ops.preview.model import Fate, Preview, Resource
from ops.preview.render import Item, count

PREVIEW, DRIFT = "preview", "drift"
"""The kinds of a report: the changes of an update, or the changes made outside of the program."""

LIMIT = 65_536
"""GitHub's limit for a comment or an issue, in characters; bytes are counted here, which are never fewer."""

MAX_NAMED = 10
"""The most lost resources that the top names."""

GAP = "\n\n"

WORDS = {
    PREVIEW: {fate: fate.value for fate in Fate},
    DRIFT: {fate: fate.value for fate in Fate} | {Fate.NEW: "missing", Fate.DELETED: "no longer in the program"},
}


@dataclass(frozen=True, kw_only=True)
class About:
    """The subject of a report, and where its full version is."""

    stack: str
    kind: str = PREVIEW
    """PREVIEW, or DRIFT."""
    commit: str = ""
    page: str = ""
    """The address of the run's page on GitHub, which has the full report."""

    def __post_init__(self) -> None:
        """Raise ValueError if the stack's name could end the marker."""
        if not re.fullmatch(r"[\w.-]{1,100}", self.stack):
            raise ValueError(f"--stack: {self.stack} can't be a stack's name; use letters, digits, ., - and _")

    @property
    def marker(self) -> str:
        """The first line, an HTML comment, by which the next report finds its comment or issue."""
        # Existing reports on GitHub begin with this text, so a change of it would lose them.
        return f"<!-- previews: {self.kind} of {self.stack} -->"


@dataclass(frozen=True)
class Section:
    """Items under a heading."""

    title: str
    items: Sequence[Item]
    fold: str = ""
    """The HTML summary of the folded items; empty if they are not folded."""
    lead: str = ""
    """The text outside the fold."""


def comment(preview: Preview, about: About) -> str:
    """Return the comment: as much as fits, and a link to the rest."""
    return _fit(_head(preview, about), _sections(preview, about, render.WIDTH), about)


def whole(preview: Preview, about: About) -> str:
    """Return the full report, of any length."""
    sections = _sections(preview, about, None)
    return _joined(
        [_head(preview, about), *(_section(section, [item.long for item in section.items]) for section in sections)]
    )


def outcome(preview: Preview, about: About) -> str:
    """Return the result on one line."""
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
    """Yield the changes that nobody may miss."""
    if not preview.complete:
        yield "**The preview failed.** What is below is only as far as it came."
    if preview.refused:
        yield f"**{count(len(preview.refused), 'violation')} of mandatory policies:** the update would be refused."
    for fate, consequence in (
        (Fate.REPLACED, "replaced: each goes, with what it holds, and another takes its place"),
        (Fate.DELETED, "deleted, with what they hold"),
    ):
        if lost := preview.of(fate):
            yield "\n".join([f"**{count(len(lost), 'resource')} {consequence}.**", *_named(lost)])


def _named(resources: Sequence[Resource]) -> Iterator[str]:
    """Yield the resources; for many, only the causes of replacements, or the components with all the others."""
    shown = sorted(resources, key=lambda resource: not resource.cause)
    if len(shown) > MAX_NAMED:
        urns = {resource.urn for resource in resources}
        causes = [resource for resource in shown if resource.cause]
        shown = causes or [resource for resource in shown if resource.parent not in urns]
    for resource in shown[:MAX_NAMED]:
        yield f"- {render.label(resource.urn)}{render.because(resource)}"
    if more := len(resources) - len(shown[:MAX_NAMED]):
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
    warnings = render.message_items(preview.messages_of("warning"), width)
    sections = [
        Section("Policies", render.violation_items(preview.violations, width)),
        Section("Errors", render.message_items(preview.messages_of("error") or preview.messages_of("stderr"), width)),
        *(_of(fate, preview, about, width) for fate in Fate),
        Section("Warnings", warnings, fold=count(len(warnings), "warning")),
    ]
    return [section for section in sections if section.items]


def _of(fate: Fate, preview: Preview, about: About, width: int | None) -> Section:
    resources = preview.of(fate)
    items = render.resource_items(resources, width)
    fold = len(items) > render.UNFOLDED
    return Section(
        WORDS[about.kind][fate].capitalize(),
        items,
        fold=count(len(resources), "resource") if fold else "",
        lead="\n".join(_named(resources)) if fold and fate in render.ALWAYS_FOLDED else "",
    )


def _fit(head: str, sections: Sequence[Section], about: About) -> str:
    """Return as much as fits: first every item in short, in order; then their details, in order."""
    frame = [head, _cut(about), *(_section(section, [], len(section.items)) for section in sections)]
    left = LIMIT - _size(_joined(frame))
    chosen: dict[tuple[int, int], str] = {}
    items = {(at, place): item for at, section in enumerate(sections) for place, item in enumerate(section.items)}
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
    place = f"[on the run's page]({about.page})" if about.page else f"`pulumi preview --diff --stack {about.stack}`"
    return f"> [!NOTE]\n> It is longer than GitHub lets a comment be, so details are left out. The whole: {place}."


def _section(section: Section, texts: Sequence[str], left_out: int = 0) -> str:
    """Return a section with these items' texts, and the number of items left out."""
    more = [f"- ... and {left_out} more"] if left_out else []
    content = _joined([*texts, *more])
    content = folded(section.fold, content) if section.fold else content
    return _joined([f"#### {section.title}", section.lead, content])


def _joined(parts: Iterable[str]) -> str:
    """Join parts by blank lines, and items of one list by line breaks."""
    text = ""
    for part in filter(None, (part.strip("\n") for part in parts)):
        in_list = part.startswith("- ") and text.rpartition(GAP)[2].startswith("- ")
        text += ("" if not text else "\n" if in_list else GAP) + part
    return text


def _size(text: str) -> int:
    return len(text.encode())
