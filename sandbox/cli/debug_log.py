"""The engine's automatic debug log, and how it is kept from being written."""

from __future__ import annotations

import shutil
from pathlib import Path

_REASON = (
    "The engine would write a debug log of all that it does into a folder of this name. A file here prevents it.\n"
)


def prevent(home: Path) -> None:
    """Put a file where the engine would make its log folder; remove the folder that an older run has left.

    The engine has no setting for this log. It goes on without the log if it can't make the folder (`StartLogging` in
    pulumi's pkg/logging/encrypted.go, and its caller in pkg/cmd/pulumi/pulumi.go). docs/bench.md has the log's cost.
    """
    logs = home / "logs"
    if logs.is_file():
        return
    home.mkdir(parents=True, exist_ok=True)
    if logs.is_dir():
        shutil.rmtree(logs)
    logs.write_text(_REASON)
