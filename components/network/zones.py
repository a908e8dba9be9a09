"""The availability zones that a network spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import InvokeOptions, Output

from ..ask import ask_output
from . import addresses

ZONES_WITHOUT_EKS = ("use1-az3", "usw1-az2", "cac1-az3")
"""The zones where EKS places no control plane (EKS user guide, network requirements)."""


@dataclass(frozen=True, kw_only=True)
class Zones:
    """A network's zones, one for each pair of its subnets."""

    names: Sequence[str]
    fixed: bool = False
    """Whether the subnets exist. They then stay in their zones, whatever the names say."""


def zones_of_eks(within: InvokeOptions) -> Output[Sequence[str]]:
    """Return a region's zones where EKS places control planes, without those that an account must opt in to.

    An impaired zone is left out, because EC2 does not call it available and nothing new should be placed there.
    """
    offered = ask_output(
        "aws:index/getAvailabilityZones:getAvailabilityZones",
        {
            "state": "available",
            "filters": [{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
            "excludeZoneIds": list(ZONES_WITHOUT_EKS),
        },
        within,
        aws.GetAvailabilityZonesResult,
    )
    return offered.names


def first_zones(names: Sequence[str], region: str, count: int | None = None) -> list[str]:
    """Return the zones of a new network, by name: `count`, or as many as the region has, up to three.

    Raise pulumi.RunError if the region has fewer, or fewer than the two that EKS requires.
    """
    offered = f"{region} offers this account {len(names)} for EKS ({', '.join(sorted(names))})"
    if len(names) < addresses.FEWEST_ZONES:
        raise pulumi.RunError(
            f"clusters: a cluster needs {addresses.FEWEST_ZONES} zones and {offered}; choose another region"
        )
    if count is not None and count > len(names):
        raise pulumi.RunError(
            f"network.zones: {count} is too many, because {offered}; set zones: {len(names)} there, or leave it out"
        )
    return sorted(names)[: count or addresses.ZONES]
