"""The stages of a command, on a terminal and without one."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from ops.configuration import PROJECT
from ops.stages import Stages
from tests import terminal

pytestmark = pytest.mark.unit

LIVE = "\r\033[K"
RED = "\033[31m"

SCRIPT = """
from ops.stages import Stages
with Stages("map", "dev") as stages:
    stages.begin("looking")
    stages.end("2 found")
    stages.begin("deleting them")
    raise SystemExit(1)
"""


def on_a_terminal(argv: Sequence[str], **env: str) -> str:
    """What a command prints on a terminal."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    return terminal.run(argv, cwd=PROJECT, env={**kept, "TERM": "xterm", **env})


def test_a_terminal_has_a_live_line_and_failures_in_red() -> None:
    printed = on_a_terminal([sys.executable, "-c", SCRIPT])
    assert printed.startswith(f"{LIVE}dev: looking ...{LIVE}dev: looking: 2 found (0 s)\n")
    assert printed.endswith(f"{LIVE}dev: deleting them: {RED}failed\033[0m (0 s)\n")


def test_without_color_a_failure_is_plain() -> None:
    assert RED not in on_a_terminal([sys.executable, "-c", SCRIPT], NO_COLOR="1")


def test_a_terminal_without_control_codes_gets_whole_lines() -> None:
    assert "\033" not in on_a_terminal([sys.executable, "-c", SCRIPT], TERM="dumb")


def test_without_a_terminal_each_stage_has_plain_lines_on_standard_error() -> None:
    process = subprocess.run([sys.executable, "-c", SCRIPT], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert process.stdout == ""
    assert process.stderr.splitlines() == [
        "dev: looking ...",
        "dev: looking: 2 found (0 s)",
        "dev: deleting them ...",
        "dev: deleting them: failed (0 s)",
    ]


def test_details_are_in_a_log_that_the_stage_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Stages("leftovers", "acme/dev") as stages:
        stages.begin("looking")
        stages.begin("deleting them")
        stages.say("one")
        stages.say("two")
        stages.begin("looking again")
    (log,) = tmp_path.glob("leftovers-acme-dev-*.log")
    assert log.read_text() == "one\ntwo\n"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert [line for line in capsys.readouterr().err.splitlines() if not line.endswith("...")] == [
        "acme/dev: looking: done (0 s)",
        f"acme/dev: deleting them: done, all of it in {log} (0 s)",
        "acme/dev: looking again: done (0 s)",
    ]


def test_stages_that_are_not_shown_print_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Stages("tunnel", "dev", shown=False) as stages:
        stages.begin("tunnels")
        stages.end("2 open")
    assert capsys.readouterr().err == ""
