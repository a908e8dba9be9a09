"""A machine that goes down in the middle of an update, and comes back."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections import Counter
from collections.abc import Generator

import psutil
import pytest

from tests.faults.ledger import Fault, Record, record
from tests.sandbox.checkout import Checkout, fresh
from tests.sandbox.fleet.live import Fleet

pytestmark = [pytest.mark.fleet, pytest.mark.long, pytest.mark.timeout(2400)]

MOMENTS = (r"aws:ec2:NatGateway .* creating", r"aws:eks:NodeGroup .* creating", r"KubeFedCluster .* creating")
"""Lines of an update's output at which the machine goes down, one after the other."""


@pytest.fixture(scope="module")
def fleet() -> Generator[Fleet]:
    with fresh() as checkout:
        checkout.sandbox("start")
        yield Fleet(checkout)


def goes_down_at(checkout: Checkout, moment: str) -> bool:
    """Run `make up` and kill every process at the first line that matches; False if none has."""
    update = checkout.begin_up()
    assert update.stdout is not None
    guard = threading.Timer(600, lambda: os.killpg(update.pid, signal.SIGKILL))
    guard.start()
    try:
        for line in checkout.lines(update):
            if re.search(moment, line):
                kill_all(checkout, update.pid)
                return True
        return False
    finally:
        guard.cancel()
        update.stdout.close()
        update.wait(30)


def kill_all(checkout: Checkout, update: int) -> None:
    """SIGKILL the update with the engine and its plugins, AWS and the control planes: at once, as a power cut does."""
    updating = psutil.Process(update).children(recursive=True)
    doomed = {update, *(process.pid for process in updating), *checkout.processes()}
    for sent in (signal.SIGSTOP, signal.SIGKILL):
        for pid in doomed:
            try:
                os.kill(pid, sent)
            except ProcessLookupError:
                continue


def named(fleet: Fleet) -> Counter[tuple[str, str]]:
    """How often each network and cluster is in AWS, by region and name."""
    counted: Counter[tuple[str, str]] = Counter()
    for region in ("eu-west-1", "eu-west-3"):
        ec2 = fleet.boto("ec2", region)
        gateways = ec2.describe_nat_gateways(Filters=[{"Name": "state", "Values": ["available"]}])["NatGateways"]
        for thing in [*ec2.describe_vpcs()["Vpcs"], *ec2.describe_addresses()["Addresses"], *gateways]:
            kind = "vpc" if "CidrBlock" in thing else "gateway" if "NatGatewayId" in thing else "address"
            counted.update((region, f"{kind} {tag['Value']}") for tag in thing.get("Tags", []) if tag["Key"] == "Name")
    return counted


def test_a_fleet_whose_machine_went_down_again_and_again_is_finished(fleet: Fleet, record_property: Record) -> None:
    times = sum(goes_down_at(fleet.checkout, moment) for moment in MOMENTS)
    done = fleet.checkout.sandbox("up", check=False, timeout=1500)
    twice = [name for name, count in named(fleet).items() if count > 1]
    whole = done.returncode == 0 and not twice and fleet.preview() == []
    record(record_property, Fault(kind="machine down", injected=times, survived=times * whole, lost=len(twice)))
    assert times >= 2, "most of the moments must come by"
    assert done.returncode == 0, done.stdout[-3000:]
    assert twice == []
    assert fleet.preview() == []
    assert fleet.ready() == {"federated-eks-1": "True", "federated-eks-2": "True"}
