"""The engine that federates the clusters of the sandbox's fleet, in the stack's settings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from sandbox.cli import stack
from sandbox.errors import UserError
from sandbox.paths import Paths

DEFAULT = "kubefed"
NAMES = (DEFAULT, "karmada")
KEY = "federated-eks:engine"


def current(paths: Paths) -> str:
    """The engine by the stack's settings."""
    return _read(paths, KEY) or DEFAULT


def beside(paths: Paths) -> str:
    """The engine beside it, by the stack's settings; empty if there is one."""
    return _read(paths, "federated-eks:beside")


def choose(paths: Paths, engine: str) -> None:
    """Write an engine into the stack's settings. Raises UserError while the stack has a fleet with the other.

    The settings keep it: later commands need no choice.
    """
    before = current(paths)
    if engine == before:
        return
    if stack.resources(paths):
        raise UserError(
            f"ENGINE: {engine} can't replace {before}, which federates the fleet that is up; `make down` "
            "first, or leave ENGINE out"
        )
    file = _settings(paths)
    # As text, because YAML's library would drop the comments.
    others = re.sub(rf"^ *{KEY}:.*\n", "", file.read_text(), flags=re.MULTILINE)
    file.write_text(re.sub(r"^config:\n", f"config:\n  {KEY}: {engine}\n", others, flags=re.MULTILINE))


def _read(paths: Paths, key: str) -> str:
    """A text of the stack's settings; empty if it is not set."""
    file = _settings(paths)
    settings: Any = yaml.safe_load(file.read_text()) if file.exists() else {}
    return str((settings.get("config") or {}).get(key) or "")


def _settings(paths: Paths) -> Path:
    return paths.project / f"Pulumi.{stack.NAME}.yaml"
