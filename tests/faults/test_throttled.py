"""A whole life of a fleet in an AWS that throttles 20 % of all calls and breaks at 5 %."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.faults import aws_fleet
from tests.faults.aws_fleet import AwsFleet
from tests.faults.ledger import Fault, Record, record

pytestmark = pytest.mark.aws

WEATHER = ({"call": "*", "probability": 0.2, "fault": "throttle"}, {"call": "*", "probability": 0.05, "fault": "error"})


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Generator[AwsFleet]:
    with aws_fleet.running(tmp_path_factory.mktemp("throttled")) as fleet:
        yield fleet


def test_an_update_and_a_destroy_get_through(fleet: AwsFleet, record_property: Record) -> None:
    fleet.aws.faults(*WEATHER)
    up = fleet.up()
    again = fleet.up()
    of_up = fleet.aws.injected()
    fleet.aws.faults()
    drift, lost = (fleet.drift(), fleet.lost()) if up.ok else ({"update": 1}, [])
    fleet.aws.faults(*WEATHER)
    gone = fleet.destroy()
    injected = of_up + fleet.aws.injected()
    fleet.aws.faults()
    left = fleet.aws.left()
    whole = up.ok and again.ok and gone.ok and not (drift or lost or left)
    survived = injected if whole else 0
    record(
        record_property,
        Fault(kind="call failed", injected=injected, survived=survived, lost=len(lost), leaked=len(left)),
    )
    assert up.ok, up.text[-3000:]
    assert (again.ok, again.changes) == (True, {}), again.text[-3000:]
    assert (drift, lost) == ({}, [])
    assert gone.ok, gone.text[-3000:]
    assert left == []
    assert of_up > 100 and injected > of_up, "a fleet makes thousands of calls"
