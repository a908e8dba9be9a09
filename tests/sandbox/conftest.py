"""What a failed test on a fleet shows."""

from collections.abc import Generator

import pytest

from tests.sandbox.fleet.live import Fleet


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the ends of the sandbox's logs with a test that failed."""
    report = yield
    fleets = {id(found): found for found in getattr(item, "funcargs", {}).values() if isinstance(found, Fleet)}
    for fleet in fleets.values() if report.failed else ():
        report.sections.append(("sandbox logs", fleet.checkout.logs()))
    return report
