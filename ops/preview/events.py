"""The engine's event log (`pulumi preview --event-log FILE`), read into a preview.

One JSON object a line (sdk/go/common/apitype/events.go). `pulumi preview --json` has no policies in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ops.preview import secrets
from ops.preview.differences import differences, found
from ops.preview.model import ABSENT, Change, Fate, Message, Preview, Resource, Violation, type_of

Event = Mapping[str, Any]

FATES: Mapping[str, Fate] = {
    "create": Fate.NEW,
    "update": Fate.CHANGED,
    "delete": Fate.DELETED,
    "replace": Fate.REPLACED,
    "create-replacement": Fate.REPLACED,
    "delete-replaced": Fate.REPLACED,
    "import": Fate.IMPORTED,
    "import-replacement": Fate.IMPORTED,
    "discard": Fate.FORGOTTEN,
    "discard-replaced": Fate.FORGOTTEN,
    "remove-pending-replace": Fate.FORGOTTEN,
}
"""By the engine's operation (pkg/resource/deploy/step.go); one that isn't here is OTHER, and told."""

UNTOLD = ("same", "read", "refresh")
"""Operations that leave a resource as it is."""

EMPTY = "preview failed\n"
"""An error that says nothing of why."""

COLOR = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*[A-Za-z]")
"""Colours in messages, as the engine and as terminals have them."""


def read(log: Iterable[str]) -> list[Event]:
    """The events of a log's lines; a line that was cut short, by a pulumi that was killed, is left out."""
    events: list[Event] = []
    for line in log:
        try:
            events.append(json.loads(line))
        except ValueError:
            continue
    return events


def preview(events: Iterable[Event]) -> Preview:
    """The preview that the events tell of."""
    kinds: dict[str, list[Any]] = {}
    for event in events:
        for kind, payload in event.items():
            kinds.setdefault(kind, []).append(payload)
    summary: Mapping[str, Any] = (kinds.get("summaryEvent") or [{}])[-1]
    violations = [_violation(one) for one in kinds.get("policyEvent", ())]
    messages = _messages(kinds.get("diagnosticEvent", ()), kinds.get("errorEvent", ()))
    refused = any(one.level == "mandatory" for one in violations)
    failed = summary.get("result", "succeeded") != "succeeded" and not refused
    return Preview(
        resources=_resources([payload["metadata"] for payload in kinds.get("resourcePreEvent", ())]),
        unchanged=summary.get("resourceChanges", {}).get("same", 0),
        violations=violations + [_remediation(one) for one in kinds.get("policyRemediationEvent", ())],
        packs=_packs(summary.get("PolicyPacks") or {}),
        messages=messages,
        complete=bool(summary) and not failed and not any(message.severity == "error" for message in messages),
    )


def said(text: str) -> Message:
    """What pulumi itself said on its way out, as an error."""
    return Message(severity="error", text=_plain(text).removeprefix("error: ") or "Pulumi gave no reason.")


def _resources(steps: Iterable[Mapping[str, Any]]) -> list[Resource]:
    """One for each URN; a replacement is three steps, of which `replace` tells most."""
    told: dict[str, Mapping[str, Any]] = {}
    for step in steps:
        if step["op"] not in UNTOLD and (step["urn"] not in told or step["op"] == "replace"):
            told[step["urn"]] = step
    return sorted((_resource(step) for step in told.values()), key=lambda one: (one.name, one.urn))


def _resource(step: Mapping[str, Any]) -> Resource:
    detailed: Mapping[str, Mapping[str, Any]] = step.get("detailedDiff") or {}
    forced = [path for path, one in sorted(detailed.items()) if one["diffKind"].endswith("-replace")]
    reasons = forced or sorted(step.get("keys") or ())
    new = _properties(step, "new", "inputs")
    old: Mapping[str, Any] = step.get("old") or {}
    return Resource(
        urn=step["urn"],
        op=step["op"],
        fate=FATES.get(step["op"], Fate.OTHER),
        parent=(old or step["new"]).get("parent") or "",
        id=old.get("id") or "",
        changes=_changes(step, detailed),
        reasons=reasons,
        cause=any(found(new, path) != secrets.UNKNOWN for path in reasons),
    )


def _changes(step: Mapping[str, Any], detailed: Mapping[str, Mapping[str, Any]]) -> Sequence[Change]:
    old, new = _properties(step, "old", "inputs"), _properties(step, "new", "inputs")
    if not detailed or old is ABSENT or new is ABSENT:
        return tuple(differences(old, new))
    before = _properties(step, "old", "outputs")
    changes: list[Change] = []
    for path, one in sorted(detailed.items()):
        was, becomes = found(old if one.get("inputDiff") else before, path), found(new, path)
        changes += list(differences(was, becomes, path)) or [Change(path=path, old=was, new=becomes)]
    return tuple(changes)


def _properties(step: Mapping[str, Any], side: str, kind: str) -> Any:
    state = step.get(side)
    return ABSENT if state is None else secrets.blind(state["type"], state.get(kind) or {})


def _violation(event: Mapping[str, Any]) -> Violation:
    return Violation(
        level=event["enforcementLevel"],
        policy=event["policyName"],
        pack=event["policyPackName"],
        message=_plain(event["message"]),
        urn=event.get("resourceUrn", ""),
    )


def _remediation(event: Mapping[str, Any]) -> Violation:
    type_ = type_of(event["resourceUrn"])
    before, after = (secrets.blind(type_, event.get(side) or {}) for side in ("before", "after"))
    return Violation(
        level="remediate",
        policy=event["policyName"],
        pack=event["policyPackName"],
        message="",
        urn=event["resourceUrn"],
        changes=tuple(differences(before, after)),
    )


def _packs(packs: Mapping[str, str]) -> dict[str, str]:
    """Names and versions; a pack of a folder has the folder in its name."""
    return {name.partition("|")[0]: version for name, version in packs.items()}


def _messages(diagnostics: Iterable[Mapping[str, Any]], errors: Iterable[Mapping[str, Any]]) -> list[Message]:
    """Errors and warnings; what the program wrote on its standard error is a message, line by line put together."""
    told = [
        Message(severity=one["severity"], text=_plain(one["message"]), urn=one.get("urn", ""))
        for one in diagnostics
        if one["severity"] in ("error", "warning") and not one.get("ephemeral") and one["message"] != EMPTY
    ]
    lines = [one["message"].rstrip("\n") for one in diagnostics if one["severity"] == "info#err"]
    told += [Message(severity="stderr", text=_plain("\n".join(lines)))] if lines else []
    return told + [Message(severity="error", text=_plain(one["error"])) for one in errors]


def _plain(text: str) -> str:
    return secrets.censored(COLOR.sub("", text)).strip("\n")
