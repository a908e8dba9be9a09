"""A fleet's program without its federation: everything in AWS, and nothing that a control plane would answer."""

import os
import runpy
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(os.environ["FLEET_PROGRAM"])
sys.path.insert(0, str(PROJECT))

import components.federation  # noqa: E402
from components.cluster import readiness  # noqa: E402


class Nothing:
    """What the program exports of a federation."""

    def __init__(self, name: str, args: Any) -> None:
        self.members = {cluster.name: cluster.name for cluster in args.clusters}
        self.serials = {"kubefed": dict.fromkeys(self.members, 1)}
        self.contexts: dict[str, Any] = {}
        self.administrator = None

    def lead(self, kubeconfig: str) -> str:
        return kubeconfig


def lets_in_at_once(access: Any, token: str) -> str:
    """What a control plane that nobody runs has against the caller, who has signed in for real."""
    assert access["clusters"] and token
    return ""


components.federation.Federation = Nothing  # type: ignore[assignment, misc]
readiness.refusal = lets_in_at_once
runpy.run_path(str(PROJECT / "__main__.py"), run_name="__main__")
