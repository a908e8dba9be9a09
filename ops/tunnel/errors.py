"""What is told of tunnels that can't be had."""


class TunnelError(Exception):
    """One line: where, why, and what to do about it."""
