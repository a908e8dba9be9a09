"""The way in for people."""

from __future__ import annotations

from sections.base import Region, Section, VpcRange


class Bastion(Section):
    """The way in for people: one instance, reached by Session Manager."""

    region: Region | None = None
    """By default the host's."""
    instance_type: str = "t3.micro"
    cidr: VpcRange | None = None
    """Its VPC's range; by default the plan's."""
