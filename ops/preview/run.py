"""Run `pulumi preview`, and write its report: as a comment, and in full."""

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
from ops.stages import Stages

COMMENT = "comment.md"
WHOLE = "whole.md"
OUTCOME = "outcome.txt"
"""The file with the outcome: `failed`, `changes` or `no changes`."""

EVENT_LOG = {"PULUMI_DEBUG_COMMANDS": "true"}
"""The variable that enables `--event-log`; Pulumi's automation API sets it too."""

SUMMARY = 1_000_000
"""The most bytes that a step adds to its run's summary; above 1 MiB, GitHub shows nothing."""


def run(about: About, into: Path, more: Sequence[str]) -> int:
    """Preview the stack and write COMMENT, WHOLE and OUTCOME; return pulumi's exit code, or 0 for a drift.

    Raise UserError if pulumi is not installed.
    """
    argv = ["pulumi", "preview", "--non-interactive", "--color", "never", "--stack", about.stack, *more]
    argv += ["--refresh", "--expect-no-changes"] if about.kind == DRIFT else []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "events"
        exit_code, printed, stderr = _run(about.stack, [*argv, "--event-log", str(log)])
        preview = judge(read(log), exit_code, stderr, drift=about.kind == DRIFT)
    into.mkdir(parents=True, exist_ok=True)
    (into / COMMENT).write_text(comment.comment(preview, about), encoding="utf-8")
    (into / WHOLE).write_text(comment.whole(preview, about), encoding="utf-8")
    (into / OUTCOME).write_text("failed" if not preview.complete else "changes" if preview.resources else "no changes")
    _summarize(into)
    if about.kind == DRIFT and preview.complete:
        return 0
    if exit_code:
        print(printed, stderr, sep="", end="", file=sys.stderr)
    return exit_code or (0 if preview.complete else 1)


def read(log: Path) -> Preview:
    """Return the preview in an event log; an empty, failed one if there is no log."""
    if not log.exists():
        return events.preview([])
    with log.open(encoding="utf-8") as lines:
        return events.preview(events.read(lines))


def judge(preview: Preview, exit_code: int, stderr: str, *, drift: bool) -> Preview:
    """Return the preview, marked as failed with a reason if pulumi's exit code means a failure.

    Pulumi's exit code is also an error for a violated policy, and for a drift with `--expect-no-changes`; such a
    preview has not failed.
    """
    if exit_code == 0 or (preview.complete and (preview.refused or (drift and preview.resources))):
        return preview
    has_reason = preview.messages_of("error") or preview.messages_of("stderr")
    reason = [] if has_reason else [events.exit_message(stderr)]
    return replace(preview, complete=False, messages=[*preview.messages, *reason])


def _run(stack: str, argv: Sequence[str]) -> tuple[int, str, str]:
    """Run pulumi in a stage of one line; return its exit code, its output and its standard error."""
    lines: list[str] = []
    environ = {**os.environ, **EVENT_LOG}
    with Stages("preview", stack) as stages, tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        stages.begin("pulumi preview")
        try:
            with subprocess.Popen(argv, env=environ, stdout=subprocess.PIPE, stderr=errors, text=True) as process:
                for line in process.stdout or ():
                    lines.append(line)
                    stages.say(line.rstrip())
        except FileNotFoundError:
            raise not_on_path("pulumi", "the Pulumi CLI") from None
        stages.end("failed" if process.returncode else counts("".join(lines)))
        errors.seek(0)
        return process.returncode, "".join(lines), errors.read()


def counts(printed: str) -> str:
    """Return Pulumi's counts of resources on one line: `2 to create, 244 unchanged`."""
    section = printed.partition("\nResources:\n")[2].partition("\n\n")[0]
    return ", ".join(line.strip().lstrip("+-~ ") for line in section.splitlines() if line.strip()) or "done"


def _summarize(into: Path) -> None:
    """Add, on GitHub, the full report to the run's page, or the comment if the full report is too long for the page."""
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        text = (into / WHOLE).read_bytes()
        text = text if len(text) < SUMMARY else (into / COMMENT).read_bytes()
        with Path(summary).open("ab") as page:
            page.write(text + b"\n")
