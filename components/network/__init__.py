"""Networks: VPCs with their egress and flow logs, existing VPCs, and peerings between two of them."""

from .existing import ExistingNetwork, ExistingNetworkArgs, check_apart
from .network import Network, NetworkArgs
from .peering import AnyNetwork, Peering

__all__ = [
    "AnyNetwork",
    "ExistingNetwork",
    "ExistingNetworkArgs",
    "Network",
    "NetworkArgs",
    "Peering",
    "check_apart",
]
