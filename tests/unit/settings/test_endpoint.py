"""Settings of the API endpoints."""

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
        "a public endpoint for nobody",
        {"clusters": TWO, "endpoint": {"access": "public-and-private"}},
        r"endpoint.allowedCidrs is empty and access is public-and-private.*list who may call",
    ),
    (
        "callers of a private endpoint",
        {"clusters": TWO, "endpoint": {"allowedCidrs": ["198.51.100.7/32"]}},
        r"endpoint.allowedCidrs is for a public endpoint and access is private; drop allowedCidrs",
    ),
    (
        "an endpoint open to all",
        {"clusters": TWO, "endpoint": {"access": "public-and-private", "allowedCidrs": ["0.0.0.0/0"]}},
        r"endpoint.allowedCidrs: 0.0.0.0/0 opens the API servers to everyone; list who may call",
    ),
    (
        "more callers than EKS takes",
        {
            "clusters": TWO,
            "endpoint": {"access": "public-and-private", "allowedCidrs": [f"52.0.{n}.0/24" for n in range(41)]},
        },
        r"endpoint.allowedCidrs: 41 ranges are more than the 40 that EKS takes.*list fewer",
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)
