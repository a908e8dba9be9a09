"""A stand-in's process: it prints its port, serves the engine, and goes when the engine goes."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent import futures
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.plugins.provider.provider import Provider
from sandbox.plugins.provider.service import Service

MESSAGE_OPTIONS = [("grpc.max_receive_message_length", 400 * 1024 * 1024), ("grpc.max_send_message_length", -1)]
"""The engine's own limit, in bytes."""
_THREADS = 128
"""Calls at once; most of them wait for something to become ready."""


def serve(provider: Provider[Any]) -> None:
    """Serve a provider to the engine whose address is the first argument; never returns."""
    service = Service(provider, engine_address())
    serve_plugin(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(service, server))


def engine_address() -> str:
    """The engine's address: the first argument that is no option; empty if there is none."""
    return next((argument for argument in sys.argv[1:] if not argument.startswith("-")), "")


def serve_plugin(register: Callable[[grpc.Server], None], on_exit: Callable[[], None] = lambda: None) -> None:
    """Serve what `register` adds on a free loopback port, and print that port; never returns."""
    leave_on_signals(on_exit)
    server = grpc.server(futures.ThreadPoolExecutor(_THREADS), options=MESSAGE_OPTIONS)
    register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


def leave_on_signals(on_exit: Callable[[], None] = lambda: None) -> None:
    """End the process on SIGINT and SIGTERM, and when the process that started it is gone.

    The engine waits for each plugin that lingers. `on_exit` is called before the end.
    """

    def leave(*_: object) -> None:
        try:
            on_exit()
        finally:
            os._exit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    threading.Thread(target=_leave_with_parent, args=(leave,), daemon=True).start()


def _leave_with_parent(leave: Callable[[], None]) -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.5)
    leave()
