"""AWS over HTTP on a loopback port that stays the same from one start to the next."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.aws.request import Request
from sandbox.aws.world import World
from sandbox.errors import UserError

Page = Callable[[], Any]
"""Makes what is answered, as JSON, to a GET of one of the sandbox's own pages."""


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    """Connections are kept: botocore makes hundreds of calls."""

    def log_request(self, *_: Any, **__: Any) -> None:
        """Keep quiet: a request's line may hold secrets."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say what went wrong, but not in whose request."""
        if type == "error":
            print(f"http: {message % args if args else message}", file=sys.stderr, flush=True)


class Server:
    """The HTTP server of a world, and of the sandbox's own pages under `/sandbox/`."""

    def __init__(self, world: World, port_file: Path, pages: dict[str, Page]) -> None:
        """Take the port that `port_file` names, or a free one that it will name; raises UserError if it is busy."""
        self._world = world
        self._pages = pages
        bound = _bound(port_file)
        self.port: int = bound.getsockname()[1]
        self._server = make_server(
            "127.0.0.1", self.port, self._application, threaded=True, request_handler=_Handler, fd=bound.fileno()
        )
        bound.close()
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="aws", daemon=True)

    @property
    def url(self) -> str:
        """What AWS_ENDPOINT_URL is to be."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()

    def _application(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if page := self._pages.get(environ["PATH_INFO"]):
            start("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(page()).encode()]
        answer = self._world.answer(Request.from_environ(environ))
        headers = [(name, value) for name, value in answer.headers if name.lower() != "content-length"]
        start(f"{answer.status} -", [*headers, ("Content-Length", str(len(answer.body)))])
        return [answer.body]


def _bound(port_file: Path) -> socket.socket:
    kept = port_file.read_text().strip() if port_file.exists() else ""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind(("127.0.0.1", int(kept) if kept.isdigit() else 0))
    except OSError as error:
        made.close()
        raise UserError(
            f"port {kept} on 127.0.0.1, which this sandbox's AWS had before, is taken by another program ({error}); end "
            f"that program, or remove {port_file} and run `make up` again"
        ) from error
    made.listen(128)
    port_file.parent.mkdir(parents=True, exist_ok=True)
    port_file.write_text(f"{made.getsockname()[1]}\n")
    return made
