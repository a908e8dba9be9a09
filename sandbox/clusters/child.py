"""A supervised process, which is restarted when it ends, until it is stopped."""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sandbox import processes
from sandbox.files import trim

logger = logging.getLogger(__name__)

LONGEST_PAUSE = 15.0
"""The most seconds between attempts."""

STEADY = 30.0
"""The seconds after which a process is restarted without a longer pause."""


def environment() -> dict[str, str]:
    """A process's part of the daemon's environment, without AWS's or a person's settings."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG", "GOGC") if name in os.environ}


class Child:
    """A process under supervision."""

    def __init__(
        self, root: Path, name: str, argv: Sequence[str | Path], log: Path, env: Mapping[str, str] | None = None
    ) -> None:
        """`root` is its `.sandbox` folder; `env` is added to a clean environment."""
        self.name = name
        self._root, self._argv, self._log = root, list(argv), log
        self._env = {**environment(), **(env or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self.restarts = 0
        """The number of restarts."""

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def start(self) -> None:
        """Start and supervise it. Raises OSError if the program can't run at all."""
        self._launch()
        self._thread = threading.Thread(target=self._supervise, name=f"child {self.name}", daemon=True)
        self._thread.start()

    def stop(self, grace: float = 10.0) -> None:
        """End it by SIGTERM, after `grace` seconds by SIGKILL. Returns once it has ended."""
        with self._lock:
            self._stopping.set()
            process = self._process
        if process and process.poll() is None:
            process.terminate()
            try:
                process.wait(grace)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._thread:
            self._thread.join(timeout=5)

    def tail(self, characters: int = 600) -> str:
        """The end of its log, for a message."""
        try:
            with self._log.open("rb") as file:
                file.seek(max(0, self._log.stat().st_size - characters))
                return file.read().decode(errors="replace").strip()
        except OSError:
            return ""

    def _launch(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopping.is_set():
                raise OSError("stopping")
            trim(self._log)
            self._process = processes.start(self._root, self.name, self._argv, self._log, self._env)
            return self._process

    def _supervise(self) -> None:
        pause = 0.5
        while not self._stopping.is_set():
            process, started = self._process, time.monotonic()
            code = process.wait() if process else None
            if self._stopping.is_set():
                return
            pause = 0.5 if time.monotonic() - started > STEADY else min(pause * 2, LONGEST_PAUSE)
            logger.warning("%s ended with code %s; starting it again in %.1f s", self.name, code, pause)
            if self._stopping.wait(pause):
                return
            self.restarts += 1
            try:
                self._launch()
            except OSError as error:
                logger.error("%s: %s", self.name, error)


def wait_until(ready: Callable[[], bool], timeout: float, stopping: threading.Event, pause: float = 0.1) -> bool:
    """Call `ready` until it is true. Returns False after `timeout` seconds, or if `stopping` is set."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if ready():
            return True
        if stopping.wait(pause):
            return False
    return False
