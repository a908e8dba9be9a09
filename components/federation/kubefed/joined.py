"""The clusters that kubefed knows."""

from __future__ import annotations

from pulumi import Output

from .. import membership
from ..membership import Labels, placed, select, spread, takes
from . import status

__all__ = ["Labels", "joined", "placed", "select", "spread", "takes"]


def joined(kubeconfig: Output[str]) -> Output[Labels | None]:
    """The clusters that have joined the host, with their labels; None and a warning if the host doesn't answer."""
    return membership.joined(kubeconfig, status.CLUSTERS)
