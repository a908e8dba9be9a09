"""The distribution of tests over workers: a fleet is brought up once, so all of its tests stay together."""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

import pytest
from _pytest.terminal import TerminalReporter
from xdist.scheduler import LoadScopeScheduling

from tests import summary
from tests.faults import ledger

# A failed assertion of a module that tests share shows its values, too.
pytest.register_assert_rewrite("tests.sandbox", "tests.unit", "tests.faults.killing", "tests.faults.aws_fleet")

TESTS = Path(__file__).parent

TIERS = ("unit", "aws", "kubernetes", "policies", "fleet")
"""The markers, of which each test has one."""

MEASURED = ("unit", "policies")
"""The tiers whose coverage counts. The others run the program in processes that aren't measured, and the tracer would
take a third of their own time."""

GROUPS = (
    "sandbox/fleet",
    "sandbox/karmada",
    "sandbox/fleet/test_migration.py",
    "sandbox/fleet/test_types.py",
    "sandbox/fleet/test_global_name.py",
    "sandbox/production",
    "sandbox/production/test_control_plane.py",
    "sandbox/production/test_bastion.py",
    "sandbox/production/test_compute.py",
    "sandbox/production/test_existing_vpc.py",
    "sandbox/production/test_network.py",
    "sandbox/fleet/test_faults.py",
    "sandbox/plugins/test_permissions.py",
    "faults",
    "sandbox/plugins",
    "policies",
    "sandbox/clusters",
    "sandbox/aws",
    "sandbox",
    "unit/components",
    "unit/sandbox",
    "unit/ops",
    "unit/settings",
    "unit",
    ".",
)
"""Folders and files whose tests share what they run on, the longest first; a test is of the closest one around it."""


class ByGroup(LoadScopeScheduling):
    """A scheduler that gives all tests of a group to one worker; of `faults`, whose files share no fleet, of a file."""

    def _split_scope(self, nodeid: str) -> str:
        test = PurePath(nodeid.split("::")[0]).relative_to(TESTS.name)
        return str(test) if group(test) == "faults" else group(test)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByGroup:
    """Return the scheduler."""
    return ByGroup(config, log)  # type: ignore[arg-type]  # a logger of xdist's own


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the groups that take longest, and note each test's tier and group for tests/bench/tiers.py.

    Coverage counts the tests of some tiers alone.
    """
    items.sort(key=lambda item: GROUPS.index(group(item.path.relative_to(TESTS))))
    for item in items:
        tier = next((marker.name for marker in item.iter_markers() if marker.name in TIERS), "none")
        if tier not in MEASURED:
            item.add_marker("no_cover")
        item.user_properties += [("tier", tier), ("group", group(item.path.relative_to(TESTS)))]


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print a line for each tier, and the table of the run's faults."""
    per_tier = summary.tiers(_reports(terminalreporter))
    if len(per_tier) > 1:
        terminalreporter.section("tiers, by the time of all workers")
        terminalreporter.write_line("\n".join(per_tier))
    lines = ledger.table(_properties(terminalreporter))
    if lines:
        terminalreporter.section("faults")
        terminalreporter.write_line("\n".join(lines))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run whose faults have lost or leaked something, even if every test has passed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if isinstance(reporter, TerminalReporter) and ledger.harmed(_properties(reporter)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _properties(reporter: TerminalReporter) -> Iterator[tuple[str, object]]:
    """Each test's properties once. Its last report, of no category if it passed, has those of fixtures' ends too."""
    last: dict[str, Sequence[tuple[str, object]]] = {}
    for report in _reports(reporter):
        if len(report.user_properties) >= len(last.get(report.nodeid, ())):
            last[report.nodeid] = report.user_properties
    for properties in last.values():
        yield from properties


def _reports(reporter: TerminalReporter) -> Iterator[pytest.TestReport]:
    """The reports of all tests' setups, calls and teardowns."""
    for kind in ("passed", "failed", "error", ""):
        yield from (report for report in reporter.stats.get(kind, []) if isinstance(report, pytest.TestReport))


def group(test: PurePath) -> str:
    """The group of a test's file, a path below this folder."""
    return next(str(place) for place in (test, *test.parents) if str(place) in GROUPS)
