"""Which networks are peered."""

from __future__ import annotations

from typing import Literal

from settings.base import Section


class Peering(Section):
    """Which networks are peered."""

    topology: Literal["hub-and-spoke", "full-mesh"] = "hub-and-spoke"
    """Bastion to every cluster and host to every member; in a full mesh every cluster to every other too."""
