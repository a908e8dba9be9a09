"""Settings of quotas."""

from typing import Any

import pytest

from settings import SettingsError
from tests.unit.engine import run_program
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
        "a quota that nothing counts against",
        {"clusters": TWO, "quotas": {"L-0": 1}},
        r"quotas: L-0 is none of the quotas that a fleet is checked against; use one of L-F678F1CE \(VPCs per ",
    ),
    (
        "less than nothing",
        {"clusters": TWO, "quotas": {"L-F678F1CE": -1}},
        r"quotas.L-F678F1CE: -1 is too small; set 0 or more$",
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)


def test_a_code_that_no_quota_here_has_is_refused() -> None:
    message = r"^federated-eks:quotas: L-0 is none of the quotas .*; use one of L-F678F1CE \(VPCs per Region\)"
    with pytest.raises(SettingsError, match=message):
        run_program({"clusters": TWO, "quotas": {"L-0": 1}})
