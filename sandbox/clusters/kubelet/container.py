"""One container of a pod: its process, its restarts, its probes, and its status as Kubernetes words it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sandbox import processes
from sandbox.clusters.images import find, pullable
from sandbox.clusters.kubelet.commands import Command, CommandError
from sandbox.clusters.kubelet.probes import Probe

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds before a restart: a tenth of the kubelet's, doubled each time."""

STEADY = 60.0
"""Seconds after which a running container's pause begins anew."""

Make = Callable[[Mapping[str, Any]], Command]


def now() -> str:
    """The time as Kubernetes writes it."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Container:
    """A container and the process that stands for it; used by its pod's thread alone."""

    def __init__(
        self,
        spec: Mapping[str, Any],
        make: Make,
        pulled: set[str],
        root: Path,
        log: Path,
        name: str,
        before: Mapping[str, Any] | None,
    ) -> None:
        """`before` is its status from an earlier life of this kubelet: a process of that life is gone."""
        self.spec, self._make, self._pulled = spec, make, pulled
        self._root, self.log, self._name = root, log, name
        self._pulled_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._probes: dict[str, Probe] = {}
        self._started = 0.0
        self._next_start, self._pause = 0.0, FIRST_PAUSE
        self.state: dict[str, Any] = {"waiting": {"reason": "ContainerCreating"}}
        self._last: dict[str, Any] = {}
        self.restarts = 0
        self.ports: dict[int, int] = {}
        self.resting = False
        """Ended, and not to be started again."""
        if before and (before.get("state", {}).get("running") or before.get("restartCount")):
            self._resume(before)

    @property
    def acted(self) -> bool:
        """Whether nothing real stands for its image: it only says that it runs."""
        return find(self.spec["image"]) is None

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return "running" in self.state

    @property
    def ready(self) -> bool:
        """Whether it runs and its readiness probe, if any, holds."""
        probe = self._probes.get("readinessProbe")
        return self.running and (probe is None or probe.succeeded)

    @property
    def code(self) -> int | None:
        """The exit code of its last run."""
        terminated = self.state.get("terminated") or self._last.get("terminated")
        return terminated["exitCode"] if terminated else None

    def step(self, policy: str) -> None:
        """Start, watch, probe or restart it, as `policy` (Always, OnFailure, Never) says."""
        if self.running:
            self._watch()
        if "terminated" in self.state and not self.resting:
            self._after_end(policy)
        if "waiting" in self.state and time.monotonic() >= self._next_start:
            self._start()

    def signal(self) -> None:
        """Ask its process to end."""
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        """End its process for certain."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self.running:
            self._ended(self._process.wait() if self._process else 0)

    def gone(self) -> bool:
        """Whether its process has ended; notes how."""
        if self.running and (self._process is None or self._process.poll() is not None):
            self._ended(self._process.returncode if self._process else 0)
        return not self.running

    def status(self) -> dict[str, Any]:
        """Kubernetes' ContainerStatus."""
        image = self.spec["image"]
        return {
            "name": self.spec["name"],
            "image": image,
            "imageID": f"sandbox://{image}" if self.running else "",
            "ready": self.ready,
            "started": self.running,
            "restartCount": self.restarts,
            "state": self.state,
            "lastState": self._last,
        }

    def port(self, wanted: object) -> int | None:
        """The loopback port for one of its ports, by number or name."""
        for port in self.spec.get("ports") or ():
            if wanted == port.get("name"):
                wanted = port["containerPort"]
        return self.ports.get(wanted) if isinstance(wanted, int) else None

    def _resume(self, before: Mapping[str, Any]) -> None:
        self.restarts = before.get("restartCount", 0)
        self._pulled.add(self.spec["image"])
        if running := before.get("state", {}).get("running"):
            self.state = {"terminated": _terminated(137, running.get("startedAt") or now())}

    def _start(self) -> None:
        if self.acted:
            self.state = {"running": {"startedAt": now()}}
            return
        if not pullable(self.spec["image"]):
            self._wait("ImagePullBackOff", _no_such_image(self.spec["image"]))
            return
        if self.spec["image"] not in self._pulled:
            self._pull()
            return
        try:
            made = self._make(self.spec)
            self._process = processes.start(self._root, self._name, made.argv, self.log, made.env)
        except (CommandError, OSError) as error:
            self._wait("CreateContainerError", str(error))
            return
        self.ports, self._started = made.ports, time.monotonic()
        self.state = {"running": {"startedAt": now()}}
        self._probes = {
            kind: Probe(self.spec[kind], self.port, eager=kind == "readinessProbe")
            for kind in ("readinessProbe", "livenessProbe")
            if kind in self.spec
        }

    def _pull(self) -> None:
        image = find(self.spec["image"])
        if not self._pulled_at:
            self._pulled_at = time.monotonic() + (image.pull if image else 0.0)
        elif time.monotonic() > self._pulled_at:
            self._pulled.add(self.spec["image"])

    def _watch(self) -> None:
        if self._process is None:
            return
        if self._process.poll() is not None:
            self._ended(self._process.returncode)
            return
        for kind, probe in self._probes.items():
            probe.step()
            if kind == "livenessProbe" and probe.failed:
                self.kill()
                return

    def _ended(self, code: int) -> None:
        started = self.state["running"]["startedAt"]
        # A process ended by a signal: shells and Kubernetes say 128 + its number.
        self.state = {"terminated": _terminated(code if code >= 0 else 128 - code, started)}
        self.ports, self._process = {}, None

    def _after_end(self, policy: str) -> None:
        code = self.state["terminated"]["exitCode"]
        if policy == "Never" or (policy == "OnFailure" and code == 0):
            self.resting = True
            return
        lived = time.monotonic() - self._started if self._started else 0.0
        self._pause = FIRST_PAUSE if lived > STEADY or not self._started else min(self._pause * 2, LONGEST_PAUSE)
        self._last, self.restarts = self.state, self.restarts + 1
        self._next_start = time.monotonic() + (self._pause if self._started else 0.0)
        message = f"back-off {self._pause:.0f}s restarting failed container={self.spec['name']}"
        self.state = {"waiting": {"reason": "CrashLoopBackOff", "message": message}}

    def _wait(self, reason: str, message: str) -> None:
        self.state = {"waiting": {"reason": reason, "message": message}}
        self._next_start = time.monotonic() + 5.0


def _terminated(code: int, started: str) -> dict[str, Any]:
    reason = "Completed" if code == 0 else "Error"
    return {"exitCode": code, "reason": reason, "startedAt": started, "finishedAt": now()}


def _no_such_image(name: str) -> str:
    image = find(name)
    return f'Back-off pulling image "{name}": not to be had here; {image.advice if image else ""}'
