"""Errors that a person can mend."""

from __future__ import annotations


class UserError(Exception):
    """An error in one line, with the thing, the reason and the fix; shown without a traceback."""
