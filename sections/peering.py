"""Which networks are peered."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sections.base import Section

MAX_PEERINGS = 125
"""The most active peerings AWS grants a VPC; 50 unless raised (Service Quotas L-7E9ECCDB)."""


class Peering(Section):
    """Which networks are peered."""

    topology: Literal["hub-and-spoke", "full-mesh"] = "hub-and-spoke"
    """Bastion to every cluster and host to every member; in a full mesh every cluster to every other too."""
    quota: int = Field(default=50, ge=1, le=MAX_PEERINGS)
    """Active peerings your account allows a VPC (Service Quotas L-7E9ECCDB)."""
