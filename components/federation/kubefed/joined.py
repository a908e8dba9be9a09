"""The clusters that kubefed knows, and whether a workload asks for others."""

from __future__ import annotations

from pulumi import Output

from .. import membership
from ..membership import Labels, placed, select, spread, takes
from . import status

__all__ = ["Labels", "joined", "placed", "select", "spread", "takes"]


def joined(kubeconfig: Output[str]) -> Output[Labels | None]:
    """The clusters that have joined the host, with their labels; None where the host doesn't answer, with a warning."""
    return membership.joined(kubeconfig, status.CLUSTERS)
