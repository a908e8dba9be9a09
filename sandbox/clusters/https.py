"""An HTTPS server on a free loopback port, with a thread for each connection."""

from __future__ import annotations

import logging
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sandbox.clusters.pki import Pair
from sandbox.clusters.ports import LOOPBACK

logger = logging.getLogger(__name__)


class Server(ThreadingHTTPServer):
    """The server of a handler class. With `clients` it admits only certificates of that authority."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, handler: type[BaseHTTPRequestHandler], serving: Pair, clients: Path | None = None) -> None:
        """Listen. It answers once started."""
        super().__init__((LOOPBACK, 0), handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(serving.certificate, serving.key)
        if clients:
            context.load_verify_locations(clients)
            context.verify_mode = ssl.CERT_REQUIRED
        # The connection's own thread does the handshake, because a slow client must not delay others.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def port(self) -> int:
        """The port."""
        return self.server_port

    def start(self) -> None:
        """Start to answer."""
        threading.Thread(target=self.serve_forever, args=[0.1], name=type(self).__name__, daemon=True).start()

    def stop(self) -> None:
        """Stop answering."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log a failed connection at the debug level, because its client gets the error."""
        logger.debug("a connection from %s failed", client_address, exc_info=True)
