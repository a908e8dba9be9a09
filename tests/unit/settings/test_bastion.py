"""Settings of the bastion."""

from typing import Any

import pytest

from tests.unit.settings.parse import (
    TWO,
    Invalid,
    check_message,
    check_nothing_registered,
    with_messages,
    without_messages,
)

pytestmark = pytest.mark.unit

BAD: list[Invalid] = [
    (
        "a bastion that is no small t3",
        {"clusters": TWO, "bastion": {"instanceType": "m5.large"}},
        r"bastion.instanceType: m5.large is not one of t3.micro, .*, t3a.large; use one of them$",
    ),
    (
        "a bastion's disk that its image doesn't fit on",
        {"clusters": TWO, "bastion": {"volumeGib": 7}},
        r"bastion.volumeGib: 7 is too small; set 8 to 1024$",
    ),
    (
        "a bastion older than AWS lets an instance of a group be",
        {"clusters": TWO, "bastion": {"maxAgeDays": 366}},
        r"bastion.maxAgeDays: 366 is too large; set 1 to 365$",
    ),
    (
        "a fleet whose name no parameter of Systems Manager may begin with",
        {"clusters": TWO, "name": "ssm-fleet"},
        r"name: ssm-fleet would name the bastion's parameter /ssm-fleet/bastion/fleet, and Systems Manager keeps names "
        r"that begin with /ssm for itself; take another name, or set bastion.enabled: false$",
    ),
    (
        "a retention that CloudWatch Logs hasn't got",
        {"clusters": TWO, "bastion": {"sessionLogDays": 17}},
        r"bastion.sessionLogDays: 17 is not a time for which .*; use 7 or 14 days$",
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)
