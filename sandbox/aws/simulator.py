"""moto in this process, set up once and called one request at a time."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from sandbox.aws import backends, seeded_random, strictness, waiting
from sandbox.aws.request import Answer, Request


@lru_cache(maxsize=1)
def _application() -> DomainDispatcherApplication:
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    backends.install()
    strictness.install()
    return DomainDispatcherApplication(create_backend_app)


def begin(salt: str) -> None:
    """Reset moto to an empty AWS, whose identifiers are drawn from `salt`."""
    _application()
    backends.clear()
    waiting.forget()
    seeded_random.begin(salt)


def answer(request: Request) -> Answer:
    """moto's response; raises moto's errors. The caller holds the world's lock, because moto isn't thread-safe."""
    response: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        response.update(status=int(status.split(" ", 1)[0]), headers=headers)

    parts = _application()(request.environ(), start)
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    return Answer(response["status"], response["headers"], body)
