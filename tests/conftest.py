"""What runs side by side: fleets are brought up once each, so all tests of one stay together."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent

GROUPS = (
    "sandbox/fleet",
    "sandbox/production/test_control_plane.py",
    "sandbox/production/test_bastion.py",
    "sandbox/production/test_compute.py",
    "sandbox/production/test_network.py",
    "sandbox/fleet/test_faults.py",
    "sandbox/kubernetes",
    "sandbox/plugins",
    "sandbox/aws",
    "sandbox",
    "unit",
    ".",
)
"""Folders and files whose tests share what they run on, the longest first; a test is of the closest one around it."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test its group, and begin with the groups that take longest."""
    groups = {item: _group(item.path.relative_to(TESTS)) for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: GROUPS.index(groups[item]))


def _group(test: Path) -> str:
    return next(str(place) for place in (test, *test.parents) if str(place) in GROUPS)
