"""A stack's state: two updates at once, and a file that is cut in half."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.faults import aws_fleet
from tests.faults.aws_fleet import AwsFleet
from tests.faults.ledger import Fault, Record, record

pytestmark = pytest.mark.aws


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Generator[AwsFleet]:
    """The state's folder is beside the stack's, as file://."""
    with aws_fleet.running(tmp_path_factory.mktemp("state")) as fleet:
        yield fleet


def state(fleet: AwsFleet) -> Path:
    """The file with the stack's state."""
    return next(_folder(fleet).glob(".pulumi/stacks/*/dev.json"))


def _folder(fleet: AwsFleet) -> Path:
    return Path(re.sub(r"^file://|\?.*$", "", fleet.stack.env["PULUMI_BACKEND_URL"]))


def locked(fleet: AwsFleet) -> bool:
    """Whether an update holds the lock."""
    return any(_folder(fleet).glob(".pulumi/locks/**/*.json"))


def test_the_second_of_two_updates_is_refused_and_changes_nothing(fleet: AwsFleet, record_property: Record) -> None:
    fleet.aws.faults({"call": "ec2:CreateVpc", "fault": "latency", "seconds": 10, "first": 3})
    first = fleet.stack.begin("up", "--yes", "--skip-preview")
    deadline = time.monotonic() + 60
    while not locked(fleet):
        assert time.monotonic() < deadline and first.poll() is None
        time.sleep(0.1)
    second = fleet.stack.run("up", "--yes", "--skip-preview")
    done, _ = first.communicate(timeout=400)
    fleet.aws.faults()
    drift, lost = fleet.drift(), fleet.lost()
    refused = not second.ok and "the stack is currently locked by 1 lock(s)" in second.text
    survived = int(refused and first.returncode == 0 and not drift and not lost)
    record(record_property, Fault(kind="two updates at once", injected=1, survived=survived, lost=len(lost)))
    assert refused, second.text[-2000:]
    assert "pulumi cancel" in second.text
    assert first.returncode == 0, done[-3000:]
    assert (drift, lost) == ({}, [])


def test_a_state_that_is_cut_in_half_comes_back_from_the_history(fleet: AwsFleet, record_property: Record) -> None:
    file = state(fleet)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    refused = fleet.up()
    untouched = file.read_bytes() == whole[: len(whole) // 2]
    last = max(_folder(fleet).glob(".pulumi/history/*/dev/*.checkpoint.json"))
    shutil.copyfile(last, file)
    again = fleet.up()
    drift, lost = fleet.drift(), fleet.lost()
    survived = int(not refused.ok and untouched and again.ok and not (again.changes or drift or lost))
    record(record_property, Fault(kind="state cut in half", injected=1, survived=survived, lost=len(lost)))
    assert not refused.ok and untouched
    assert "unexpected end of JSON input" in refused.text, refused.text[-2000:]
    assert (again.ok, again.changes) == (True, {}), again.text[-2000:]
    assert (drift, lost) == ({}, [])
