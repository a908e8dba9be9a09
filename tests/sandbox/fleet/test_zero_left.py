"""The end of a fleet; the last of these files, for it takes the others' fleet down."""

import pytest

from tests.sandbox.fleet.app import made
from tests.sandbox.fleet.live import Fleet

pytestmark = pytest.mark.fleet


def test_down_leaves_nothing_in_aws_and_no_process_whatever_runs_on_the_fleet(live_fleet: Fleet) -> None:
    made(live_fleet, "left").up('federated("Deployment", "web", namespace("left"), deployment("web", 2))')
    done = live_fleet.checkout.sandbox("down", check=False)
    assert done.returncode == 0, done.stdout
    assert "Nothing is left." in done.stdout
    assert live_fleet.checkout.processes() == {}
