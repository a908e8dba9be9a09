"""A preview, read from the engine's event log (`pulumi preview --event-log FILE`).

The log has a JSON object on each line (sdk/go/common/apitype/events.go). `pulumi preview --json` has no policies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ops.preview import secrets
from ops.preview.differences import differences, value_at
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
"""The fates by the engine's operation (pkg/resource/deploy/step.go); any other operation is OTHER."""

UNCHANGED = ("same", "read", "refresh")
"""Operations that leave a resource unchanged."""

EMPTY = "preview failed\n"
"""The text of an error that gives no reason."""

COLOR = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*[A-Za-z]")
"""The engine's and the terminals' markup of colours in messages."""


def read(log: Iterable[str]) -> list[Event]:
    """Return the events of a log's lines, without a line that is incomplete because pulumi was killed."""
    events: list[Event] = []
    for line in log:
        try:
            events.append(json.loads(line))
        except ValueError:
            continue
    return events


def preview(events: Iterable[Event]) -> Preview:
    """Return the preview that the events describe."""
    kinds: dict[str, list[Any]] = {}
    for event in events:
        for kind, payload in event.items():
            kinds.setdefault(kind, []).append(payload)
    summary: Mapping[str, Any] = (kinds.get("summaryEvent") or [{}])[-1]
    violations = [_violation(event) for event in kinds.get("policyEvent", ())]
    messages = _messages(kinds.get("diagnosticEvent", ()), kinds.get("errorEvent", ()))
    refused = any(violation.level == "mandatory" for violation in violations)
    failed = summary.get("result", "succeeded") != "succeeded" and not refused
    return Preview(
        resources=_resources([payload["metadata"] for payload in kinds.get("resourcePreEvent", ())]),
        unchanged=summary.get("resourceChanges", {}).get("same", 0),
        violations=violations + [_remediation(event) for event in kinds.get("policyRemediationEvent", ())],
        packs=_packs(summary.get("PolicyPacks") or {}),
        messages=messages,
        complete=bool(summary) and not failed and not any(message.severity == "error" for message in messages),
    )


def exit_message(text: str) -> Message:
    """Return pulumi's output before it failed, as an error."""
    return Message(severity="error", text=_plain(text).removeprefix("error: ") or "Pulumi gave no reason.")


def _resources(steps: Iterable[Mapping[str, Any]]) -> list[Resource]:
    """Return a resource for each URN; of a replacement's three steps, `replace` has the most details."""
    by_urn: dict[str, Mapping[str, Any]] = {}
    for step in steps:
        if step["op"] not in UNCHANGED and (step["urn"] not in by_urn or step["op"] == "replace"):
            by_urn[step["urn"]] = step
    return sorted((_resource(step) for step in by_urn.values()), key=lambda resource: (resource.name, resource.urn))


def _resource(step: Mapping[str, Any]) -> Resource:
    detailed: Mapping[str, Mapping[str, Any]] = step.get("detailedDiff") or {}
    forced = [path for path, diff in sorted(detailed.items()) if diff["diffKind"].endswith("-replace")]
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
        cause=any(value_at(new, path) != secrets.UNKNOWN for path in reasons),
    )


def _changes(step: Mapping[str, Any], detailed: Mapping[str, Mapping[str, Any]]) -> Sequence[Change]:
    old, new = _properties(step, "old", "inputs"), _properties(step, "new", "inputs")
    if not detailed or old is ABSENT or new is ABSENT:
        return tuple(differences(old, new))
    before = _properties(step, "old", "outputs")
    changes: list[Change] = []
    for path, diff in sorted(detailed.items()):
        old_value = value_at(old if diff.get("inputDiff") else before, path)
        new_value = value_at(new, path)
        changes += list(differences(old_value, new_value, path)) or [Change(path=path, old=old_value, new=new_value)]
    return tuple(changes)


def _properties(step: Mapping[str, Any], side: str, kind: str) -> Any:
    state = step.get(side)
    return ABSENT if state is None else secrets.redact(state["type"], state.get(kind) or {})


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
    before, after = (secrets.redact(type_, event.get(side) or {}) for side in ("before", "after"))
    return Violation(
        level="remediate",
        policy=event["policyName"],
        pack=event["policyPackName"],
        message="",
        urn=event["resourceUrn"],
        changes=tuple(differences(before, after)),
    )


def _packs(packs: Mapping[str, str]) -> dict[str, str]:
    """Return the versions by name, without the folder that the name of a local pack ends with."""
    return {name.partition("|")[0]: version for name, version in packs.items()}


def _messages(diagnostics: Iterable[Mapping[str, Any]], errors: Iterable[Mapping[str, Any]]) -> list[Message]:
    """Return errors and warnings, and the program's standard error as one message."""
    messages = [
        Message(severity=event["severity"], text=_plain(event["message"]), urn=event.get("urn", ""))
        for event in diagnostics
        if event["severity"] in ("error", "warning") and not event.get("ephemeral") and event["message"] != EMPTY
    ]
    lines = [event["message"].rstrip("\n") for event in diagnostics if event["severity"] == "info#err"]
    messages += [Message(severity="stderr", text=_plain("\n".join(lines)))] if lines else []
    return messages + [Message(severity="error", text=_plain(event["error"])) for event in errors]


def _plain(text: str) -> str:
    return secrets.redact_text(COLOR.sub("", text)).strip("\n")
