"""Control planes that are only pretended."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.contract import ClusterKey, ControlPlaneStatus, Grants, NodeSpec, Phase, Wishes


@dataclass
class PretendedPlane:
    """One control plane: ready, and gone, a moment after it is asked for."""

    version: str
    service_cidr: str
    issuer: str
    since: float = field(default_factory=time.monotonic)
    deleted: float | None = None
    nodes: dict[str, NodeSpec] = field(default_factory=dict)
    wishes: Wishes = field(default_factory=Wishes)
    grants: Grants = field(default_factory=Grants)


class PretendedPlanes:
    """Implements `sandbox.contract.ControlPlanes`, and remembers what it was told."""

    def __init__(self, seconds: float = 0.05) -> None:
        self.seconds = seconds
        self.planes: dict[ClusterKey, PretendedPlane] = {}
        self.failing: dict[ClusterKey, str] = {}
        self.held = False
        """While it is set, nothing gets ready."""
        self.silent = False
        """While it is set, API servers run but don't answer."""

    def create(self, key: ClusterKey, *, version: str, service_cidr: str, issuer: str) -> None:
        if key not in self.planes:
            self.planes[key] = PretendedPlane(version, service_cidr, issuer)
        self.planes[key].version = version

    def status(self, key: ClusterKey) -> ControlPlaneStatus:
        plane = self.planes.get(key)
        if plane is None:
            return ControlPlaneStatus(phase=Phase.GONE)
        if plane.deleted is not None:
            if time.monotonic() - plane.deleted < self.seconds:
                return ControlPlaneStatus(phase=Phase.STOPPING)
            del self.planes[key]
            return ControlPlaneStatus(phase=Phase.GONE)
        if key in self.failing:
            return ControlPlaneStatus(phase=Phase.FAILED, reason=self.failing[key])
        if self.held or time.monotonic() - plane.since < self.seconds:
            return ControlPlaneStatus(phase=Phase.STARTING)
        return ControlPlaneStatus(
            phase=Phase.STARTING if self.silent else Phase.READY,
            endpoint=f"https://127.0.0.1:{6000 + len(key.name)}",
            certificate_authority=b"a certificate",
        )

    def delete(self, key: ClusterKey) -> None:
        if key in self.planes:
            self.planes[key].deleted = time.monotonic()

    def add_node(self, key: ClusterKey, node: NodeSpec) -> None:
        self.planes[key].nodes[node.name] = node

    def remove_node(self, key: ClusterKey, name: str) -> None:
        if key in self.planes:
            self.planes[key].nodes.pop(name, None)

    def node_ready(self, key: ClusterKey, name: str) -> bool:
        return not self.held and key in self.planes and name in self.planes[key].nodes

    def wishes(self, key: ClusterKey) -> Wishes | None:
        return self.planes[key].wishes if key in self.planes else None

    def grant(self, key: ClusterKey, grants: Grants) -> None:
        if key in self.planes:
            self.planes[key].grants = grants

    def prune(self, known: Iterable[ClusterKey]) -> None:
        wanted = set(known)
        for key in [key for key in self.planes if key not in wanted]:
            del self.planes[key]

    def stop(self) -> None:
        self.planes.clear()
