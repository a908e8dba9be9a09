"""What the clusters' control planes log, whether they can be deleted, and how long EKS supports their version."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from settings.base import RetentionDays, Section

LogType = Literal["api", "audit", "authenticator", "controllerManager", "scheduler"]
LOG_TYPES: tuple[LogType, ...] = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""All that EKS has."""


class ControlPlane(Section):
    """Each cluster's control plane."""

    logs: tuple[LogType, ...] = LOG_TYPES
    """What goes to CloudWatch Logs; an empty list turns it off, and deletes what was kept."""
    log_days: RetentionDays = 90
    """For how long it is kept."""
    deletion_protection: bool = True
    """While it is set neither EKS nor Pulumi deletes a cluster, nor Pulumi its VPC: unset it and update first."""

    support_type: Literal["standard", "extended"] = "extended"
    """Whether a version that leaves standard support is kept, at six times the price, or upgraded by EKS.

    `extended` is AWS's default. EKS takes no cluster back to `standard` while its version is in extended support (EKS
    user guide, "View current cluster upgrade policy").
    """

    @model_validator(mode="after")
    def _each_once(self) -> ControlPlane:
        if len(set(self.logs)) < len(self.logs):
            raise ValueError(f"logs: {', '.join(self.logs)} has a type twice; list each once")
        return self
