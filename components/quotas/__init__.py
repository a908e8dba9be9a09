"""The account's quotas: a fleet's demand for them, and whether it fits."""

from .check import Account, check_quotas

__all__ = ["Account", "check_quotas"]
