"""The peerings between the fleet's networks."""

from __future__ import annotations

from typing import Literal

from settings.base import Section


class Peering(Section):
    """The peerings between the networks."""

    topology: Literal["hub-and-spoke", "full-mesh"] = "hub-and-spoke"
    """Peerings of the bastion with every cluster and of the host with every member; in a full mesh of all clusters."""
