"""Kubeconfigs for karmada-apiserver."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

CONTEXT = "karmada"


def kubeconfig(server: str, authority: str, server_name: str, user: Mapping[str, str]) -> str:
    """A kubeconfig with one context, as JSON; `authority` is PEM, and `user` as a kubeconfig has it.

    The certificate has the Service's name, `server_name`, and not that of the load balancer, which comes later.
    """
    cluster = {"server": server, "certificate-authority-data": encoded(authority), "tls-server-name": server_name}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": CONTEXT, "cluster": cluster}],
            "users": [{"name": CONTEXT, "user": dict(user)}],
            "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
            "current-context": CONTEXT,
        }
    )


def encoded(pem: str) -> str:
    """PEM in base64."""
    return base64.b64encode(pem.encode()).decode()
