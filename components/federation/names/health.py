"""Route 53's own checks of a cluster's load balancer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

Protocol = Literal["HTTP", "HTTPS", "TCP"]

INTERVALS = (10, 30)
"""Seconds between two requests (Route 53 API reference, HealthCheckConfig, RequestInterval)."""

THRESHOLDS = range(1, 11)
"""FailureThreshold there."""

PORTS = range(1, 65536)
"""Port there."""

LONGEST_PATH = 255
"""ResourcePath there."""


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """A check of each cluster's load balancer from the internet, which decides whether the name leads there.

    The name leaves a cluster `interval` x `threshold` seconds after its last good answer.
    """

    path: str = "/"
    """The path that must answer with 2xx or 3xx; without effect for TCP."""
    port: int = 80
    threshold: int = 3
    """Requests in a row that fail before the cluster is unhealthy, or succeed before it is healthy again."""
    interval: int = 30
    """Seconds between two requests of one checker."""
    protocol: Protocol = "HTTP"

    def __post_init__(self) -> None:
        """Raises ValueError for a check that Route 53 would refuse."""
        if self.protocol not in get_args(Protocol):
            raise ValueError(
                f"health_check: protocol {self.protocol} is none of Route 53's; use {', '.join(get_args(Protocol))}"
            )
        if not self.path.startswith("/") or len(self.path) > LONGEST_PATH:
            raise ValueError(
                f"health_check: path {self.path} is not possible; begin it with /, and use at most "
                f"{LONGEST_PATH} characters"
            )
        if self.port not in PORTS:
            raise ValueError(f"health_check: port {self.port} is not possible; use {PORTS[0]} to {PORTS[-1]}")
        if self.threshold not in THRESHOLDS:
            raise ValueError(
                f"health_check: threshold {self.threshold} is not possible; use {THRESHOLDS[0]} to {THRESHOLDS[-1]}"
            )
        if self.interval not in INTERVALS:
            raise ValueError(
                f"health_check: interval {self.interval} is not possible; use {' or '.join(map(str, INTERVALS))}"
            )

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of Route 53's check, without the name that it calls."""
        return {
            "type": self.protocol,
            "port": self.port,
            "failure_threshold": self.threshold,
            "request_interval": self.interval,
            "resource_path": None if self.protocol == "TCP" else self.path,
        }
