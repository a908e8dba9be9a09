"""DNS names for what a fleet serves: Route 53's records over the clusters of a placement."""

from .global_name import GlobalName, GlobalNameArgs
from .health import HealthCheck
from .private_zone import PrivateZone, PrivateZoneArgs
from .routing import Failover, Latency, Weighted

__all__ = [
    "Failover",
    "GlobalName",
    "GlobalNameArgs",
    "HealthCheck",
    "Latency",
    "PrivateZone",
    "PrivateZoneArgs",
    "Weighted",
]
