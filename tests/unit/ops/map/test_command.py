"""`python -m ops map`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ops import outputs
from ops.__main__ import main
from ops.map import gather
from tests.unit.ops.map.fleets import federation_of, idle, outputs_of

pytestmark = pytest.mark.unit


def test_without_pulumi_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["map", "--stack", "dev", "--output", str(tmp_path / "fleet.html")]) == 1
    assert capsys.readouterr().err == (
        "error: pulumi: not found on PATH; install the Pulumi CLI, or put its directory on PATH\n"
    )
    assert not list(tmp_path.iterdir())


def test_the_command_writes_a_page_of_what_pulumi_tells(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    called: list[list[str]] = []

    def run(argv: list[str], **_: Any) -> Any:
        called.append(argv)
        return subprocess.CompletedProcess(argv, 0, json.dumps(outputs_of(2)), "")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(gather, "federation", lambda outputs, _: federation_of(outputs))
    monkeypatch.setattr(gather, "running", idle)
    file = tmp_path / "fleet.html"
    assert main(["map", "--stack", "dev", "--output", str(file)]) == 0
    assert "172.22.0.0/16" in file.read_text()
    assert called == [["pulumi", "stack", "output", "--json", "--show-secrets", "--non-interactive", "--stack", "dev"]]
    captured = capsys.readouterr()
    assert captured.out == f"{file}: 2 clusters · 2 regions · 3 peerings · 1 federated type · 0 federated objects\n"
    assert captured.err == "dev: reading the clusters ...\ndev: reading the clusters: 2 read (0 s)\n"


def test_a_file_that_can_not_be_written_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(outputs, "read", lambda _: outputs_of(1))
    monkeypatch.setattr(gather, "federation", lambda outputs, _: federation_of(outputs))
    monkeypatch.setattr(gather, "running", idle)
    file = tmp_path / "nowhere" / "fleet.html"
    assert main(["map", "--stack", "dev", "--output", str(file)]) == 1
    error = f"\nerror: --output: {file}: No such file or directory; name a writable file\n"
    assert capsys.readouterr().err.endswith(error)
