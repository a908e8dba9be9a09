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
"""Zones where EKS places no control plane (EKS user guide, network requirements)."""


@dataclass(frozen=True, kw_only=True)
class Zones:
    """A network's zones, one for each pair of its subnets."""

    names: Sequence[str]
    fixed: bool = False
    """Whether the subnets exist: whatever the names say, they stay where they are."""


def zones_of_eks(within: InvokeOptions) -> Output[Sequence[str]]:
    """The zones of a region where EKS places control planes, of those an account has without opting in.

    Those alone that EC2 calls available: in an impaired one, nothing new is placed.
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
    """The zones of a new network, by name: `count`, or as many as there are up to three.

    Raises pulumi.RunError for a region with fewer, or with fewer than the two that EKS asks for.
    """
    offered = f"{region} offers this account {len(names)} for EKS ({', '.join(sorted(names))})"
    if len(names) < addresses.FEWEST_ZONES:
        raise pulumi.RunError(
            f"clusters: a cluster needs {addresses.FEWEST_ZONES} zones and {offered}; choose another region"
        )
    if count is not None and count > len(names):
        raise pulumi.RunError(
            f"network.zones: {count} are asked for and {offered}; set zones: {len(names)} there, or leave it out"
        )
    return sorted(names)[: count or addresses.ZONES]
