"""Messages to the engine, shown at the resource that they are about."""

from __future__ import annotations

import contextlib
import threading

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

_SEVERITY = {
    "debug": engine_pb2.DEBUG,
    "status": engine_pb2.INFO,
    "info": engine_pb2.INFO,
    "warning": engine_pb2.WARNING,
    "error": engine_pb2.ERROR,
}


class EngineLog:
    """The engine's log; connects when the first message comes."""

    def __init__(self, address: str) -> None:
        """Log to the engine at an address; nowhere where that is empty."""
        self._address = address
        self._lock = threading.Lock()
        self._stub: engine_pb2_grpc.EngineStub | None = None

    def say(self, severity: str, message: str, urn: str = "") -> None:
        """Log at `debug`, `info`, `warning`, `error`, or as a passing `status`. One that fails is dropped."""
        if not self._address:
            return
        with self._lock:
            if self._stub is None:
                self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(self._address))
        request = engine_pb2.LogRequest(
            severity=_SEVERITY[severity], message=message, urn=urn, ephemeral=severity == "status"
        )
        with contextlib.suppress(grpc.RpcError):
            self._stub.Log(request, timeout=5)
