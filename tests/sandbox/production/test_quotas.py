"""An account that has no room for a fleet, through the real engine: refused before AWS has anything of it."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox.cli import daemon
from tests.sandbox.checkout import Result, fresh
from tests.sandbox.fleet.live import Fleet, listed

pytestmark = pytest.mark.fleet

REGION = "eu-west-1"
LARGE = [{"name": "nodes", "instanceTypes": ["m5.4xlarge"], "desired": 4, "max": 4}]
"""Their 64 vCPUs are all that the account has: it is the bastion's two that are too many."""


@pytest.fixture(scope="module")
def unbuilt_fleet() -> Generator[Fleet]:
    """A sandbox without a fleet, whose account has four VPCs of somebody else's beside the default one."""
    with fresh(state_once=True) as checkout:
        checkout.sandbox("start")
        fleet = Fleet(checkout)
        ec2 = fleet.boto("ec2", REGION)
        for number in range(4):
            ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
        fleet.configure(clusters=listed([REGION, "eu-west-3"]), types=[], manifests=[])
        yield fleet


def there(fleet: Fleet) -> list[str] | None:
    """Everything that the account has, of every service and region."""
    return daemon.leftovers(fleet.checkout.paths)


def refused(fleet: Fleet, **settings: Any) -> str:
    """What an `up` with these settings says, once it is sure that nothing came of it."""
    before = there(fleet)
    done = with_settings(fleet, "up", "--yes", "--skip-preview", **settings)
    assert done.returncode != 0
    assert "Traceback" not in done.stdout
    assert there(fleet) == before
    return " ".join(diagnosed(done).split())


def diagnosed(done: Result) -> str:
    """What was said, once: Pulumi says it as it goes, and at the end again."""
    return done.stdout.partition("Diagnostics:")[2]


def with_settings(fleet: Fleet, command: str, *more: str, **settings: Any) -> Result:
    with fleet.settings_put_back(**settings):
        return fleet.pulumi(command, *more, check=False)


@contextmanager
def denied(fleet: Fleet, *actions: str) -> Generator[None]:
    """The operator may not do this."""
    iam, named = fleet.boto("iam", REGION), {"UserName": "operator", "PolicyName": "denied"}
    deny = {"Effect": "Deny", "Resource": "*", "Action": [*actions]}
    iam.put_user_policy(**named, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    yield
    iam.delete_user_policy(**named)


def test_too_many_of_everything_is_told_at_once_and_how_to_have_it_raised_works(unbuilt_fleet: Fleet) -> None:
    said = refused(unbuilt_fleet, network={"nat": "zone"}, nodeGroups=LARGE)
    assert "clusters: VPCs in eu-west-1 would be 7 (bastion 1, federated-eks-1 1, others 5), more than" in said
    assert "network.nat: Elastic IPs in eu-west-1 would be 6 (bastion 3, federated-eks-1 3), more than" in said
    assert "vCPUs of on-demand nodes in eu-west-1 would be 66 (bastion 2, federated-eks-1 64), more than" in said
    assert " in eu-west-3 " not in said, "there is room"
    told = diagnosed(with_settings(unbuilt_fleet, "preview", network={"nat": "zone"})).splitlines()
    commands = [line.partition("have it raised: ")[2] for line in told if "have it raised" in line]
    assert len(commands) == 2
    for command in commands:
        unbuilt_fleet.checkout.source(command)
    assert with_settings(unbuilt_fleet, "preview", network={"nat": "zone"}).returncode == 0


def test_a_role_that_may_not_read_quotas_is_held_to_aws_s_defaults_or_to_what_it_sets(unbuilt_fleet: Fleet) -> None:
    with denied(unbuilt_fleet, "servicequotas:*"):
        said = refused(unbuilt_fleet)
        assert "vCPUs of on-demand nodes in eu-west-1 would be 6 (bastion 2, federated-eks-1 4), more than" in said
        assert "AWS's default of 5 (Running On-Demand Standard" in said
        assert said.count("warning: quotas: AWS does not tell") == 1
        done = with_settings(unbuilt_fleet, "preview", quotas={"L-1216C47A": 10, "L-F678F1CE": 7})
        assert done.returncode == 0
        assert "AWS does not tell" not in done.stdout


def test_a_role_that_may_not_ask_what_a_preview_has_to_know_is_told_so_in_one_message(unbuilt_fleet: Fleet) -> None:
    action = "ec2:DescribeAvailabilityZones"
    with denied(unbuilt_fleet, action):
        said = refused(unbuilt_fleet)
    assert len(re.findall(r"error: aws: .*?getAvailabilityZones\)? failed in eu-west-", said)) == 1
    assert f"is not authorized to perform: {action}" in said
    assert "docs/permissions.md, `python -m ops permissions --stack sandbox`" in said
