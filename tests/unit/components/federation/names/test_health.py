"""Health checks that Route 53 would refuse are refused at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.federation.names import HealthCheck

pytestmark = pytest.mark.unit

PAGE = Path(__file__).parents[5] / "docs" / "workloads.md"
BALANCER_TTL = 60
"""Seconds of a load balancer's addresses (Route 53 developer guide, "Values for alias records", TTL)."""


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"interval": 20}, "interval 20 is not possible; use 10 or 30"),
        ({"threshold": 0}, "threshold 0 is not possible; use 1 to 10"),
        ({"threshold": 11}, "threshold 11 is not possible; use 1 to 10"),
        ({"port": 0}, "port 0 is not possible; use 1 to 65535"),
        ({"port": 65536}, "port 65536 is not possible; use 1 to 65535"),
        ({"path": "health"}, "path health is not possible; begin it with /, and use at most 255 characters"),
        ({"path": ""}, "path  is not possible; begin it with /, and use at most 255 characters"),
        ({"path": f"/{'a' * 255}"}, r"path /a{255} is not possible; begin it with /, and use at most 255"),
        ({"protocol": "UDP"}, "protocol UDP is none of Route 53's; use HTTP, HTTPS, TCP"),
    ],
)
def test_a_check_out_of_bounds_is_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=f"^health_check: {told}"):
        HealthCheck(**given)


def test_a_check_of_a_path_and_one_of_a_port() -> None:
    assert HealthCheck(path="/ready", port=8080, threshold=2, interval=10).arguments == {
        "type": "HTTP",
        "port": 8080,
        "failure_threshold": 2,
        "request_interval": 10,
        "resource_path": "/ready",
    }
    assert HealthCheck(protocol="TCP").arguments["resource_path"] is None


def test_the_page_gives_the_seconds_of_a_failover() -> None:
    page = PAGE.read_text()
    usual, least = (
        check.interval * check.threshold for check in (HealthCheck(), HealthCheck(interval=10, threshold=1))
    )
    assert f"`interval` x `threshold`: {usual} s by default, {least} s at the least" in page
    assert (
        f"So {usual + BALANCER_TTL} seconds by default, and {least + BALANCER_TTL} with "
        "`HealthCheck(interval=10, threshold=1)`"
    ) in page
