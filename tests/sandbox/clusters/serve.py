"""A manager in a process of its own, for tests that kill it: `python -m tests.sandbox.clusters.serve FOLDER`."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

from sandbox.clusters.manager import ControlPlaneManager
from sandbox.paths import Paths
from tests.sandbox.clusters import fleet
from tests.sandbox.clusters.fleet import HOST


def main() -> None:
    """Bring the host cluster up, say where it is, and wait to be killed."""
    manager = ControlPlaneManager(Paths(Path(sys.argv[1])), fleet.identity())
    fleet.create(manager, HOST)
    fleet.await_ready(manager, HOST)
    status = manager.status(HOST)
    print(json.dumps([status.endpoint, status.certificate_authority.decode()]), flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
