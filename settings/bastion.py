"""The way in for people."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from settings.base import Region, RetentionDays, Section, VpcRange

InstanceType = Literal[
    "t3.micro",
    "t3.small",
    "t3.medium",
    "t3.large",
    "t3a.micro",
    "t3a.small",
    "t3a.medium",
    "t3a.large",
]
"""What a shell and a few tunnels need; the first boot's tools are for x86_64."""


class Bastion(Section):
    """The way in for people: one instance, reached by Session Manager."""

    enabled: bool = True
    """Without it there is neither an instance nor its role, network and peerings."""
    region: Region | None = None
    """By default the host's."""
    instance_type: InstanceType = "t3.micro"
    """Its size. A `t3.micro` is too small for `pulumi up`."""
    volume_gib: int = Field(default=8, ge=8, le=1024)
    """Its disk; the image takes 8."""
    max_age_days: int | None = Field(default=None, ge=1, le=365)
    """The age at which Auto Scaling replaces it by one of the newest image, whoever is on it; by default never.

    The stack's output `bastionReplace` is the command that replaces it at a moment that somebody chooses.
    """
    session_log_days: RetentionDays = 365
    """For how long what was typed and shown in its sessions is kept."""
    cidr: VpcRange | None = None
    """Its VPC's range; by default the plan's."""
