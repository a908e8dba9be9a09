"""AWS over HTTP on a loopback port, which stays the same at each start."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sandbox.aws.faults import Unanswered
from sandbox.aws.request import Answer, Request
from sandbox.aws.world import World
from sandbox.errors import UserError

Page = Callable[[], Any]
"""A function that returns the JSON of one of the sandbox's own pages."""

POLL = 0.1
"""Seconds within which the server notices a stop."""


class Server:
    """The HTTP server of a world, and of the sandbox's own pages under `/sandbox/`."""

    def __init__(self, world: World, port_file: Path, pages: dict[str, Page]) -> None:
        """Bind the port in `port_file`, or a free one that is written there. Raises UserError if the port is in use."""
        bound = _bound(port_file)
        self.port: int = bound.getsockname()[1]
        self._server = _Listener(("127.0.0.1", self.port), _handler(world, pages), bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = bound
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL,), name="aws", daemon=True)

    @property
    def url(self) -> str:
        """The value for AWS_ENDPOINT_URL."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start to answer calls."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering calls."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()


class _Listener(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log a connection's error, except for a killed client's."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError):
            print(f"http: {type(error).__name__}: {error}", file=sys.stderr, flush=True)


def _handler(world: World, pages: dict[str, Page]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def answer(self) -> None:
            request = self.request_made()
            page = pages.get(request.path) if request.method == "GET" else None
            if page is None:
                self.answer_call(request)
            else:
                self.say(Answer(200, [("Content-Type", "application/json")], json.dumps(page()).encode()))

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = answer

        def answer_call(self, request: Request) -> None:
            try:
                self.say(world.answer(request))
            except Unanswered:
                self.close_connection = True

        def request_made(self) -> Request:
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            return Request(self.command, path, query, headers, self.body(headers))

        def body(self, headers: dict[str, str]) -> bytes:
            if headers.get("transfer-encoding", "").lower() != "chunked":
                return self.rfile.read(int(headers.get("content-length") or 0))
            parts: list[bytes] = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(parts)

        def say(self, answer: Answer) -> None:
            self.send_response(answer.status)
            lengths = [value for name, value in answer.headers if name.lower() == "content-length"]
            for name, value in answer.headers:
                if name.lower() not in ("content-length", "date", "server", "connection"):
                    self.send_header(name, value)
            # The answer to HEAD has the length of what GET would return.
            head = self.command == "HEAD"
            self.send_header("Content-Length", lengths[0] if head and lengths else str(len(answer.body)))
            self.end_headers()
            if not head:
                self.wfile.write(answer.body)

        def log_request(self, code: Any = "-", size: Any = "-") -> None:
            """Log nothing, because a request's line may contain secrets."""

        def log_error(self, format: str, *args: Any) -> None:
            """Log an error without its request."""
            print(f"http: {format % args}", file=sys.stderr, flush=True)

    return Handler


def _bound(port_file: Path) -> socket.socket:
    kept = port_file.read_text().strip() if port_file.exists() else ""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", int(kept) if kept.isdigit() else 0))
    except OSError as error:
        listener.close()
        raise UserError(
            f"port {kept} on 127.0.0.1, which this sandbox's AWS had before, is in use by another program ({error}); "
            f"end that program, or remove {port_file} and run `make up` again"
        ) from error
    listener.listen(128)
    port_file.parent.mkdir(parents=True, exist_ok=True)
    port_file.write_text(f"{listener.getsockname()[1]}\n")
    return listener
