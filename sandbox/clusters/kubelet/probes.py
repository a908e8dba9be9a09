"""Probes of a container, against the loopback ports that stand for its own."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any

EAGER = 0.2
"""Seconds between readiness probes until the first success; a kubelet waits a whole period."""

Port = Callable[[object], "int | None"]
"""The loopback port for a container's port, by number or name."""


class Probe:
    """One probe's schedule and count of failures, from a container's start."""

    def __init__(self, spec: Mapping[str, Any], port: Port, *, eager: bool = False) -> None:
        """`spec` is Kubernetes' Probe; `eager` probes ask in quick succession until the first success."""
        self._spec, self._port, self._eager = spec, port, eager
        self._next = time.monotonic() + spec.get("initialDelaySeconds", 0)
        self._failures = 0
        self.succeeded = False
        """Whether it holds now."""
        self.failed = False
        """Whether it failed as often as its threshold says."""

    def step(self) -> None:
        """Ask, if it is time."""
        if time.monotonic() < self._next:
            return
        good = self._ask()
        if good:
            self._failures, self.succeeded, self.failed = 0, True, False
        else:
            self._failures += 1
            if self._failures >= self._spec.get("failureThreshold", 3):
                self.succeeded, self.failed = False, True
        soon = self._eager and not self.succeeded
        self._next = time.monotonic() + (EAGER if soon else self._spec.get("periodSeconds", 10))

    def _ask(self) -> bool:
        timeout = self._spec.get("timeoutSeconds", 1)
        if get := self._spec.get("httpGet"):
            return _http(self._port(get["port"]), get.get("path", "/"), get.get("scheme", "HTTP"), timeout)
        if tcp := self._spec.get("tcpSocket"):
            return _tcp(self._port(tcp["port"]), timeout)
        return True  # exec and gRPC probes: nothing known uses them.


def _http(port: int | None, path: str, scheme: str, timeout: float) -> bool:
    if port is None:
        return False
    if scheme == "HTTPS":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # As the kubelet: a pod's certificate is its own affair.
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        return 200 <= connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _tcp(port: int | None, timeout: float) -> bool:
    if port is None:
        return False
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout):
            return True
    except OSError:
        return False
