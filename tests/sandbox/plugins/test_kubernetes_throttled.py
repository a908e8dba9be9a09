"""An API server that throttles the stand-in."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, cast

import pytest

from sandbox.plugins.kubernetes.api import Api, ApiError
from sandbox.plugins.kubernetes.kubeconfig import Connection

pytestmark = pytest.mark.kubernetes


class Busy(HTTPServer):
    """Throttles a number of requests, and then answers."""

    throttled = 0
    asked = 0


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = cast(Busy, self.server)
        self.rfile.read(int(self.headers["Content-Length"]))
        server.asked += 1
        busy = server.asked <= server.throttled
        content = json.dumps(
            {"kind": "Status", "reason": "TooManyRequests"} if busy else {"kind": "Namespace"}
        ).encode()
        self.send_response(429 if busy else 201)
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Generator[Busy]:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    made = Busy(("127.0.0.1", 0), _Handler)
    threading.Thread(target=made.serve_forever, args=[0.05], daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def created(server: Busy) -> Any:
    return Api(Connection(server=f"http://127.0.0.1:{server.server_port}")).request("POST", "/api/v1/namespaces", {})


def test_a_throttled_request_is_sent_again_as_client_go_does(server: Busy) -> None:
    server.throttled = 10
    assert created(server) == {"kind": "Namespace"}
    assert server.asked == 11


def test_at_the_end_the_api_server_s_own_error_is_told(server: Busy) -> None:
    server.throttled = 99
    with pytest.raises(ApiError) as caught:
        created(server)
    assert (caught.value.status, server.asked) == (429, 11)
