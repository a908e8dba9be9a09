"""Loopback ports: for one run, or for the life of a cluster."""

from __future__ import annotations

import random
import socket
from collections.abc import Container

LOOPBACK = "127.0.0.1"

KEPT = range(20000, 32000)
"""The range of kept ports, below the ranges from which systems choose ports of outgoing connections (Linux
32768, macOS and Windows 49152), so that a port is still free when its cluster resumes."""


def passing() -> int:
    """A port that is free now, for a listener that starts at once."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        return listener.getsockname()[1]


def kept(taken: Container[int] = ()) -> int:
    """A free port to keep, none of those `taken`. Raises OSError after hundreds of ports in use."""
    for _ in range(500):
        port = random.choice(KEPT)  # noqa: S311
        if port not in taken and free(port):
            return port
    raise OSError(f"no free port on {LOOPBACK} among {KEPT.start} to {KEPT.stop - 1}; end some listening programs")


def free(port: int) -> bool:
    """Whether a server could listen on the port."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
