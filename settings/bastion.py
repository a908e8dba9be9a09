"""The bastion, by which people reach the clusters."""

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
"""Types with room for a shell and a few tunnels. The tools of the first boot are for x86_64."""


class Bastion(Section):
    """The bastion: one instance, which people reach by Session Manager."""

    enabled: bool = True
    """Whether there is a bastion, with its role, network and peerings."""
    region: Region | None = None
    """The bastion's region; by default the host's."""
    instance_type: InstanceType = "t3.micro"
    """The size. A `t3.micro` is too small for `pulumi up`."""
    volume_gib: int = Field(default=8, ge=8, le=1024)
    """The size of the disk. The image needs 8."""
    max_age_days: int | None = Field(default=None, ge=1, le=365)
    """The age at which Auto Scaling replaces it by one of the newest image, even during sessions; by default never.

    The stack's output `bastionReplace` is the command that replaces it at once.
    """
    session_log_days: RetentionDays = 365
    """The days for which the records of its sessions are kept: all input and output."""
    cidr: VpcRange | None = None
    """The VPC's range; by default the plan's."""
