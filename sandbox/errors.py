"""Errors that a person can mend."""

from __future__ import annotations


class UserError(Exception):
    """One line that names the thing, what is wrong with it, and the fix; shown without a traceback."""
