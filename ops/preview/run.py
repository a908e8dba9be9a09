"""`pulumi preview` run, and what it said written down: as a comment, and whole."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ops.errors import not_on_path
from ops.preview import comment, events
from ops.preview.comment import DRIFT, About
from ops.preview.model import Preview

COMMENT = "comment.md"
WHOLE = "whole.md"
OUTCOME = "outcome.txt"
"""`failed`, `changes` or `no changes`."""

EVENT_LOG = {"PULUMI_DEBUG_COMMANDS": "true"}
"""Without it the CLI knows no `--event-log`; Pulumi's automation API sets it as well."""

SUMMARY = 1_000_000
"""Bytes that a step may add to its run's summary: GitHub's limit is 1 MiB, above which it shows nothing."""


def run(about: About, into: Path, more: Sequence[str]) -> int:
    """Preview the stack and write COMMENT, WHOLE and OUTCOME; pulumi's exit code, but 0 for a drift that was found.

    Raises UserError if there is no pulumi.
    """
    argv = ["pulumi", "preview", "--non-interactive", "--color", "never", "--stack", about.stack, *more]
    argv += ["--refresh", "--expect-no-changes"] if about.kind == DRIFT else []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "events"
        code, said = _run([*argv, "--event-log", str(log)])
        told = judged(read(log), code, said, drift=about.kind == DRIFT)
    into.mkdir(parents=True, exist_ok=True)
    (into / COMMENT).write_text(comment.comment(told, about), encoding="utf-8")
    (into / WHOLE).write_text(comment.whole(told, about), encoding="utf-8")
    (into / OUTCOME).write_text("failed" if not told.complete else "changes" if told.resources else "no changes")
    _summarize(into)
    if about.kind == DRIFT and told.complete:
        return 0
    return code or (0 if told.complete else 1)


def read(log: Path) -> Preview:
    """The preview in an event log; one without any events if there is no log."""
    if not log.exists():
        return events.preview([])
    with log.open(encoding="utf-8") as lines:
        return events.preview(events.read(lines))


def judged(told: Preview, code: int, said: str, *, drift: bool) -> Preview:
    """The preview, failed if pulumi says so by its exit code, and then with a reason.

    What policies refuse is told as such, and a drift is no failure, though `--expect-no-changes` makes it one.
    """
    if code == 0 or (told.complete and (told.refused or (drift and told.resources))):
        return told
    reason = [] if told.said("error") or told.said("stderr") else [events.said(said)]
    return replace(told, complete=False, messages=[*told.messages, *reason])


def _run(argv: Sequence[str]) -> tuple[int, str]:
    """Run it, its output shown as it comes; its exit code, and what it said on standard error."""
    said: list[str] = []
    try:
        with subprocess.Popen(argv, env={**os.environ, **EVENT_LOG}, stderr=subprocess.PIPE, text=True) as process:
            for line in process.stderr or ():
                said.append(line)
                print(line, end="", file=sys.stderr, flush=True)
    except FileNotFoundError:
        raise not_on_path("pulumi", "the Pulumi CLI") from None
    return process.returncode, "".join(said)


def _summarize(into: Path) -> None:
    """On GitHub, add it to the run's page: the whole of it, or the comment where that is too long for the page."""
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        text = (into / WHOLE).read_bytes()
        text = text if len(text) < SUMMARY else (into / COMMENT).read_bytes()
        with Path(summary).open("ab") as page:
            page.write(text + b"\n")
