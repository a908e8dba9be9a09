"""The etcd of all control planes of a sandbox. Each has a prefix of its own."""

from __future__ import annotations

import base64
import json
import threading
from pathlib import Path

import urllib3

from sandbox.clusters import ports
from sandbox.clusters.child import Child, wait_until
from sandbox.errors import UserError
from sandbox.files import write_json
from sandbox.paths import Paths, tool

STARTUP = 30.0
"""Seconds in which it must answer."""


class EtcdError(UserError):
    """The store doesn't start or doesn't answer. The message has the reason."""


class Etcd:
    """The store and its process. Its data and its two ports outlive restarts."""

    def __init__(self, paths: Paths) -> None:
        """Create it. The process begins with `start`."""
        self._paths = paths
        self._folder = paths.clusters / "etcd"
        self._child: Child | None = None
        self._pool = urllib3.PoolManager(maxsize=8, retries=False, timeout=10)
        self._client, self._peer = 0, 0
        self._lock = threading.Lock()
        self._closed = False

    @property
    def url(self) -> str:
        """The URL for clients."""
        return f"http://{ports.LOOPBACK}:{self._client}"

    def start(self, stopping: threading.Event) -> None:
        """Start it once, and wait until it answers. Raises EtcdError."""
        with self._lock:
            if self._closed:
                raise EtcdError("etcd: the sandbox is stopping")
            if not self._child:
                self._start(stopping)

    def _start(self, stopping: threading.Event) -> None:
        self._client, self._peer = self._ports()
        child = Child(
            self._paths.root,
            "kubernetes etcd",
            self._argv(),
            self._paths.log / "etcd.log",
            env={"GOMEMLIMIT": "300MiB"},
        )
        child.start()
        if not wait_until(self.healthy, STARTUP, stopping):
            child.stop()
            raise EtcdError(f"etcd does not answer on {self.url}: {child.tail()}")
        self._child = child

    def stop(self) -> None:
        """End it, so that it can't start again."""
        with self._lock:
            self._closed = True
            if self._child:
                self._child.stop()
                self._child = None

    def healthy(self) -> bool:
        """Whether it serves reads and writes."""
        try:
            return self._pool.request("GET", f"{self.url}/health", timeout=2).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def count(self, prefix: str) -> int:
        """The number of keys under a prefix."""
        return int(self._call("range", {**_under(prefix), "count_only": True}).get("count", 0))

    def delete(self, prefix: str) -> None:
        """Delete all keys under a prefix. Raises EtcdError."""
        self._call("deleterange", _under(prefix))

    def _call(self, operation: str, body: dict[str, object]) -> dict[str, str]:
        try:
            response = self._pool.request("POST", f"{self.url}/v3/kv/{operation}", body=json.dumps(body))
        except urllib3.exceptions.HTTPError as error:
            raise EtcdError(f"etcd: {operation}: {error}") from error
        if response.status != 200:
            raise EtcdError(f"etcd: {operation}: {response.data.decode(errors='replace')}")
        return response.json()

    def _ports(self) -> tuple[int, int]:
        kept = self._folder / "ports.json"
        if kept.exists():
            client, peer = json.loads(kept.read_text())
            for port in (client, peer):
                if not ports.free(port):
                    raise EtcdError(
                        f"port {port}, etcd's since this sandbox was made, is in use; end what listens there"
                    )
            return client, peer
        self._folder.mkdir(parents=True, exist_ok=True)
        client = ports.kept()
        peer = ports.kept(taken=[client])
        write_json(kept, [client, peer])
        return client, peer

    def _argv(self) -> list[str | Path]:
        peer = f"http://{ports.LOOPBACK}:{self._peer}"
        return [
            tool(self._paths, "etcd"),
            "--name=sandbox",
            f"--data-dir={self._folder / 'data'}",
            f"--listen-client-urls={self.url}",
            f"--advertise-client-urls={self.url}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=sandbox={peer}",
            # A crash of the machine may lose the last writes, a crash of the process does not.
            "--unsafe-no-fsync",
            # Only followers need Raft's log in memory, whose default of 10,000 entries takes 50 MiB and more.
            "--snapshot-count=1000",
            "--log-level=warn",
        ]


def _under(prefix: str) -> dict[str, object]:
    """The range of all keys with the prefix `<prefix>/`. The character `0` follows `/`."""
    start, end = (f"{prefix}{last}".encode() for last in "/0")
    return {"key": base64.b64encode(start).decode(), "range_end": base64.b64encode(end).decode()}
