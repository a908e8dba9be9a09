"""The lines on the tiers at the end of a run."""

from typing import Literal

import pytest
from _pytest.reports import TestReport

from tests.summary import tiers

pytestmark = pytest.mark.unit


def report(tier: str | None, when: Literal["setup", "call"], seconds: float) -> TestReport:
    properties: list[tuple[str, object]] = [("tier", tier)] if tier else []
    return TestReport("a", ("a", 1, "a"), {}, "passed", None, when, user_properties=properties, duration=seconds)


def test_a_tier_s_setups_count_as_time_and_its_calls_as_tests() -> None:
    reports = [report("unit", "call", 2), report("fleet", "setup", 100), report("fleet", "call", 25)]
    assert tiers([*reports, report(None, "call", 900)]) == [
        "fleet            1 tests  2 min 05 s",
        "unit             1 tests  2 s",
    ]
