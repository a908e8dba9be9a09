"""Private files, which are replaced in one step, and logs of a limited size."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

LARGEST_LOG = 16 * 1024 * 1024
"""Bytes. kubefed's webhook, as its chart starts it, writes some 70 MB a day."""


def write(path: Path, content: bytes | str) -> None:
    """Replace a file; only its owner may read it.

    A crash leaves the old file, because half a key would lock its cluster for good.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # of mode 0600
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_json(path: Path, content: Any) -> None:
    """Replace a file by JSON; only its owner may read it."""
    write(path, json.dumps(content, indent=1))


def trim(path: Path) -> None:
    """Empty a log that has grown past LARGEST_LOG; whoever appends to it goes on from there."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > LARGEST_LOG:
            os.truncate(path, 0)
