"""The consent of the person who runs a command that changes something."""

from __future__ import annotations

import sys

from ops.errors import UserError


def typed(stack: str, purpose: str, *, refusal: str, listed: str = "") -> bool:
    """Return whether the person types the stack's name at the terminal, after `listed` is printed.

    Raise UserError with `refusal` if there is no terminal.
    """
    if not sys.stdin.isatty():
        raise UserError(refusal)
    if listed:
        print(listed)
    return input(f"Type the stack's name, {stack}, to {purpose}: ").strip() == stack
