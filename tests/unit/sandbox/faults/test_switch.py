"""The calls that fail."""

import os
from pathlib import Path

import pytest

from sandbox.errors import UserError
from sandbox.faults.switch import Switch

pytestmark = pytest.mark.unit


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "faults.yaml"


def test_without_a_file_nothing_fails(file: Path) -> None:
    for switch in (Switch(), Switch(file)):
        assert not switch.on
        assert switch.aws("ec2:CreateVpc", "eu-west-1") is None
        assert switch.cluster("fleet-1", "GET", "/api") is None
        assert switch.injected() == []


def test_a_rule_holds_for_its_calls_and_its_region(file: Path) -> None:
    file.write_text('aws: [{call: "ec2:Create*", region: eu-west-3, fault: error}]')
    switch = Switch(file)
    assert switch.on
    assert switch.aws("ec2:CreateVpc", "eu-west-1") is None
    assert switch.aws("ec2:DescribeVpcs", "eu-west-3") is None
    assert switch.aws("ec2:CreateVpc", "eu-west-3") is not None


def test_the_first_calls_fail_and_are_counted(file: Path) -> None:
    file.write_text('aws: [{call: "ec2:*", first: 2, fault: error}]')
    switch = Switch(file)
    fell = [switch.aws("ec2:CreateVpc", "eu-west-1") is not None for _ in range(4)]
    assert fell == [True, True, False, False]
    assert switch.injected() == [{"rule": "aws[0]", "fault": "error", "times": 2}]


def test_a_probability_is_drawn_from_the_seed(file: Path) -> None:
    def drawn(seed: int) -> list[bool]:
        file.write_text(f'seed: {seed}\naws: [{{call: "*", probability: 0.2, fault: throttle}}]')
        switch = Switch(file)
        return [switch.aws("ec2:CreateVpc", "eu-west-1") is not None for _ in range(500)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 60 < sum(drawn(1)) < 140


def test_the_first_rule_that_happens_counts(file: Path) -> None:
    file.write_text('aws: [{call: "ec2:*", first: 1, fault: error}, {call: "*", fault: throttle}]')
    switch = Switch(file)
    found = [switch.aws("ec2:CreateVpc", "eu-west-1") for _ in range(2)]
    assert [one and one.fault for one in found] == ["error", "throttle"]


def test_a_failed_create_counts_once_it_is_created(file: Path) -> None:
    file.write_text('aws: [{call: "eks:CreateAddon", first: 1, fault: fail, reason: "Code: why"}]')
    switch = Switch(file)
    assert switch.aws("eks:CreateAddon", "eu-west-1") is None
    found = switch.created("eks:CreateAddon", "eu-west-1")
    assert found and found.reason == "Code: why"
    assert switch.created("eks:CreateAddon", "eu-west-1") is None


def test_a_request_to_an_api_server(file: Path) -> None:
    file.write_text('clusters: [{cluster: fleet-2, method: POST, path: "/apis/*", fault: refuse}]')
    switch = Switch(file)
    assert switch.cluster("fleet-1", "POST", "/apis/apps") is None
    assert switch.cluster("fleet-2", "GET", "/apis/apps") is None
    assert switch.cluster("fleet-2", "POST", "/api/v1") is None
    assert switch.cluster("fleet-2", "POST", "/apis/apps") is not None


def test_a_changed_file_begins_anew_and_a_removed_one_ends(file: Path) -> None:
    file.write_text('aws: [{call: "*", first: 1, fault: error}]')
    switch = Switch(file)
    assert switch.aws("ec2:CreateVpc", "eu-west-1") is not None
    assert switch.aws("ec2:CreateVpc", "eu-west-1") is None
    os.utime(file, ns=(1, 1))
    assert switch.aws("ec2:CreateVpc", "eu-west-1") is not None
    file.unlink()
    assert switch.aws("ec2:CreateVpc", "eu-west-1") is None


def test_a_file_with_a_mistake_is_a_mistake_at_every_call(file: Path) -> None:
    file.write_text("aws: 5")
    switch = Switch(file)
    for _ in range(2):
        with pytest.raises(UserError, match="aws: 5 is no list"):
            switch.aws("ec2:CreateVpc", "eu-west-1")
