"""The fleet's kubeconfig, and the same through tunnels."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A cluster's API server."""

    cluster: str
    host: str
    port: int
    authority: str
    """The certificate authority it is known by, PEM."""


def endpoints(kubeconfig: str) -> list[Endpoint]:
    """Where a kubeconfig, JSON, leads to."""
    found: list[Endpoint] = []
    for entry in json.loads(kubeconfig)["clusters"]:
        server = urlsplit(str(entry["cluster"]["server"]))
        found.append(
            Endpoint(
                cluster=entry["name"],
                host=server.hostname or "",
                port=server.port or 443,
                authority=base64.b64decode(entry["cluster"]["certificate-authority-data"]).decode(),
            )
        )
    return found


def through(kubeconfig: str, ports: Mapping[str, int]) -> str:
    """A kubeconfig that calls each cluster at its own port here, and still knows it by its own name alone."""
    changed: dict[str, Any] = json.loads(kubeconfig)
    for entry in changed["clusters"]:
        cluster: dict[str, Any] = entry["cluster"]
        cluster["tls-server-name"] = urlsplit(str(cluster["server"])).hostname
        cluster["server"] = f"https://127.0.0.1:{ports[entry['name']]}"
    return json.dumps(changed)
