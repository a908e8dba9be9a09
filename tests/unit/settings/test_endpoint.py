"""Settings of the API endpoints."""

from typing import Any

import pytest

from tests.unit.settings.parse import (
    TWO,
    Invalid,
    check_message,
    check_nothing_registered,
    parse,
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
    *(
        (
            f"{cidr} among the callers",
            {"clusters": TWO, "endpoint": {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32", cidr]}},
            rf"endpoint.allowedCidrs: {cidr} {relation} {block}, .*, from which no call reaches a public endpoint, and "
            r"EKS refuses it; list the public addresses .*$",
        )
        for cidr, relation, block in (
            ("10.0.0.0/8", "lies within", "10.0.0.0/8"),
            ("10.20.0.0/16", "lies within", "10.0.0.0/8"),
            ("8.0.0.0/5", "contains", "10.0.0.0/8"),
            ("100.64.0.0/10", "lies within", "100.64.0.0/10"),
            ("100.0.0.0/8", "contains", "100.64.0.0/10"),
            ("172.20.0.0/16", "lies within", "172.16.0.0/12"),
            ("192.168.1.1/32", "lies within", "192.168.0.0/16"),
            ("192.0.0.0/8", "contains", "192.168.0.0/16"),
            ("169.254.169.254/32", "lies within", "169.254.0.0/16"),
            ("127.0.0.1/32", "lies within", "127.0.0.0/8"),
            ("0.0.0.0/32", "lies within", "0.0.0.0/8"),
            ("224.0.0.0/4", "lies within", "224.0.0.0/4"),
            ("255.255.255.255/32", "lies within", "240.0.0.0/4"),
            ("128.0.0.0/1", "contains", "172.16.0.0/12"),
        )
    ),
    (
        "a caller twice",
        {"clusters": TWO, "endpoint": {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32"] * 2}},
        r"endpoint.allowedCidrs: 198.51.100.7/32 is listed 2 times; list it once$",
    ),
    (
        "a caller within another",
        {
            "clusters": TWO,
            "endpoint": {"access": "public-and-private", "allowedCidrs": ["198.51.100.7/32", "198.51.100.0/24"]},
        },
        r"endpoint.allowedCidrs: 198.51.100.7/32 lies within 198.51.100.0/24; list the larger one alone$",
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


@pytest.mark.parametrize("cidr", ["192.0.2.0/24", "198.51.100.7/32", "203.0.113.0/24", "100.128.0.0/9", "11.0.0.0/8"])
def test_public_ranges_may_call(cidr: str) -> None:
    endpoint = {"access": "public-and-private", "allowedCidrs": [cidr]}
    assert [str(one) for one in parse({"clusters": TWO, "endpoint": endpoint}).endpoint.allowed_cidrs] == [cidr]
