"""Check that EC2 offers a fleet's instance types in its regions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from .demand import Footprint

Ask = Callable[..., Awaitable[Mapping[str, Any] | None]]
"""A call of a function of the AWS provider, by token, region and arguments; None if it fails."""

OFFERINGS = "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings"


async def unoffered(ask: Ask, footprints: Sequence[Footprint]) -> list[str]:
    """Return a line for each instance type that its region lacks. Types of an unknown region count as offered."""
    regions = sorted({footprint.region for footprint in footprints})
    found = await asyncio.gather(*(_unoffered(ask, region, footprints) for region in regions))
    return [line for lines in found for line in lines]


async def _unoffered(ask: Ask, region: str, footprints: Sequence[Footprint]) -> list[str]:
    settings = {
        name: nodes.setting
        for footprint in footprints
        if footprint.region == region
        for nodes in footprint.nodes
        for name in nodes.instance_types
    }
    if not settings:
        return []
    offered = await _offered(ask, region, sorted(settings))
    missing = [name for name in settings if offered is not None and name not in offered]
    everything = (await _offered(ask, region) if missing else None) or []
    return [
        f"{settings[name]}: {name} is not offered by EC2 in {region}; use {_near(name, everything)}" for name in missing
    ]


async def _offered(ask: Ask, region: str, names: Sequence[str] = ()) -> Sequence[str] | None:
    """Return the given instance types that a region has (EC2, DescribeInstanceTypeOfferings); all if none is given."""
    filters = {"filters": [{"name": "instance-type", "values": [*names]}]} if names else {}
    answer = await ask(
        OFFERINGS,
        region,
        {"locationType": "region", **filters},
        instead="which instance types EC2 offers: all are assumed",
    )
    return None if answer is None else answer["instanceTypes"]


def _near(name: str, offered: Sequence[str]) -> str:
    """Return the most similar names, the most similar first."""
    near = get_close_matches(name, offered, n=4, cutoff=0.6) or ["one that `aws ec2 describe-instance-types` lists"]
    return " or ".join([", ".join(near[:-1]), near[-1]] if near[1:] else near)
