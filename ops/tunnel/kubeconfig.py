"""The endpoints in a fleet's kubeconfig, and the same kubeconfig through tunnels."""

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
    server_name: str
    """The name in its certificate."""
    authority: str
    """The PEM of the certificate authority that signed its certificate."""


def endpoints(kubeconfig: str) -> list[Endpoint]:
    """Return the endpoints of a kubeconfig in JSON."""
    result: list[Endpoint] = []
    for entry in json.loads(kubeconfig)["clusters"]:
        server = urlsplit(str(entry["cluster"]["server"]))
        host = server.hostname or ""
        result.append(
            Endpoint(
                cluster=entry["name"],
                host=host,
                port=server.port or 443,
                server_name=entry["cluster"].get("tls-server-name", host),
                authority=base64.b64decode(entry["cluster"]["certificate-authority-data"]).decode(),
            )
        )
    return result


def through(kubeconfig: str, ports: Mapping[str, int]) -> str:
    """Return the kubeconfig with each cluster at its local port.

    `tls-server-name` stays as it is, or is the endpoint's own host, so that a client accepts only the cluster's
    certificate.
    """
    changed: dict[str, Any] = json.loads(kubeconfig)
    for entry in changed["clusters"]:
        cluster: dict[str, Any] = entry["cluster"]
        cluster.setdefault("tls-server-name", urlsplit(str(cluster["server"])).hostname)
        cluster["server"] = f"https://127.0.0.1:{ports[entry['name']]}"
    return json.dumps(changed)
