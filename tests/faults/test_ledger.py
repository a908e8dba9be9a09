"""The table of a run's faults, and the run's exit status."""

from pathlib import Path

import pytest

from tests.faults.ledger import PROPERTY, Fault, harmed, record, table

pytestmark = pytest.mark.unit

pytest_plugins = ["pytester"]

CHECKOUT = Path(__file__).parents[2]

RUN = """
import pytest

from tests.faults.ledger import Fault, record

@pytest.fixture
def completed(record_property):
    yield
    record(record_property, Fault(kind="completed after the test", injected=1, survived=1))

@pytest.mark.parametrize("times", [1, 2])
def test_a_fault(times: int, record_property, completed) -> None:
    record(record_property, Fault(kind="engine killed", injected=times, survived=times, lost={lost}))
"""


def test_the_faults_of_all_tests_are_summed_by_kind() -> None:
    entries = entered(
        Fault(kind="engine killed", injected=2, survived=1, lost=1),
        Fault(kind="calls throttled", injected=30, survived=30),
        Fault(kind="engine killed", injected=3, survived=3, leaked=2),
    )
    assert {name for name, _ in entries} == {"other", PROPERTY}
    assert [line.split() for line in table(entries)] == [
        ["fault", "injected", "survived", "lost", "leaked"],
        ["calls", "throttled", "30", "30", "0", "0"],
        ["engine", "killed", "5", "4", "1", "2"],
        ["all", "35", "34", "1", "2"],
    ]


def test_a_run_without_faults_prints_no_table() -> None:
    assert table([("other", 1)]) == []


def test_only_what_is_lost_or_leaked_is_harm() -> None:
    assert not harmed(entered(Fault(kind="engine killed", injected=2, survived=2)))
    assert harmed(entered(Fault(kind="engine killed", injected=2, survived=1, lost=1)))
    assert harmed(entered(Fault(kind="engine killed", injected=2, survived=1, leaked=1)))


@pytest.mark.parametrize(("lost", "workers", "status"), [(0, "0", 0), (1, "2", 1)])
def test_a_run_that_loses_something_fails(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, lost: int, workers: str, status: int
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))
    pytester.makeconftest("from tests.conftest import pytest_sessionfinish, pytest_terminal_summary")
    pytester.makepyfile(RUN.format(lost=lost))
    run = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-n", workers)
    run.stdout.re_match_lines(["completed after the test +2 +2 +0 +0", rf"engine killed +3 +3 +{2 * lost} +0"])
    assert run.ret == status


def entered(*faults: Fault) -> list[tuple[str, object]]:
    """Properties of reports with these faults, and one that is no fault."""
    entries: list[tuple[str, object]] = [("other", 1)]
    for fault in faults:
        record(lambda name, value: entries.append((name, value)), fault)
    return entries
