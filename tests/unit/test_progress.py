import io
import time

import pytest

import progress
from progress import Progress, Steps, duration

pytestmark = pytest.mark.unit


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_durations_are_seconds_then_minutes() -> None:
    assert [duration(s) for s in (0, 7.9, 59.9, 60, 185)] == ["0 s", "7 s", "59 s", "1 min 00 s", "3 min 05 s"]


def test_a_log_gets_a_line_at_the_beginning_and_one_at_the_end() -> None:
    out = io.StringIO()
    with Progress("Building", out) as step:
        for number in range(1000):
            step.update(f"{number} of 1000")
        step.done("1000 packages")
    assert out.getvalue() == "Building ...\nBuilding: 1000 packages (0 s)\n"


def test_a_log_gets_a_line_now_and_then_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SPARSE", 0.05)
    out = io.StringIO()
    with Progress("Building", out) as step:
        step.update("3 of 7")
        time.sleep(0.12)
    assert "\nBuilding: 3 of 7, 0 s\n" in out.getvalue()
    assert "\r" not in out.getvalue()


def test_a_terminal_sees_one_line_that_rewrites_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "FRAME", 0.02)
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    with Progress("Building", out) as step:
        step.update("packages " * 20)
        time.sleep(0.1)
    frames = out.getvalue().split("\r\033[K")
    assert out.getvalue().count("\n") == 1
    assert len(frames) > 3
    assert all(len(frame) < 30 for frame in frames)


@pytest.mark.parametrize(
    ("environ", "end"),
    [
        ({}, "\r\033[KBuilding: \033[31mfailed\033[0m (0 s)\n"),
        ({"NO_COLOR": "1"}, "\r\033[KBuilding: failed (0 s)\n"),
        ({"TERM": "dumb"}, "\nBuilding: failed (0 s)\n"),
    ],
)
def test_a_terminal_has_a_failure_in_red_if_it_may(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], end: str
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    out = Terminal()
    with pytest.raises(ValueError, match="no"), Progress("Building", out):
        raise ValueError("no")
    assert out.getvalue().endswith(end)


def test_an_error_leaves_the_step_as_failed() -> None:
    out = io.StringIO()
    with pytest.raises(ValueError, match="no"), Progress("Building", out) as step:
        step.done("never reached")
        raise ValueError("no")
    assert out.getvalue().endswith("Building: failed (0 s)\n")


def test_a_state_that_is_looked_up_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SPARSE", 0.05)
    out = io.StringIO()
    with Progress("Building", out, state=lambda: "3 of 7"):
        time.sleep(0.12)
    assert "\nBuilding: 3 of 7, 0 s\n" in out.getvalue()


def test_a_step_ends_where_the_next_begins_and_where_an_error_breaks_it_off() -> None:
    out = io.StringIO()
    with Steps(out) as steps:
        steps.begin("One")
        steps.begin("Two")
        steps.end("2 found")
        out.write("asked\n")
    assert out.getvalue() == "One ...\nOne: done (0 s)\nTwo ...\nTwo: 2 found (0 s)\nasked\n"
    with pytest.raises(ValueError, match="no"), Steps(out) as steps:
        steps.begin("Three")
        raise ValueError("no")
    assert out.getvalue().endswith("Three ...\nThree: failed (0 s)\n")
