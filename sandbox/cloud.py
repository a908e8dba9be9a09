"""The sandbox's daemon: AWS, EKS and the clusters' control planes in one process, one for each checkout.

    python -m sandbox.cloud --project DIR

It ends on SIGTERM or Ctrl-C, and takes its children with it. What it cannot start from, it says in one line.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any, Protocol

from sandbox import files, locks, processes
from sandbox.aws import gate, usual
from sandbox.aws.identity import EksIdentity
from sandbox.aws.server import Server
from sandbox.aws.world import World
from sandbox.contract import ClusterKey, ControlPlanes, Phase
from sandbox.errors import UserError
from sandbox.faults.switch import Injected, Switch
from sandbox.paths import Paths

TICK = 0.5
"""Seconds between two looks at what clusters do by themselves."""

QUICK = 0.1
"""The same while one of them is coming up, or going."""


class Manager(ControlPlanes, Protocol):
    """Control planes that can be stopped, their data kept."""

    def prune(self, known: Iterable[ClusterKey]) -> None:
        """Forget the kept data of all clusters but these."""
        ...

    def stop(self) -> None:
        """End all processes in order, and return when they have ended."""
        ...


class Cloud:
    """Everything the daemon runs."""

    def __init__(self, paths: Paths, make_manager: Callable[[Paths, EksIdentity, Switch], Manager]) -> None:
        """Bring back what was there before; raises UserError where that can't be done."""
        usual.factor()
        self._paths = paths
        identity = EksIdentity()
        self._switch = Switch(paths.faults)
        self.planes = make_manager(paths, identity, self._switch)
        try:
            self.world = World(paths.aws, self.planes, self._switch)
            pages = {
                "/sandbox/health": self.health,
                "/sandbox/leftovers": self.leftovers,
                "/sandbox/calls": self.calls,
                "/sandbox/faults": self.faults,
            }
            self.server = Server(self.world, paths.aws / "port", pages)
            identity.attach(self.world, self.server.url)
            self.planes.prune(self.world.eks.living())
            self.world.settle()
        except BaseException:
            self.planes.stop()
            raise

    def start(self) -> None:
        """Begin to answer, and say where in `cloud.json`."""
        self.server.start()
        said = {
            "pid": os.getpid(),
            "aws_endpoint": self.server.url,
            "account_id": self.world.account.number,
            "access_key_id": self.world.account.access_key_id,
            "secret_access_key": self.world.account.secret_access_key,
        }
        files.write_json(self._paths.cloud, said)

    def run(self, stopped: threading.Event) -> None:
        """Let clusters go on by themselves until `stopped` is set; raises UserError when nothing more can be kept."""
        moving = True
        while not stopped.wait(QUICK if moving else TICK):
            moving = self.world.settle()
            if self.world.broken:
                raise UserError(self.world.broken)

    def stop(self) -> None:
        """Answer no more, and end the control planes."""
        self._paths.cloud.unlink(missing_ok=True)
        self.server.stop()
        self.planes.stop()
        self.world.close()

    def health(self) -> dict[str, Any]:
        """Each cluster's status by name, and whether every control plane that should be up is up."""
        with self.world.lock:
            clusters = {key: cluster.status for key, cluster in self.world.eks.estate.clusters.items()}
        due = [key for key, status in clusters.items() if status in ("ACTIVE", "UPDATING")]
        up = all(self.planes.status(key).phase is Phase.READY for key in due)
        return {"ready": up, "clusters": {key.name: status for key, status in clusters.items()}}

    def calls(self) -> list[list[str]]:
        """Every call so far: the principal's ARN, the action as IAM names it, the region; each once."""
        with self.world.lock:
            return sorted(map(list, gate.calls))

    def faults(self) -> list[Injected]:
        """The faults so far by rule of the fault switch."""
        return self._switch.injected()

    def leftovers(self) -> list[str]:
        """What of ours is left in any region."""
        return self.world.leftovers()


@contextlib.contextmanager
def _only_one(paths: Paths) -> Generator[None]:
    """Be this checkout's only daemon, and end what a killed one has left running."""
    busy = f"the sandbox of {paths.project} is running already"
    with locks.alone(paths.root / "cloud.lock", busy):
        paths.cloud.unlink(missing_ok=True)
        processes.end(processes.ours(paths.root))
        yield


def _manager(paths: Paths, identity: EksIdentity, switch: Switch) -> Manager:
    # Imported here: the control planes need compiled tools, which AWS alone doesn't.
    from sandbox.clusters.manager import ControlPlaneManager

    return ControlPlaneManager(paths, identity, switch)


def main(argv: list[str] | None = None) -> int:
    """Run the daemon until it is told to stop; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.cloud", description=__doc__)
    parser.add_argument("--project", type=Path, required=True, help="the checkout")
    paths = Paths(parser.parse_args(argv).project.resolve())
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        with _only_one(paths):
            cloud = Cloud(paths, _manager)
            try:
                cloud.start()
                cloud.run(stopped)
            finally:
                cloud.stop()
    except (UserError, OSError) as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
