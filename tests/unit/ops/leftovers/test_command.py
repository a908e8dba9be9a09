"""The command line of `python -m ops leftovers`: its question, its options, its waits and its exit code."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ops.__main__ import main
from ops.leftovers import clusters, command
from ops.leftovers.clusters import Cluster, Named
from ops.leftovers.find import Kind, Leftover
from ops.leftovers.run import Options, Result, Run
from tests.unit.ops.leftovers.aws import REGION, Account

pytestmark = pytest.mark.unit

GROUP = "/aws/eks/fleet-1/cluster"
LOGS = Leftover(kind=Kind.LOGS, id=GROUP, cluster="fleet-1", region=REGION)
DELETE = ["leftovers", "--stack", "dev", "--delete"]


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> list[Result]:
    """What each run ends with; the last one again and again."""
    results: list[Result] = []
    monkeypatch.setattr(Run, "result", lambda _: results.pop(0) if len(results) > 1 else results[0])
    return results


def test_the_exit_code_says_whether_anything_is_left(results: list[Result], capsys: pytest.CaptureFixture[str]) -> None:
    results[:] = [Result(left=[LOGS], why={GROUP: "it is new"}, notes=["a note"])]
    assert main(["leftovers", "--stack", "dev"]) == 1
    printed = capsys.readouterr().out
    assert f"{GROUP}: it is new\na note\n" in printed
    assert printed.endswith("To delete it: python -m ops leftovers --stack dev --delete\n")
    results[:] = [Result(tried=True)]
    assert main([*DELETE, "--yes"]) == 0
    assert capsys.readouterr().out == "Nothing is left.\n"
    results[:] = [Result(failed=True, tried=True, notes=["fleet-1: Service shop/web: it still exists"])]
    assert main([*DELETE, "--yes"]) == 1
    assert capsys.readouterr().out == "fleet-1: Service shop/web: it still exists\n"


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses, while every look at the clock costs 25 seconds."""
    slept: list[float] = []
    clock = iter(range(0, 1000, 25))
    monkeypatch.setattr(command, "time", SimpleNamespace(sleep=slept.append, monotonic=lambda: next(clock)))
    return slept


def test_it_goes_on_looking_for_what_comes_later(results: list[Result], slept: list[float]) -> None:
    results[:] = [Result(tried=True), Result(tried=True, left=[LOGS]), Result(tried=True)]
    assert main([*DELETE, "--yes", "--settle", "2"]) == 0
    assert len(slept) == 2


def test_a_list_that_has_found_something_does_not_wait_for_more(results: list[Result], slept: list[float]) -> None:
    results[:] = [Result(left=[LOGS])]
    assert main(["leftovers", "--stack", "dev", "--settle", "2"]) == 1
    assert slept == []


@pytest.fixture
def orphaned(aws: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account that has the log group of a cluster that is gone, for a run that the command line starts."""
    aws.log_group("fleet-1")
    monkeypatch.setattr(clusters, "named", lambda *_: ([Named(REGION, "fleet-1")], set()))
    monkeypatch.setattr(clusters, "look_up", lambda *_, **__: Cluster(name="fleet-1", region=REGION))
    defaults = Run.__init__.__kwdefaults__ or {}
    monkeypatch.setattr(Run.__init__, "__kwdefaults__", {**defaults, "call": aws.call})
    return aws


def test_nobody_is_asked_where_there_is_no_terminal(orphaned: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(DELETE) == 1
    assert "--delete: asks before it deletes, and there is no terminal" in capsys.readouterr().err
    assert "logs:DeleteLogGroup" not in orphaned.actions
    assert main([*DELETE, "--yes"]) == 0
    assert "logs:DeleteLogGroup" in orphaned.actions


@pytest.mark.parametrize(("typed", "code"), [(" dev\n", 0), ("yes", 1), ("", 1)])
def test_only_the_stack_s_name_is_consent(
    orphaned: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, code: int
) -> None:
    shown: list[str] = []

    def answer(question: str) -> str:
        shown.append(capsys.readouterr().out)
        assert question == "Type the stack's name, dev, to delete all this: "
        return typed

    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", answer)
    assert main(DELETE) == code
    assert GROUP in shown[0], "what goes is listed before the question"
    assert ("logs:DeleteLogGroup" in orphaned.actions) is (code == 0)


def test_a_run_gets_the_options(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[Options] = []

    class Spy(Run):
        def __init__(self, options: Options, **_: object) -> None:
            runs.append(options)

        def result(self) -> Result:
            return Result()

    monkeypatch.setattr("ops.leftovers.run.Run", Spy)
    named = ["eu-west-1/a", "eu-west-3/b"]
    only = [each for one in named for each in ("--cluster", one)]
    assert main(["leftovers", "--stack", "dev", "--retained", "--timeout", "3", *only]) == 0
    assert main([*DELETE, "--yes"]) == 0
    assert runs == [
        Options(stack="dev", retained=True, only=tuple(named), minutes=3),
        Options(stack="dev", delete=True, minutes=15),
    ]
