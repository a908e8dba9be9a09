import json
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from sandbox import processes
from sandbox.paths import Paths

CLOUD = """
import http.server, json, os, signal, sys, threading
from pathlib import Path

project = Path(sys.argv[sys.argv.index("--project") + 1])
mode = (project / "mode").read_text() if (project / "mode").exists() else "ready"
if mode == "busy":
    sys.exit("error: port 4566 is in use by another program; end it")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        left = json.loads((project / "left").read_text()) if (project / "left").exists() else []
        answers = {"/sandbox/health": {"ready": True, "clusters": {"one": "ready"}}, "/sandbox/leftovers": left}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answers[self.path]).encode())

    def log_message(self, *args):
        pass


if mode == "deaf":
    signal.pause()
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
(project / ".sandbox" / "aws").mkdir(exist_ok=True)
(project / ".sandbox" / "cloud.json").write_text(json.dumps({
    "pid": os.getpid(),
    "aws_endpoint": f"http://127.0.0.1:{server.server_port}",
    "account_id": "123456789012",
    "access_key_id": "AKIA",
    "secret_access_key": "it's secret",
}))
if mode == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
server.serve_forever()
"""


@pytest.fixture
def paths(tmp_path: Path) -> Generator[Paths, None, None]:
    """A project whose cloud only pretends: `mode` and `left` in the project say how it behaves."""
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "__init__.py").touch()
    (tmp_path / "sandbox" / "cloud.py").write_text(CLOUD)
    paths = Paths(tmp_path)
    yield paths
    processes.end(processes.ours(paths.root), grace=1)


@pytest.fixture
def running(paths: Paths) -> Paths:
    """The project as it is while its cloud is up, though nothing runs."""
    paths.root.mkdir()
    paths.cloud.write_text(
        json.dumps(
            {
                "pid": 1,
                "aws_endpoint": "http://127.0.0.1:9",
                "account_id": "123456789012",
                "access_key_id": "AKIA",
                "secret_access_key": "it's secret",
            }
        )
    )
    return paths


@pytest.fixture
def write_script(tmp_path: Path) -> Callable[[Path, str], Path]:
    """Write an executable shell script."""

    def write(path: Path, script: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return write
