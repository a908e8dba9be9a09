"""The endpoints of API servers."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Literal

from pydantic import model_validator

from components.cluster.control_plane import MAX_CIDRS
from settings.base import NOWHERE, PRIVATE, Range, Section, check_once, overlap
from settings.clients import Clients

RESERVED = {**PRIVATE, **NOWHERE}
"""Ranges that EKS refuses for callers: "can't include reserved addresses" (EKS user guide, "Cluster API server
endpoint")."""


class Endpoint(Section):
    """The endpoints of the clusters' API servers."""

    access: Literal["private", "public-and-private"] = "private"
    """Whether an endpoint has only private addresses, or also public ones."""
    allowed_cidrs: tuple[Range, ...] = ()
    """The ranges that may call a public endpoint, beside the fleet's own."""
    clients: Clients = {}
    """Networks that call the endpoint's private addresses, beside the fleet's own."""

    @property
    def public(self) -> bool:
        """Whether the endpoint has public addresses."""
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
        check_once("allowedCidrs:", self.allowed_cidrs)
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
    if met := overlap(cidr, RESERVED):
        raise ValueError(
            f"allowedCidrs: {cidr} {met}, from which no call reaches a public endpoint, and EKS refuses it; list the "
            "public addresses that the callers come from"
        )


def _check_apart(cidrs: Sequence[IPv4Network]) -> None:
    """Raise ValueError for a range within another."""
    for cidr in cidrs:
        for other in cidrs:
            if cidr != other and cidr.subnet_of(other):
                raise ValueError(f"allowedCidrs: {cidr} lies within {other}; list the larger one alone")
