"""The control planes' logs, protection from deletion, and the length of EKS's support."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from settings.base import RetentionDays, Section

LogType = Literal["api", "audit", "authenticator", "controllerManager", "scheduler"]
LOG_TYPES: tuple[LogType, ...] = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""All log types of EKS."""


class ControlPlane(Section):
    """The control plane of each cluster."""

    logs: tuple[LogType, ...] = LOG_TYPES
    """The logs in CloudWatch Logs. An empty list turns them off, and deletes the existing records."""
    log_days: RetentionDays = 90
    """The days for which the records are kept."""
    deletion_protection: bool = True
    """Protection of a cluster from EKS and Pulumi, and of its VPC from Pulumi. To delete them, unset it and update."""

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
