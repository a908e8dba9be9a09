"""A line for each tier of a run: its tests and the time that the workers had for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from _pytest.reports import TestReport

from progress import duration


def tiers(reports: Iterable[TestReport]) -> list[str]:
    """The lines, the longest tier first; reports without a tier are left out."""
    tests: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for report in reports:
        tier = dict(report.user_properties).get("tier")
        if isinstance(tier, str):
            tests[tier] += report.when == "call"
            seconds[tier] += report.duration  # type: ignore[assignment]  # a Counter of floats
    return [f"{tier:<12}{tests[tier]:>6} tests  {duration(time)}" for tier, time in seconds.most_common()]
