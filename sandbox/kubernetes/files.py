"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

LARGEST_LOG = 16 * 1024 * 1024
"""Bytes. kubefed's webhook, as its chart starts it, writes some 70 MB a day."""


def write(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replace a file, by default for its owner alone: a key cut short by a crash would lock its cluster for good."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    partial.replace(path)


def trim(path: Path) -> None:
    """Empty a log that has grown past LARGEST_LOG; whoever appends to it goes on from there."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > LARGEST_LOG:
            os.truncate(path, 0)


def write_json(path: Path, content: Any) -> None:
    """Replace a file by JSON, for its owner alone."""
    write(path, json.dumps(content, indent=1).encode())
