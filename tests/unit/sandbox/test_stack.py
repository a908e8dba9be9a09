import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox import processes
from sandbox.cli import stack
from sandbox.errors import UserError
from sandbox.paths import Paths

pytestmark = pytest.mark.unit

PULUMI = """
echo "$*" >> calls
case "$1" in
  up) trap 'kill $!; echo cancelled >> calls; exit 1' INT; sleep 0.3; echo up; sleep 30 & wait $! ;;
  fail) echo "Diagnostics:" >&2; echo "error: no such stack" >&2; exit 255 ;;
  env) env ;;
esac
"""


@pytest.fixture
def pulumi(running: Paths, write_script: Callable[[Path, str], Path]) -> Path:
    return write_script(running.bin / "pulumi", PULUMI)


def lock(paths: Paths, **said: Any) -> Path:
    path = paths.pulumi_state / ".pulumi" / "locks" / "organization" / "federated-eks" / "sandbox" / "1.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"hostname": socket.gethostname(), "pid": 1 << 22, **said}))
    return path


def calls(paths: Paths) -> list[str]:
    file = paths.project / "calls"
    return file.read_text().splitlines() if file.exists() else []


@pytest.mark.usefixtures("pulumi")
def test_pulumi_runs_marked_and_away_from_the_persons_own_backend(
    running: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "pul-1")
    said = dict(line.split("=", 1) for line in stack.read(running, "env").splitlines() if "=" in line)
    assert said["PULUMI_BACKEND_URL"] == f"file://{running.pulumi_state}?metadata=skip"
    assert said[processes.MARK] == str(running.root)
    assert "PULUMI_ACCESS_TOKEN" not in said


@pytest.mark.usefixtures("pulumi")
def test_pulumis_own_last_word_is_the_error(running: Paths) -> None:
    with pytest.raises(UserError, match=r"^`pulumi fail`: no such stack$"):
        stack.read(running, "fail")


@pytest.mark.usefixtures("pulumi")
@pytest.mark.parametrize("said", [{}, {"pid": os.getpid()}, {"pid": None}], ids=["dead", "not a pulumi", "unknown"])
def test_the_lock_of_a_killed_pulumi_is_lifted(running: Paths, said: dict[str, Any]) -> None:
    lock(running, **said)
    stack.release(running)
    assert calls(running) == ["cancel --yes --stack sandbox"]


@pytest.mark.usefixtures("pulumi")
def test_nothing_is_lifted_where_nothing_is_locked(running: Paths) -> None:
    stack.release(running)
    assert calls(running) == []


@pytest.mark.usefixtures("pulumi")
def test_a_living_pulumi_is_not_disturbed(running: Paths, tmp_path: Path) -> None:
    copy = tmp_path / "bin" / "pulumi"
    copy.parent.mkdir()
    copy.write_bytes(Path("/bin/sleep").read_bytes())
    copy.chmod(0o755)
    with subprocess.Popen([copy, "60"]) as process:
        lock(running, pid=process.pid)
        with pytest.raises(UserError, match=rf"a pulumi is at work on the stack \(process {process.pid}, "):
            stack.release(running)
        process.kill()
    assert calls(running) == []


def test_an_interrupted_command_lets_pulumi_end_in_order(pulumi: Path, running: Paths) -> None:
    script = """
import signal, sys
from pathlib import Path
from sandbox.cli import stack
from sandbox.paths import Paths
signal.signal(signal.SIGINT, signal.default_int_handler)
stack.run(Paths(Path(sys.argv[1])), "up")
"""
    argv = [sys.executable, "-c", script, running.project]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert calls(running) == ["up", "cancelled"]


def test_a_pulumi_left_running_by_a_killed_command_is_ended(pulumi: Path, running: Paths) -> None:
    script = """
import sys
from pathlib import Path
from sandbox.cli import stack
from sandbox.paths import Paths
stack.run(Paths(Path(sys.argv[1])), "up")
"""
    with subprocess.Popen([sys.executable, "-c", script, running.project], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
    assert "pulumi" in processes.ours(running.root).values()
    began = time.monotonic()
    stack.end_orphans(running)
    assert processes.ours(running.root) == {}
    assert time.monotonic() - began < 5
