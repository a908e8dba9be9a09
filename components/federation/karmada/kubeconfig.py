"""Kubeconfigs for karmada-apiserver, with a mark by which programs tell Karmada before it answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

CONTEXT = "karmada"

MARK = {"name": "federated-eks", "extension": {"engine": "karmada"}}
"""The extension of the context. kubectl and other clients keep extensions, and read none but their own."""


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
            "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT, "extensions": [MARK]}}],
            "current-context": CONTEXT,
        }
    )


def is_marked(kubeconfig: str) -> bool:
    """Whether the current context of a kubeconfig, JSON, is Karmada's."""
    config: Any = json.loads(kubeconfig)
    return any(
        MARK in (entry["context"].get("extensions") or ())
        for entry in config.get("contexts") or ()
        if entry["name"] == config.get("current-context")
    )


def encoded(pem: str) -> str:
    """PEM in base64."""
    return base64.b64encode(pem.encode()).decode()
