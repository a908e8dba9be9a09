"""The bastion: people's way into the fleet's networks, and their sessions on it."""

from .bastion import Bastion, BastionArgs

__all__ = ["Bastion", "BastionArgs"]
