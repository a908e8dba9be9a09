"""The account's quotas: what a fleet needs of them, and whether it fits."""

from .check import Account, check_quotas

__all__ = ["Account", "check_quotas"]
