"""Settings of networks."""

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
        "an unknown number of NAT gateways",
        {"clusters": TWO, "network": {"nat": "two"}},
        r"network.nat: two is not one of none, one, zone; use one of them$",
    ),
    (
        "more zones than a network spans",
        {"clusters": TWO, "network": {"zones": 4}},
        r"network.zones: 4 is not one of 2, 3; use one of them$",
    ),
    (
        "one zone",
        {"clusters": TWO, "network": {"zones": 1}},
        r"network.zones: 1 is not one of 2, 3; use one of them$",
    ),
    (
        "a retention that CloudWatch Logs hasn't",
        {"clusters": TWO, "network": {"flowLogs": {"retentionDays": 100}}},
        r"network.flowLogs.retentionDays: 100 is not a time for which .*; use 90 or 120 days$",
    ),
    (
        "no way out at all",
        {"clusters": TWO, "network": {"nat": "none", "endpoints": "gateway-only"}},
        r"network.endpoints: gateway-only leaves nodes without .*; set endpoints: auto, or nat: one$",
    ),
    (
        "a region without EKS's interface endpoint",
        {"clusters": [{"region": "eu-west-1"}, {"region": "mx-central-1", "network": {"nat": "none"}}]},
        r"network.endpoints: mx-central-1 lacks .*, or has other names for them; set nat: one and .*: auto$",
    ),
    (
        "a region that names its endpoints otherwise",
        {"clusters": [{"region": "cn-north-1"}], "network": {"endpoints": "all"}},
        r"network.endpoints: cn-north-1 lacks .*; set nat: one and endpoints: auto$",
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)
