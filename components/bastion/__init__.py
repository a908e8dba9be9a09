"""The bastion, people's access to the fleet's networks, and its sessions."""

from .bastion import Bastion, BastionArgs

__all__ = ["Bastion", "BastionArgs"]
