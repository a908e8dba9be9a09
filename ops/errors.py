"""The error that every command reports on one line."""

from __future__ import annotations


class UserError(Exception):
    """A problem that a person can fix; its message is one line that says where, why, and what to do."""


def not_on_path(program: str, name: str) -> UserError:
    """Return the error for a program that is not installed."""
    return UserError(f"{program}: not found on PATH; install {name}, or put its directory on PATH")
