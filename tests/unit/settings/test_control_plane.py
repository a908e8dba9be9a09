"""Settings of the control planes."""

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
        "a log type that EKS hasn't got",
        {"clusters": TWO, "controlPlane": {"logs": ["kubelet"]}},
        r"controlPlane.logs\[0\]: kubelet is not one of api, audit",
    ),
    (
        "a log type twice",
        {"clusters": TWO, "controlPlane": {"logs": ["api", "api"]}},
        r"controlPlane.logs: api, api has a type twice; list each once",
    ),
    (
        "a retention that CloudWatch hasn't got",
        {"clusters": TWO, "controlPlane": {"logDays": 17}},
        r"controlPlane.logDays: 17 is not a time for which .*; use 7 or 14 days$",
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)
