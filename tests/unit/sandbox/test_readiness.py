"""The wait for a public endpoint."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from sandbox.clusters.pki import Authority
from sandbox.plugins.eks import readiness

pytestmark = pytest.mark.unit


class Health(HTTPServer):
    """An API server that is healthy from its third answer on."""

    asked = 0


class Handler(BaseHTTPRequestHandler):
    server: Health  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(200 if self.path == "/healthz" and self.server.asked > 2 else 500)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Health]:
    """One behind a certificate that nobody knows."""
    pair = Authority(tmp_path, "authority").server("server", "server", ["127.0.0.1"])
    made = Health(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    made.socket = context.wrap_socket(made.socket, server_side=True)
    threading.Thread(target=made.serve_forever, args=[0.05], daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "PAUSE", 0.01)


def test_the_endpoint_is_given_once_it_is_healthy(server: Health) -> None:
    endpoint = f"https://127.0.0.1:{server.server_port}"
    assert asyncio.run(readiness.answering(endpoint)) == endpoint
    assert server.asked == 3


def test_an_endpoint_that_never_answers_is_given_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "LONGEST", 0.05)
    assert asyncio.run(readiness.answering("https://127.0.0.1:1")) == "https://127.0.0.1:1"
