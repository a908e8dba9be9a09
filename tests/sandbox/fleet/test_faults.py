"""Killed updates, killed processes, and the end of it all: a sandbox of its own, beside the other fleet's."""

import contextlib
import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Generator, Sequence

import psutil
import pytest

from tests.sandbox import documented
from tests.sandbox.checkout import Checkout, fresh
from tests.sandbox.fleet.live import Fleet
from tests.sandbox.fleet.used import leftovers, use

pytestmark = pytest.mark.fleet

KILLED_AFTER: tuple[str, ...] = (
    r"aws:ec2:NatGateway .* creat",
    r"aws:eks:Cluster .* creating",
    r"kubernetes:helm.sh/v3:Release .* creating",
    r"KubeFedCluster .* creating",
)
"""Lines of an update's output at which its engine is killed, one after the other.

tests/faults/test_killed.py kills it while it creates any type of AWS.
"""


@pytest.fixture(scope="module")
def own() -> Generator[Fleet, None, None]:
    """A sandbox that is started, without a fleet."""
    with fresh() as checkout:
        checkout.sandbox("start")
        yield Fleet(checkout)


def kill_at(checkout: Checkout, points: Sequence[str]) -> str | None:
    """Run `up` and kill the engine with SIGKILL at the first line that matches any of the points; which it was.

    None where the update came to its end. A point may not come: what it waits for, an earlier kill has left made.
    """
    update = checkout.begin_up()
    assert update.stdout is not None
    guard = threading.Timer(240, lambda: os.killpg(update.pid, signal.SIGKILL))
    guard.start()
    try:
        for line in checkout.lines(update):
            if point := next((point for point in points if re.search(point, line)), None):
                for pid in engines(checkout):
                    os.kill(pid, signal.SIGKILL)
                update.wait(30)
                return point
        return None
    finally:
        guard.cancel()
        update.stdout.close()
        update.wait(30)


def engines(checkout: Checkout) -> list[int]:
    """The process ids of the pulumi engines that run in the checkout."""
    found: list[int] = []
    for process in psutil.process_iter(["name"]):
        with contextlib.suppress(psutil.Error):
            if process.info["name"] == "pulumi" and process.cwd() == str(checkout.project):
                found.append(process.pid)
    return found


def named(fleet: Fleet) -> Counter[tuple[str, str, str]]:
    """How often each name stands in AWS, by region and kind."""
    counted: Counter[tuple[str, str, str]] = Counter()
    for region in ("eu-west-1", "eu-west-3"):
        ec2 = fleet.boto("ec2", region)
        kinds = {
            "Vpcs": ec2.describe_vpcs(),
            "Subnets": ec2.describe_subnets(),
            "RouteTables": ec2.describe_route_tables(),
            "Addresses": ec2.describe_addresses(),
            "InternetGateways": ec2.describe_internet_gateways(),
            "NatGateways": ec2.describe_nat_gateways(Filters=[{"Name": "state", "Values": ["available"]}]),
            "SecurityGroups": ec2.describe_security_groups(),
            "LaunchTemplates": ec2.describe_launch_templates(),
        }
        for kind, told in kinds.items():
            names = [tag["Value"] for thing in told[kind] for tag in thing.get("Tags", []) if tag["Key"] == "Name"]
            counted.update((region, kind, name) for name in names)
    return counted


def test_an_update_killed_again_and_again_is_finished_with_nothing_made_twice(own: Fleet) -> None:
    points, reached = list(KILLED_AFTER), list[str]()
    while points and (point := kill_at(own.checkout, points)):
        reached.append(point)
        del points[: points.index(point) + 1]
    assert len(reached) >= 3, f"most of the points must come by: {reached}"
    documented.run(own.checkout, "Restore", "pulumi cancel", "--yes")
    recovered = documented.run(
        own.checkout, "Restore", "python -m ops recover", "--yes --timeout 5", shows=False
    ).stdout
    assert "Recovered (" in recovered or "Nothing to recover." in recovered
    own.checkout.sandbox("up")
    assert own.ready() == {"federated-eks-1": "True", "federated-eks-2": "True"}
    assert [name for name, count in named(own).items() if count > 1] == []
    peerings = own.boto("ec2", "eu-west-1").describe_vpc_peering_connections()["VpcPeeringConnections"]
    assert Counter(pcx["Status"]["Code"] for pcx in peerings) == {"active": 3}
    assert own.preview() == []


def test_a_sandbox_whose_processes_were_killed_comes_back_as_the_same_fleet(own: Fleet) -> None:
    before = own.resources()
    for pid in own.checkout.processes():
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.5)
    assert own.checkout.processes() == {}
    own.checkout.sandbox("up")
    assert own.ready() == {"federated-eks-1": "True", "federated-eks-2": "True"}
    assert own.resources() == before
    assert own.preview() == []


def test_a_stopped_sandbox_comes_back_as_the_same_fleet(own: Fleet) -> None:
    before = own.resources()
    own.checkout.sandbox("stop")
    assert own.checkout.processes() == {}
    own.checkout.sandbox("up")
    assert own.ready() == {"federated-eks-1": "True", "federated-eks-2": "True"}
    assert own.resources() == before


def test_a_destroy_without_leftovers_fails_by_what_holds_the_network_and_leftovers_names_it(own: Fleet) -> None:
    use(own, "federated-eks-2")
    done = own.pulumi("destroy", "--yes", "--skip-preview", check=False, timeout=600)
    assert done.returncode != 0
    assert "DependencyViolation" in done.stdout
    assert own.boto("eks", "eu-west-3").list_clusters()["clusters"] == []
    listed = leftovers(own, check=False)
    assert listed.returncode == 1
    assert "Service default/web" in listed.stdout and "claim default/data-db-0" in listed.stdout
    assert "python -m ops leftovers --stack sandbox --delete" in listed.stdout


def test_down_tells_what_is_left_and_ends_all_processes(own: Fleet) -> None:
    vpc = own.boto("ec2", "eu-west-3").create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    done = own.checkout.sandbox("down", check=False)
    assert done.returncode != 0
    left = [line.strip() for line in done.stdout.partition("Left (")[2].splitlines()[1:] if line.startswith("  ")]
    assert len(left) == 1 and vpc in left[0], done.stdout
    assert own.checkout.processes() == {}
