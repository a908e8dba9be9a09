"""The fleet's kubeconfig, from those of its clusters."""

from __future__ import annotations

import json
from collections.abc import Mapping


def merge_kubeconfigs(kubeconfigs: Mapping[str, str]) -> str:
    """One kubeconfig, JSON, out of several with one context each; contexts, clusters and users get the names given.

    The first is the current context.
    """
    parts = {name: json.loads(text) for name, text in kubeconfigs.items()}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": part["clusters"][0]["cluster"]} for name, part in parts.items()],
            "users": [{"name": name, "user": part["users"][0]["user"]} for name, part in parts.items()],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in parts],
            "current-context": next(iter(parts)),
        }
    )
