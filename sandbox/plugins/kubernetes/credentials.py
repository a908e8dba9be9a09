"""Tokens for the API server: given ones, and those of a kubeconfig's exec command, kept until they expire."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.plugins.kubernetes.kubeconfig import Connection
from sandbox.plugins.provider import ProviderError

_MARGIN = 60.0
"""Seconds before its expiry from which a token counts as expired."""


class Credentials:
    """The bearer token of a connection; safe for threads, which share one run of the command."""

    def __init__(self, connection: Connection) -> None:
        """Keep the connection. No command runs before the first token is needed."""
        self._connection = connection
        self._lock = threading.Lock()
        self._token = ""
        self._expires = 0.0

    def token(self, lasting: float = 0.0) -> str:
        """A token that holds for `lasting` seconds more, as far as the command gives such; empty: none is needed."""
        if self._connection.token_file:
            return Path(self._connection.token_file).read_text().strip()
        if self._connection.command is None:
            return self._connection.token
        with self._lock:
            if time.time() + _MARGIN + lasting > self._expires:
                self._token, self._expires = _run(self._connection.command)
            return self._token

    def forget(self) -> None:
        """Drop a token that the server refused."""
        with self._lock:
            self._expires = 0.0


def _run(command: Any) -> tuple[str, float]:
    """Run an exec credential plugin: its token, and when that expires (seconds since the epoch)."""
    argv = [command["command"], *(command.get("args") or ())]
    given = {item["name"]: item["value"] for item in command.get("env") or ()}
    info = {"apiVersion": command["apiVersion"], "kind": "ExecCredential", "spec": {"interactive": False}}
    env = {**os.environ, **given, "KUBERNETES_EXEC_INFO": json.dumps(info)}
    try:
        answer = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    except FileNotFoundError as error:
        raise ProviderError(f"signing in to Kubernetes: there is no command {argv[0]!r} on PATH") from error
    except subprocess.TimeoutExpired as error:
        raise ProviderError(f"signing in to Kubernetes: `{argv[0]}` gave no answer in 60 s") from error
    if answer.returncode:
        said = answer.stderr.strip().splitlines() or ["nothing said"]
        raise ProviderError(f"signing in to Kubernetes: `{argv[0]}` failed (exit code {answer.returncode}): {said[-1]}")
    status = json.loads(answer.stdout)["status"]
    expiry = status.get("expirationTimestamp")
    expires = datetime.fromisoformat(expiry.replace("Z", "+00:00")).timestamp() if expiry else float("inf")
    return status["token"], expires
