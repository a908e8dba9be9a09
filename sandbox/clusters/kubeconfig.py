"""Kubeconfig files for the sandbox's own components."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox.clusters.pki import Pair
from sandbox.files import write_json


def write(
    path: Path,
    *,
    server: str,
    authority: Path,
    certificate: Pair | None = None,
    token_file: Path | None = None,
    namespace: str = "default",
) -> Path:
    """Write a kubeconfig (JSON is YAML) that signs in by certificate, by a token file, or not at all."""
    user: dict[str, Any] = {}
    if certificate:
        user = {"client-certificate": str(certificate.certificate), "client-key": str(certificate.key)}
    if token_file:
        user["tokenFile"] = str(token_file)
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "cluster", "cluster": {"server": server, "certificate-authority": str(authority)}}],
        "users": [{"name": "user", "user": user}],
        "contexts": [{"name": "it", "context": {"cluster": "cluster", "user": "user", "namespace": namespace}}],
        "current-context": "it",
    }
    write_json(path, content)
    return path
