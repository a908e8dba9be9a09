"""The daemon: it starts, says where it is, ends in order, and says in one line what it can't start from."""

from __future__ import annotations

import json
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from sandbox.paths import Paths
from sandbox.processes import start
from tests.sandbox.aws.account import Account, refused, until

pytestmark = pytest.mark.aws

PROJECT = Path(__file__).resolve().parents[3]


class Daemon:
    """The daemon of a checkout, in a process of its own."""

    started: ClassVar[list[Daemon]] = []

    def __init__(self, folder: Path) -> None:
        self.paths = Paths(folder)
        argv = [sys.executable, "-m", "sandbox.cloud", "--project", str(folder)]
        self.process = subprocess.Popen(argv, cwd=PROJECT, stderr=subprocess.PIPE, text=True)
        self.started.append(self)

    def ready(self) -> Any:
        """What cloud.json says once it is there."""
        until(lambda: self.paths.cloud.exists() or self.process.poll() is not None, 30)
        return json.loads(self.paths.cloud.read_text())

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Its exit code and what it said, once it has had a signal."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        """Its exit code and what it said, once it has ended."""
        said = self.process.communicate(timeout=30)[1]
        return self.process.returncode, said


@pytest.fixture(autouse=True)
def _none_is_left() -> Iterator[None]:
    """Whatever a test started is ended, though the test fails."""
    yield
    while Daemon.started:
        process = Daemon.started.pop().process
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    """A daemon."""
    return Daemon(tmp_path)


def health(where: Any) -> Any:
    with urllib.request.urlopen(f"{where['aws_endpoint']}/sandbox/health") as answer:  # noqa: S310
        return json.load(answer)


def test_it_says_where_it_is_keeps_secrets_and_ends_in_order(daemon: Daemon) -> None:
    where = daemon.ready()
    assert where["pid"] == daemon.process.pid
    assert where["access_key_id"].startswith("AKIA")
    assert stat.S_IMODE(daemon.paths.cloud.stat().st_mode) == 0o600
    assert health(where) == {"ready": True, "clusters": {}}
    call = urllib.request.Request(where["aws_endpoint"], b"Action=CreateUser&Secret=hush", method="POST")  # noqa: S310
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(call)  # noqa: S310
    assert daemon.end(signal.SIGTERM) == (0, "")
    assert not daemon.paths.cloud.exists()


def test_a_second_one_is_refused(daemon: Daemon) -> None:
    daemon.ready()
    code, said = Daemon(daemon.paths.project).ended()
    assert code == 1
    assert said.count("\n") == 1
    assert f"is running already (process {daemon.process.pid})" in said
    assert health(daemon.ready())["ready"]
    assert daemon.end(signal.SIGINT) == (0, "")


def test_one_that_was_killed_is_followed_by_another(daemon: Daemon) -> None:
    before = daemon.ready()
    daemon.end(signal.SIGKILL)
    after = Daemon(daemon.paths.project)
    until(lambda: after.paths.cloud.exists() and after.ready()["pid"] == after.process.pid, 30)
    assert {**after.ready(), "pid": 0} == {**before, "pid": 0}
    assert after.end() == (0, "")


def test_what_a_killed_one_left_is_ended_and_a_persons_profile_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = Paths(tmp_path)
    left = start(paths.root, "left", ["sleep", "60"], paths.log / "left")
    reaper = threading.Thread(target=left.wait)
    reaper.start()
    monkeypatch.setenv("AWS_PROFILE", "that-is-not-there")
    daemon = Daemon(tmp_path)
    assert health(daemon.ready())["ready"]
    reaper.join(10)
    assert left.returncode == -signal.SIGTERM
    daemon.end()


def test_a_busy_port_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        paths = Paths(tmp_path)
        paths.aws.mkdir(parents=True)
        (paths.aws / "port").write_text(f"{taken.getsockname()[1]}\n")
        code, said = Daemon(tmp_path).ended()
    assert code == 1
    assert said.count("\n") == 1
    assert "in use by another program" in said


def test_a_damaged_journal_is_said(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    paths.aws.mkdir(parents=True)
    (paths.aws / "journal.jsonl").write_text("{\n")
    code, said = Daemon(tmp_path).ended()
    assert code == 1
    assert said.count("\n") == 1
    assert f"{paths.aws / 'journal.jsonl'}: line 1 is not JSON" in said


def test_health_is_not_good_while_a_control_plane_is_down(aws: Account) -> None:
    cluster = aws.cluster()
    assert aws.cloud.health() == {"ready": True, "clusters": {cluster: "ACTIVE"}}
    aws.planes.held = True
    assert aws.cloud.health() == {"ready": False, "clusters": {cluster: "ACTIVE"}}


def test_a_failure_of_moto_is_an_answer_and_not_the_end(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("moto has a hole here")

    with monkeypatch.context() as patch:
        patch.setattr("sandbox.aws.simulator.answer", fail)
        with refused("InternalFailure", "DescribeVpcs"):
            aws.ec2.describe_vpcs()
    assert aws.ec2.describe_vpcs()


def test_connections_are_kept(aws: Account) -> None:
    address = aws.cloud.server.url.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1]))) as connection:
        for _ in range(2):
            connection.sendall(b"GET /sandbox/health HTTP/1.1\r\nHost: here\r\n\r\n")
            time.sleep(0.05)
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def test_only_this_machine_is_answered(aws: Account) -> None:
    assert aws.cloud.server.url.startswith("http://127.0.0.1:")


def test_a_caller_that_is_killed_leaves_no_trace(aws: Account, capfd: pytest.CaptureFixture[str]) -> None:
    address = aws.cloud.server.url.removeprefix("http://").split(":")
    connection = socket.create_connection((address[0], int(address[1])))
    connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n12345")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    time.sleep(0.2)
    assert capfd.readouterr().err == ""
