"""Settings of peering."""

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
        "an unknown topology",
        {"clusters": TWO, "peering": {"topology": "ring"}},
        r"peering.topology: ring is not one of hub-and-spoke, full-mesh; use one of them$",
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)
