"""Availability zones' states, which tests can set.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AvailabilityZone.html.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend

from sandbox.aws.rules import Given, before

STATES: dict[str, str] = {}
"""The states of zones that aren't `available`, by name: `information`, `impaired`, `unavailable` or `constrained`."""


@before(EC2Backend, "describe_availability_zones")
def a_zone_has_its_state(ec2: Any, _: Given) -> None:
    """moto's zones are always available. A filter by state then finds only those that are."""
    for zone in ec2.zones.get(ec2.region_name, []):
        zone.state = STATES.get(zone.name, "available")
