"""The end of a fleet; the last of these files, for it takes the others' fleet down."""

import pytest

from tests.sandbox.fleet.app import made
from tests.sandbox.fleet.live import Fleet

pytestmark = pytest.mark.fleet


def test_down_leaves_nothing_in_aws_and_no_process_whatever_runs_on_the_fleet(fleet: Fleet) -> None:
    made(fleet, "left").up('federated("Deployment", "web", namespace("left"), deployment("web", 2))')
    done = fleet.checkout.sandbox("down", check=False)
    assert done.returncode == 0, done.stdout
    assert "Nothing is left." in done.stdout
    assert fleet.checkout.processes() == {}
