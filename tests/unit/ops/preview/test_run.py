"""`python -m ops preview`: with a pulumi that writes an event log and ends with a given exit code."""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest

from ops.__main__ import main
from ops.preview import github, run

pytestmark = pytest.mark.unit

PULUMI = """#!/usr/bin/env python3
import sys
from pathlib import Path
here = Path(__file__).parent
(here / "argv").write_text("\\n".join(sys.argv[1:]))
log = Path(sys.argv[sys.argv.index("--event-log") + 1])
if (here / "events").exists():
    log.write_text((here / "events").read_text())
sys.stdout.write((here / "printed").read_text())
sys.stderr.write((here / "said").read_text())
sys.exit(int((here / "code").read_text()))
"""

PRINTED = " ~ a:b:C c update\n\nResources:\n    ~ 1 to update\n    244 unchanged\n"

UPDATED = {
    "resourcePreEvent": {
        "metadata": {
            "op": "update",
            "urn": "urn:pulumi:dev::p::a:b:C::c",
            "type": "a:b:C",
            "old": {"type": "a:b:C", "id": "c-1", "inputs": {"a": 1}, "outputs": {"a": 1}},
            "new": {"type": "a:b:C", "inputs": {"a": 2}},
            "detailedDiff": None,
        }
    }
}
SUMMARY = {"summaryEvent": {"resourceChanges": {}, "PolicyPacks": {}}}
ERROR = {"diagnosticEvent": {"severity": "error", "message": "<{%reset%}>no such region<{%reset%}>\n"}}


class Pulumi:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ends(0)

    def ends(self, code: int, *events: dict[str, Any], said: str = "") -> None:
        (self.folder / "code").write_text(str(code))
        (self.folder / "said").write_text(said)
        (self.folder / "printed").write_text(PRINTED)
        (self.folder / "events").write_text("".join(f"{json.dumps(event)}\n" for event in events))

    @property
    def argv(self) -> list[str]:
        return (self.folder / "argv").read_text().splitlines()


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pulumi:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pulumi").write_text(PULUMI)
    (tmp_path / "bin" / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    for name in ("GITHUB_RUN_ID", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return Pulumi(tmp_path / "bin")


def report(folder: Path) -> tuple[str, str]:
    return (folder / run.COMMENT).read_text(), (folder / run.OUTCOME).read_text()


def preview(folder: Path, *more: str) -> int:
    return main(["preview", "run", "--stack", "dev", "--into", str(folder), *more])


def test_a_preview_is_run_and_written_down(pulumi: Pulumi, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pulumi.ends(0, UPDATED, SUMMARY)
    assert preview(tmp_path / "report", "--commit", "0123456789abcdef", "--", "--policy-pack", "policies") == 0
    text, outcome = report(tmp_path / "report")
    assert "1 changed" in text and "Commit `0123456789ab`" in text and outcome == "changes"
    assert pulumi.argv[:7] == ["preview", "--non-interactive", "--color", "never", "--stack", "dev", "--policy-pack"]
    assert sorted(one.name for one in (tmp_path / "report").iterdir()) == [run.COMMENT, run.OUTCOME, run.WHOLE]
    captured = capsys.readouterr()
    assert captured.out == f"{tmp_path}/report/comment.md: changes\n"
    (log,) = tmp_path.glob("preview-dev-*.log")
    line = f"dev: pulumi preview: 1 to update, 244 unchanged, all of it in {log} ("
    assert captured.err.splitlines()[-1].startswith(line)
    assert log.read_text() == PRINTED


def test_a_failed_preview_is_reported_and_fails_the_job(
    pulumi: Pulumi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pulumi.ends(255, UPDATED, ERROR, SUMMARY, said="error: preview failed\n")
    assert preview(tmp_path) == 255
    text, outcome = report(tmp_path)
    assert "failed" in text and "no such region\n" in text and "error: preview failed" not in text
    assert outcome == "failed"
    assert capsys.readouterr().err.endswith(f"{PRINTED}error: preview failed\n"), "a job's log shows why"


def test_violated_policies_fail_the_job_and_are_reported(pulumi: Pulumi, tmp_path: Path) -> None:
    said = {
        "message": "It is public.",
        "policyName": "no-public",
        "policyPackName": "pack",
        "enforcementLevel": "mandatory",
    }
    result = {"summaryEvent": {"resourceChanges": {"update": 1}, "PolicyPacks": {"pack": "1"}, "result": "failed"}}
    ended = {"diagnosticEvent": {"severity": "error", "message": "preview failed\n"}}
    pulumi.ends(1, UPDATED, {"policyEvent": said}, ended, result)
    assert preview(tmp_path) == 1
    assert "### Preview of `dev`: refused by policies; 1 changed" in report(tmp_path)[0]


def test_a_failure_before_the_engine_starts_is_reported(pulumi: Pulumi, tmp_path: Path) -> None:
    (pulumi.folder / "events").unlink()
    (pulumi.folder / "code").write_text("1")
    (pulumi.folder / "said").write_text("error: no stack named 'dev' found\n")
    assert preview(tmp_path) == 1
    assert "no stack named 'dev' found" in report(tmp_path)[0]


def test_a_pulumi_that_was_killed_has_failed(pulumi: Pulumi, tmp_path: Path) -> None:
    pulumi.ends(0, UPDATED)
    with (pulumi.folder / "events").open("a") as log:
        log.write('{"resourcePreEvent": {"meta')
    assert preview(tmp_path) == 1
    assert "failed" in report(tmp_path)[0]


def test_a_drift_is_no_failure_though_pulumi_calls_it_one(pulumi: Pulumi, tmp_path: Path) -> None:
    said = "error: no changes were expected but changes were proposed\n"
    pulumi.ends(255, UPDATED, SUMMARY, said=said)
    assert preview(tmp_path, "--drift") == 0
    text, outcome = report(tmp_path)
    assert "### Drift of `dev`: 1 changed" in text and outcome == "changes"
    assert {"--refresh", "--expect-no-changes"} <= set(pulumi.argv)
    pulumi.ends(255, said="error: no credentials\n")
    assert preview(tmp_path, "--drift") == 255
    assert report(tmp_path)[1] == "failed"


def test_on_github_it_stands_in_the_summary_too_and_names_its_run(
    pulumi: Pulumi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "a/b")
    monkeypatch.setenv("GITHUB_RUN_ID", "12")
    pulumi.ends(0, UPDATED, SUMMARY)
    assert preview(tmp_path / "report") == 0
    assert (tmp_path / "summary").read_text() == (tmp_path / "report" / run.WHOLE).read_text() + "\n"
    assert "](https://github.com/a/b/actions/runs/12)" in report(tmp_path / "report")[0]
    monkeypatch.setattr(run, "SUMMARY", 10)
    monkeypatch.setattr("ops.preview.render.WIDTH", 10)
    assert preview(tmp_path / "report") == 0
    assert (tmp_path / "summary").read_text().endswith((tmp_path / "report" / run.COMMENT).read_text() + "\n")


def test_an_issue_follows_the_outcome(pulumi: Pulumi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(github, "issue", lambda *_: called.append("issue") or "#1")
    monkeypatch.setattr(github, "close", lambda *_: called.append("close") or [])
    argv = ["preview", "issue", "--repository", "a/b", "--title", "Drift of dev", str(tmp_path)]
    for outcome, code in (("changes", 0), ("no changes", 0), ("failed", 1)):
        (tmp_path / run.COMMENT).write_text("x")
        (tmp_path / run.OUTCOME).write_text(outcome)
        assert main(argv) == code
    assert called == ["issue", "close"]


def test_a_user_error_is_one_line(
    pulumi: Pulumi, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["preview", "run", "--stack", "dev -->", "--into", str(tmp_path)]) == 1
    assert main(["preview", "comment", "--number", "1", str(tmp_path / "none")]) == 1
    monkeypatch.setenv("PATH", "/nowhere")
    assert preview(tmp_path) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert re.fullmatch(r"error: --stack: dev --> can't be a stack's name; use letters.*", errors[0])
    assert re.fullmatch(r"error: .*/none/comment.md: No such file or directory; create it: python.*", errors[1])
    assert errors[2] == "error: pulumi: not found on PATH; install the Pulumi CLI, or put its directory on PATH"
