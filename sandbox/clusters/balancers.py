"""Load balancers of Services whose pods run on this machine: a listener on loopback for each port.

No name of AWS's leads to this machine, so such a Service is told `localhost` as the name of its load balancer.
"""

from __future__ import annotations

import logging
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.clusters import ports
from sandbox.clusters.proxy import pump

logger = logging.getLogger(__name__)

HERE = "localhost"

Object = Mapping[str, Any]
Serving = Callable[[Object, int], "int | None"]
"""The loopback port of a pod that stands for the port of a Service; None if none of its pods runs here."""


class Balancers:
    """The listeners of one cluster's load balancers."""

    def __init__(self, serving: Serving) -> None:
        """Nothing listens yet."""
        self._serving = serving
        self._servers: dict[str, list[_Server]] = {}

    def host(self, service: Object, host: str) -> str:
        """The name of a Service's load balancer, which is `host` on AWS: `localhost` if it listens here."""
        uid = service["metadata"]["uid"]
        if uid in self._servers:
            return HERE
        wanted = [port["port"] for port in service["spec"]["ports"]]
        if not _was_here(service) and not any(self._serving(service, port) for port in wanted):
            return host
        try:
            self._servers[uid] = [_Server(port, lambda port=port: self._serving(service, port)) for port in wanted]
        except OSError as error:
            logger.error("%s: its load balancer can't listen on %s: %s", service["metadata"]["name"], wanted, error)
            return host
        for server in self._servers[uid]:
            threading.Thread(target=server.serve_forever, args=[0.1], name=f"balancer {uid}", daemon=True).start()
        return HERE

    def forget(self, uid: str) -> None:
        """End the listeners of a Service."""
        for server in self._servers.pop(uid, ()):
            server.shutdown()
            server.server_close()

    def stop(self) -> None:
        """End all listeners."""
        for uid in [*self._servers]:
            self.forget(uid)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, target: Callable[[], int | None]) -> None:
        super().__init__((ports.LOOPBACK, port), _Handler)
        self.target = target


class _Handler(socketserver.BaseRequestHandler):
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def handle(self) -> None:
        """Bytes both ways until either side ends; nothing, if no pod of the Service is ready."""
        local = self.server.target()
        try:
            target = socket.create_connection((ports.LOOPBACK, local or 0), timeout=5)
        except OSError:
            return
        target.settimeout(None)
        with target:
            back = threading.Thread(target=pump, args=(target, self.request), daemon=True)
            back.start()
            pump(self.request, target)
            back.join()


def _was_here(service: Object) -> bool:
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return any(one.get("hostname") == HERE for one in ingress)
