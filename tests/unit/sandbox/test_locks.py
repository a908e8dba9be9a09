import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import locks
from sandbox.errors import UserError

pytestmark = pytest.mark.unit

HOLD = """
import sys, time
from pathlib import Path
from sandbox import locks
with locks.alone(Path(sys.argv[1]), "busy"):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(path: Path) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen([sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE, cwd=Path.cwd())
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_a_second_command_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    process = holder(tmp_path / "lock")
    try:
        with (
            pytest.raises(UserError, match=rf"at work \(process {process.pid}\)"),
            locks.alone(tmp_path / "lock", "at work"),
        ):
            pass
    finally:
        process.kill()
        process.wait()


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    process = holder(tmp_path / "lock")
    process.kill()
    process.wait()
    with locks.alone(tmp_path / "lock", "at work"):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_one_that_waits_says_so_and_then_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = HOLD.replace("60", "0.5")
    with subprocess.Popen([sys.executable, "-c", script, tmp_path / "lock"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with locks.exclusive(tmp_path / "lock", "waiting for it"):
            pass
    assert capsys.readouterr().out == "waiting for it\n"
