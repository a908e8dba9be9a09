"""How API servers are reached."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from components.cluster.control_plane import MAX_CIDRS
from settings.base import Range, Section


class Endpoint(Section):
    """How the clusters' API servers are reached."""

    access: Literal["private", "public-and-private"] = "private"
    allowed_cidrs: tuple[Range, ...] = ()
    """Who may call a public endpoint, beside the fleet itself."""

    @property
    def public(self) -> bool:
        """Whether it is reached from outside."""
        return self.access != "private"

    @model_validator(mode="after")
    def _never_open(self) -> Endpoint:
        if self.access == "private" and self.allowed_cidrs:
            raise ValueError(
                "allowedCidrs is for a public endpoint and access is private; drop allowedCidrs, or set access: "
                "public-and-private"
            )
        if self.access == "public-and-private" and not self.allowed_cidrs:
            raise ValueError(
                "allowedCidrs is empty and access is public-and-private, which is never open to all; list who may "
                "call, [198.51.100.7/32] for instance"
            )
        if len(self.allowed_cidrs) > MAX_CIDRS:
            raise ValueError(
                f"allowedCidrs: {len(self.allowed_cidrs)} ranges are more than the {MAX_CIDRS} that EKS takes, the "
                "fleet's own addresses among them; list fewer, larger ones"
            )
        if any(cidr.prefixlen == 0 for cidr in self.allowed_cidrs):
            raise ValueError("allowedCidrs: 0.0.0.0/0 opens the API servers to everyone; list who may call instead")
        return self
