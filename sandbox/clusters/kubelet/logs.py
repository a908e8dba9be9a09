"""What nodes answer an API server: the logs of pods (`kubectl logs`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sandbox.clusters.https import Server
from sandbox.clusters.pki import Pair

Find = Callable[[str, str, str], "Path | None"]
"""The log of a namespace's pod's container; None for pods that are acted."""

ACTED = b"This pod is acted: nothing runs in it, so it has no log.\n"


class LogServer(Server):
    """Answers for all nodes of a cluster, to its API server alone."""

    def __init__(self, serving: Pair, authority: Path, find: Find) -> None:
        """`authority` is what clients have their certificates from."""
        super().__init__(_Handler, serving, clients=authority)
        self.find = find


class _Handler(BaseHTTPRequestHandler):
    error_message_format, error_content_type = "%(message)s\n", "text/plain"
    server: LogServer  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        """`/containerLogs/<namespace>/<pod>/<container>`."""
        parts = urlsplit(self.path)
        words = parts.path.strip("/").split("/")
        if len(words) != 4 or words[0] != "containerLogs":
            self.send_error(501, "The sandbox's nodes answer kubectl logs only: no exec, attach or port-forward.")
            return
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        log = self.server.find(words[1], words[2], words[3])
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        if log is None:
            self.wfile.write(ACTED)
            return
        living = lambda: self.server.find(words[1], words[2], words[3]) is not None  # noqa: E731
        follow = options.get("follow") == "true"
        for piece in read(log, int(options.get("tailLines", -1)), living if follow else lambda: False):
            self.wfile.write(piece)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: nobody reads it."""


def read(log: Path, lines: int, more: Callable[[], bool]) -> Iterator[bytes]:
    """A file's last `lines` lines (negative: all), and what is added as long as `more` says so."""
    if not log.exists():
        return
    with log.open("rb") as file:
        content = file.read()
        yield content if lines < 0 else b"".join(content.splitlines(keepends=True)[-lines:] if lines else ())
        while more():
            time.sleep(0.2)
            if piece := file.read():
                yield piece
