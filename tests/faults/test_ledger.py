"""The table of a run's faults."""

import pytest

from tests.faults.ledger import PROPERTY, Fault, record, table

pytestmark = pytest.mark.unit


def test_the_faults_of_all_tests_are_summed_by_kind() -> None:
    entries: list[tuple[str, object]] = [("other", 1)]
    for fault in (
        Fault(kind="engine killed", injected=2, survived=1, lost=1),
        Fault(kind="calls throttled", injected=30, survived=30),
        Fault(kind="engine killed", injected=3, survived=3, leaked=2),
    ):
        record(lambda name, value: entries.append((name, value)), fault)
    assert {name for name, _ in entries} == {"other", PROPERTY}
    assert [line.split() for line in table(entries)] == [
        ["fault", "injected", "survived", "lost", "leaked"],
        ["calls", "throttled", "30", "30", "0", "0"],
        ["engine", "killed", "5", "4", "1", "2"],
        ["all", "35", "34", "1", "2"],
    ]


def test_a_run_without_faults_prints_no_table() -> None:
    assert table([("other", 1)]) == []
