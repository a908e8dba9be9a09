"""An HTTPS server on a free loopback port, one thread a connection."""

from __future__ import annotations

import logging
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sandbox.kubernetes.pki import Pair
from sandbox.kubernetes.ports import LOOPBACK

logger = logging.getLogger(__name__)


class Server(ThreadingHTTPServer):
    """Serves with a handler class; with `clients` it admits only certificates of that authority."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, handler: type[BaseHTTPRequestHandler], serving: Pair, clients: Path | None = None) -> None:
        """Listen; answers once started."""
        super().__init__((LOOPBACK, 0), handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(serving.certificate, serving.key)
        if clients:
            context.load_verify_locations(clients)
            context.verify_mode = ssl.CERT_REQUIRED
        # The handshake is left to the connection's own thread: a client that dawdles must not hold up the others.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.server_port

    def start(self) -> None:
        """Begin to answer."""
        threading.Thread(target=self.serve_forever, args=[0.1], name=type(self).__name__, daemon=True).start()

    def stop(self) -> None:
        """Stop answering."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that failed is its client's affair."""
        logger.debug("a connection from %s failed", client_address, exc_info=True)
