"""The proxy to pods that are local processes: HTTP CONNECT over a unix socket for API servers, over TCP for pods.

A pod's address exists only in the API server's objects. The proxy knows the loopback port of each port of each pod
(https://kubernetes.io/docs/tasks/extend-kubernetes/setup-konnectivity/ is the mechanism).
"""

from __future__ import annotations

import contextlib
import logging
import socket
import socketserver
import threading
from collections.abc import Callable
from pathlib import Path

from sandbox.clusters import ports

logger = logging.getLogger(__name__)

Resolve = Callable[[str, int], "int | None"]
"""A function that returns the loopback port of a host and port; None without one."""


class EgressProxy:
    """A cluster's proxy on its unix socket."""

    def __init__(self, path: Path, resolve: Resolve) -> None:
        """Listen on `path`, at most 100 characters long (systems allow 104 to 108). It answers once started."""
        self._servers = (_Server(path, resolve), _PodServer(resolve))
        self.port = self._servers[1].server_address[1]
        """The loopback port for pods."""

    def start(self) -> None:
        """Start to answer."""
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=[0.1], name="egress proxy", daemon=True).start()

    def stop(self) -> None:
        """Stop answering. Open connections last until either side ends them."""
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path: Path, resolve: Resolve) -> None:
        path.unlink(missing_ok=True)
        super().__init__(str(path), _Handler)
        self.resolve = resolve


class _PodServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, resolve: Resolve) -> None:
        super().__init__((ports.LOOPBACK, 0), _Handler)
        self.resolve = resolve


class _Handler(socketserver.StreamRequestHandler):
    server: _Server | _PodServer  # pyright: ignore[reportIncompatibleVariableOverride]

    def handle(self) -> None:
        """Answer a CONNECT, then pass bytes both ways until either side ends."""
        request = self.rfile.readline(4096).decode("latin-1").split()
        while self.rfile.readline(4096).strip():
            pass
        if len(request) < 2 or request[0] != "CONNECT":
            self._refuse("405 Method Not Allowed")
            return
        host, _, port = request[1].rpartition(":")
        local = self.server.resolve(host.strip("[]"), int(port)) if port.isdigit() else None
        if local is None:
            logger.info("nothing stands for %s", request[1])
            self._refuse("502 Bad Gateway")
            return
        try:
            target = socket.create_connection(("127.0.0.1", local), timeout=5)
        except OSError as error:
            logger.info("%s (local port %d): %s", request[1], local, error)
            self._refuse("502 Bad Gateway")
            return
        target.settimeout(None)
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with target:
            back = threading.Thread(target=pump, args=(target, self.connection), daemon=True)
            back.start()
            pump(self.connection, target)
            back.join()

    def _refuse(self, status: str) -> None:
        self.wfile.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Pass bytes from one side to the other until it ends."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
    with contextlib.suppress(OSError):
        source.shutdown(socket.SHUT_RD)
