"""`python -m tests.run`: what it prints of a run, by what pytest prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import run

pytestmark = pytest.mark.unit

DOTS = """============================= test session starts ==============================
4 workers [5584 items]

..................................................F..................... [  1%]
........................................................................ [  2%]
"""
TIERS = """===================== tiers, by the time of all workers ======================
fleet           99 tests  2 min 05 s
"""
COVERAGE = """================================ tests coverage ================================
ops/__main__.py   33   4   88%
Required test coverage of 97.0% reached. Total coverage: 97.94%
"""
FAILURE = """=================================== FAILURES ===================================
why
=========================== short test summary info ============================
FAILED tests/a.py::b
"""
GOOD = f"{DOTS}{COVERAGE}{TIERS}=============== 5584 passed in 2821.47s (0:47:01) ===============\n"
BAD = f"{DOTS}{FAILURE}=========== 1 failed, 5583 passed in 2821.47s (0:47:01) ===========\n"


def test_a_run_is_told_by_pytest_s_percentage_and_its_failures() -> None:
    assert run.state(DOTS) == "2%, 1 failed"
    assert run.state("........ [ 38%]\n") == "38%"
    assert run.state("") == ""


def test_a_good_run_has_its_tiers_coverage_and_last_line() -> None:
    assert run.result(GOOD) == "5584 passed"
    assert run.ending(GOOD).splitlines() == [TIERS.splitlines()[1], COVERAGE.splitlines()[2], GOOD.splitlines()[-1]]


def test_a_bad_run_has_everything_from_its_first_failure_on() -> None:
    assert run.result(BAD) == "1 failed, 5583 passed"
    assert run.report(BAD) == BAD[BAD.index(FAILURE) :].rstrip()
    assert run.report("error: unknown option\n") == "error: unknown option"


@pytest.mark.parametrize(("check", "code"), [("True", 0), ("False", 1)])
def test_pytest_is_run_and_its_output_is_in_the_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], check: str, code: int
) -> None:
    (tmp_path / "test_it.py").write_text(f"def test_it() -> None:\n    assert {check}, 'the reason'\n")
    log = tmp_path / "log" / "test.log"
    options = ["-p", "no:cacheprovider", "-p", "no:cov", "-c", "/dev/null", "--rootdir", str(tmp_path)]
    assert run.main([str(log), *options, str(tmp_path)]) == code
    printed = capfd.readouterr().out.splitlines()
    assert printed[0] == "Running the tests ..."
    assert printed[1].startswith(f"Running the tests: 1 {'failed' if code else 'passed'}, all of it in {log} (")
    assert [line for line in printed if line.startswith("E  ") and "the reason" in line] or code == 0
    assert "test session starts" in log.read_text()
