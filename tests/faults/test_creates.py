"""What AWS fails to create in one region: the error names it, the rest stays, and the next update completes it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from tests.faults import aws_fleet
from tests.faults.aws_fleet import HOST, MEMBER, AwsFleet
from tests.faults.ledger import Fault, Record, record

pytestmark = pytest.mark.aws

NAME = "federated-eks-2"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Generator[AwsFleet]:
    with aws_fleet.running(tmp_path_factory.mktemp("creates")) as fleet:
        yield fleet


FAILURES: list[tuple[str, str, str, str, str]] = [
    ("peering", "ec2:CreateVpcPeeringConnection", HOST, "VpcPeeringConnection", "no route between the partitions"),
    ("cluster", "eks:CreateCluster", MEMBER, "Cluster", "ClusterUnreachable: the control plane has not come up"),
    ("add-on", "eks:CreateAddon", MEMBER, "Addon", "ConfigurationConflict: vpc-cni is managed by somebody else"),
    ("node group", "eks:CreateNodegroup", MEMBER, "NodeGroup", "AsgInstanceLaunchFailures: vCPU limit exceeded"),
]
"""In the order in which an update comes to them: the kind, the call, its region, the type, the reason."""


def test_each_failure_is_named_and_the_next_update_completes_it(fleet: AwsFleet, record_property: Record) -> None:
    before: dict[str, Any] = {}
    for kind, call, region, type_, reason in FAILURES:
        fleet.aws.faults({"call": call, "region": region, "first": 1, "fault": "fail", "reason": reason})
        failed = fleet.up()
        assert (kind, failed.ok, fleet.aws.injected()) == (kind, False, 1), failed.text[-3000:]
        errors = [line for line in failed.text.splitlines() if f"{type_} in {region} was not created (" in line]
        assert errors and all(reason.rpartition(": ")[2] in line for line in errors), failed.text
        assert "; what was created before stays: remove the cause, and run the update again" in errors[0]
        after = {name: resource.get("id") for name, resource in fleet.stack.resources().items()}
        gone = {name for name, id in before.items() if after.get(name) != id}
        assert len(gone) <= 1, f"the next update replaces what has failed, and nothing else: {gone}"
        before = after
    fleet.aws.faults()
    done = fleet.up()
    drift, lost = fleet.drift(), fleet.lost()
    survived = len(FAILURES) if done.ok and not drift and not lost else 0
    record(record_property, Fault(kind="create failed", injected=len(FAILURES), survived=survived, lost=len(lost)))
    assert done.ok, done.text
    assert (drift, lost) == ({}, [])


def test_a_fleet_that_was_completed_is_destroyed_whole(fleet: AwsFleet, record_property: Record) -> None:
    gone = fleet.destroy()
    left = fleet.aws.left()
    record(record_property, Fault(kind="create failed", injected=0, survived=0, leaked=len(left)))
    assert gone.ok, gone.text
    assert left == []
