import json
import os
import signal
import time

import pytest

from sandbox import processes
from sandbox.cli import daemon
from sandbox.errors import UserError
from sandbox.paths import Paths

pytestmark = pytest.mark.unit


def clouds(paths: Paths) -> list[int]:
    return [pid for pid, name in processes.ours(paths.root).items() if name == "cloud"]


def test_a_cloud_is_started_once(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    daemon.ensure(paths)
    first = clouds(paths)
    assert daemon.healthy(paths)
    daemon.ensure(paths)
    assert clouds(paths) == first
    assert len(first) == 1
    assert capsys.readouterr().out.count("Starting the sandbox: ready") == 1


def test_a_killed_cloud_is_replaced(paths: Paths) -> None:
    daemon.ensure(paths)
    (first,) = clouds(paths)
    os.kill(first, signal.SIGKILL)
    daemon.ensure(paths)
    assert clouds(paths) != [first]
    assert daemon.healthy(paths)


def test_a_cloud_that_hangs_is_replaced(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "TIMEOUT", 0.3)
    daemon.ensure(paths)
    (first,) = clouds(paths)
    os.kill(first, signal.SIGSTOP)
    monkeypatch.setattr(processes.end, "__defaults__", (0.5,))
    daemon.ensure(paths)
    assert clouds(paths) != [first]


def test_a_cloud_that_ends_says_why_in_one_line(paths: Paths) -> None:
    (paths.project / "mode").write_text("busy")
    message = "the sandbox ended while it started: port 4566 is in use by another program; end it"
    with pytest.raises(UserError, match=message) as error:
        daemon.ensure(paths)
    assert "\n" not in str(error.value)
    assert processes.ours(paths.root) == {}


def test_a_cloud_that_never_gets_ready_is_given_up(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    (paths.project / "mode").write_text("deaf")
    monkeypatch.setattr(daemon, "PATIENCE", 0.5)
    with pytest.raises(UserError, match=r"isn't ready after 0 s; see .*cloud\.log"):
        daemon.ensure(paths)


def test_stopping_ends_all_that_is_ours_and_nothing_else(paths: Paths) -> None:
    daemon.ensure(paths)
    environ = {**os.environ, "HOME": "/"}
    child = processes.start(paths.root, "etcd", ["sleep", "60"], paths.log / "etcd.log", environ)
    other = processes.start(paths.root.with_name("other"), "etcd", ["sleep", "60"], paths.log / "other.log", environ)
    assert daemon.stop(paths) == []
    assert processes.ours(paths.root) == {}
    child.wait(1)
    assert other.poll() is None
    other.kill()
    other.wait()
    assert not paths.cloud.exists()


def test_a_cloud_that_ignores_the_request_is_killed(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    (paths.project / "mode").write_text("stubborn")
    monkeypatch.setattr(daemon, "GRACE", 0.3)
    daemon.ensure(paths)
    began = time.monotonic()
    assert daemon.stop(paths) == []
    assert time.monotonic() - began < 5
    assert clouds(paths) == []


def test_what_is_left_is_asked_of_the_cloud(paths: Paths) -> None:
    assert daemon.leftovers(paths) is None
    (paths.project / "left").write_text(json.dumps(["vpc-1 in eu-west-1"]))
    daemon.ensure(paths)
    assert daemon.leftovers(paths) == ["vpc-1 in eu-west-1"]
