"""The fault switch in front of an API server. It has the cluster's endpoint, and forwards requests that don't fail.

It exists only for a cluster whose control plane starts while the switch is on. The cluster's own parts bypass it.
"""

from __future__ import annotations

import json
import logging
import select
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sandbox.clusters.pki import Pair
from sandbox.clusters.ports import LOOPBACK
from sandbox.errors import UserError
from sandbox.faults.model import ERROR, LATENCY, REFUSE, ClusterRule
from sandbox.faults.switch import Switch

logger = logging.getLogger(__name__)


class Front(ThreadingHTTPServer):
    """HTTPS on a cluster's endpoint. Each connection has one request, so that each can fail by itself."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, target: int, cluster: str, serving: Pair, authority: Path, switch: Switch) -> None:
        """Listen on `port` for the API server on `target`. It answers once started."""
        super().__init__((LOOPBACK, port), _Handler)
        self.target, self.cluster, self.switch = target, cluster, switch
        self.upstream = ssl.create_default_context(cafile=str(authority))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(serving.certificate, serving.key)
        context.set_alpn_protocols(["http/1.1"])
        # The connection's own thread does the handshake, because a slow client must not delay others.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def start(self) -> None:
        """Start to answer."""
        threading.Thread(target=self.serve_forever, args=[0.1], name=f"front {self.cluster}", daemon=True).start()

    def stop(self) -> None:
        """Stop answering. Open connections last until either side ends them."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log a failed connection at the debug level, because its client gets the error."""
        logger.debug("a connection from %s failed", client_address, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 300
    rbufsize = 0  # The bytes after the request's head are forwarded from the socket itself.
    server: Front  # pyright: ignore[reportIncompatibleVariableOverride]

    def pass_on(self) -> None:
        """Make the request fail by a rule, or forward it and its response."""
        self.close_connection = True
        rule = self._rule()
        if rule and rule.fault == REFUSE:
            return
        if rule and rule.fault == LATENCY:
            time.sleep(rule.seconds)
        elif rule:
            self._fail(rule)
            return
        with self._reach() as target:
            target.sendall(self._head())
            _exchange(self.connection, target)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = pass_on

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing, because each request would be a line, and may contain secrets."""

    def _rule(self) -> ClusterRule | None:
        try:
            return self.server.switch.cluster(self.server.cluster, self.command, self.path.partition("?")[0])
        except UserError as error:
            logger.error("%s", error)
            return None

    def _reach(self) -> ssl.SSLSocket:
        plain = socket.create_connection((LOOPBACK, self.server.target), timeout=10)
        return self.server.upstream.wrap_socket(plain, server_hostname=LOOPBACK)

    def _head(self) -> bytes:
        """The request's head, which closes the connection unless the request switches the protocol."""
        switches = "upgrade" in self.headers.get("Connection", "").lower()
        kept = [(name, value) for name, value in self.headers.items() if switches or name.lower() != "connection"]
        lines = [self.requestline, *(f"{name}: {value}" for name, value in kept)]
        lines += [] if switches else ["Connection: close"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _fail(self, rule: ClusterRule) -> None:
        """Send the Status of an API server's error (k8s.io/apimachinery/pkg/api/errors)."""
        code, reason, message = (
            (500, "InternalError", "Internal error occurred: injected by the sandbox's fault switch")
            if rule.fault == ERROR
            else (
                429,
                "TooManyRequests",
                "The server has received too many requests and has asked us to try again later",
            )
        )
        self._drain()
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
        data = json.dumps({**status, "message": message, "reason": reason, "code": code}).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        if code == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(data)

    def _drain(self) -> None:
        """Read the body, because closing a connection with unread bytes drops the response."""
        left = int(self.headers.get("Content-Length") or 0)
        while left > 0 and (data := self.rfile.read(left)):
            left -= len(data)


def _exchange(client: ssl.SSLSocket, server: ssl.SSLSocket) -> None:
    """Pass bytes both ways until either side ends. One thread does both, because OpenSSL allows one at a time."""
    across = {client: server, server: client}
    while True:
        ready = [end for end in across if end.pending()] or select.select([client, server], [], [])[0]
        for end in ready:
            data = _received(end)
            if data == b"":
                return
            if data:
                across[end].sendall(data)


def _received(end: ssl.SSLSocket) -> bytes | None:
    """The bytes that have arrived; empty at the end, None for bytes of TLS itself."""
    end.setblocking(False)
    try:
        return end.recv(65536)
    except ssl.SSLWantReadError:
        return None
    finally:
        end.setblocking(True)
