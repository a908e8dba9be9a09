"""One fleet for all tests of a fleet that is up; it is made as `make up` makes it."""

from collections.abc import Generator

import pytest

from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.live import Fleet

pytest.register_assert_rewrite("tests.sandbox.fleet.workloads")


@pytest.fixture(scope="session")
def live_fleet() -> Generator[Fleet, None, None]:
    """The fleet of Pulumi.sandbox.yaml: two regions. Tests leave it as they found it."""
    with fresh() as checkout:
        (checkout.paths.log / "make-up.txt").write_text(checkout.sandbox("up").stdout)
        yield Fleet(checkout)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the ends of the sandbox's logs with a test that failed."""
    report = yield
    fleets = {id(found): found for found in getattr(item, "funcargs", {}).values() if isinstance(found, Fleet)}
    for fleet in fleets.values() if report.failed else ():
        report.sections.append(("sandbox logs", fleet.checkout.logs()))
    return report
