"""How API servers are reached."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Literal

from pydantic import model_validator

from components.cluster.control_plane import MAX_CIDRS
from settings.base import Section, check_once

RESERVED = {
    IPv4Network("0.0.0.0/8"): "this network",
    IPv4Network("10.0.0.0/8"): "private addresses",
    IPv4Network("100.64.0.0/10"): "carriers' addresses",
    IPv4Network("127.0.0.0/8"): "loopback",
    IPv4Network("169.254.0.0/16"): "link-local addresses",
    IPv4Network("172.16.0.0/12"): "private addresses",
    IPv4Network("192.168.0.0/16"): "private addresses",
    IPv4Network("224.0.0.0/4"): "multicast",
    IPv4Network("240.0.0.0/4"): "reserved addresses",
}
"""Ranges that EKS takes for no caller: "can't include reserved addresses" (EKS user guide, "Cluster API server
endpoint"; the blocks are the IANA IPv4 Special-Purpose Address Registry's that are never sources on the internet)."""


class Endpoint(Section):
    """How the clusters' API servers are reached."""

    access: Literal["private", "public-and-private"] = "private"
    allowed_cidrs: tuple[IPv4Network, ...] = ()
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
        check_once("allowedCidrs", self.allowed_cidrs)
        if len(self.allowed_cidrs) > MAX_CIDRS:
            raise ValueError(
                f"allowedCidrs: {len(self.allowed_cidrs)} ranges are more than the {MAX_CIDRS} that EKS takes, the "
                "fleet's own addresses among them; list fewer, larger ones"
            )
        if any(cidr.prefixlen == 0 for cidr in self.allowed_cidrs):
            raise ValueError("allowedCidrs: 0.0.0.0/0 opens the API servers to everyone; list who may call instead")
        for cidr in self.allowed_cidrs:
            _check_public(cidr)
        _check_apart(self.allowed_cidrs)
        return self


def _check_public(cidr: IPv4Network) -> None:
    """Raise ValueError for a range with reserved addresses."""
    for block, what in RESERVED.items():
        if cidr.overlaps(block):
            relation = "lies within" if cidr.subnet_of(block) else "contains"
            raise ValueError(
                f"allowedCidrs: {cidr} {relation} {block}, {what}, from which no call reaches a public endpoint, and "
                "EKS refuses it; list the public addresses that the callers come from"
            )


def _check_apart(cidrs: Sequence[IPv4Network]) -> None:
    """Raise ValueError for a range that another one has already."""
    for cidr in cidrs:
        for other in cidrs:
            if cidr != other and cidr.subnet_of(other):
                raise ValueError(f"allowedCidrs: {cidr} lies within {other}; list the larger one alone")
