"""The journal of changes, line by line, from which a new process restores the same world.

Each line is a change, with its time and the number from which its random identifiers were drawn: an API
call that succeeded and the identifiers in its answer, or a move of EKS's own (a cluster became ready). The
line is written before the call is answered, so every answered change is in the journal. A change with an incomplete
line was not answered.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox.errors import UserError


class Journal:
    """The file `journal.jsonl` of a folder, readable by its owner only, because requests have secrets."""

    def __init__(self, folder: Path) -> None:
        """Open the file, or create it."""
        self.path = folder / "journal.jsonl"
        folder.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every change in order. An incomplete last line is dropped from the file, other damage raises UserError."""
        kept = self.path.read_bytes()
        whole = kept[: kept.rfind(b"\n") + 1]
        if len(whole) < len(kept):
            os.ftruncate(self._handle, len(whole))
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                entry = json.loads(line)
            except ValueError as error:
                raise self.damaged(number, f"is not JSON ({error})") from error
            if not isinstance(entry, dict) or "n" not in entry or "at" not in entry:
                raise self.damaged(number, "is not a change")
            yield entry

    def damaged(self, line: int, what: str) -> UserError:
        """The error for a damaged journal."""
        return UserError(
            f"{self.path}: line {line} {what}; the sandbox's AWS can't be brought back as it was: remove the folder "
            ".sandbox of this project and begin again"
        )

    def write(self, entry: dict[str, Any]) -> None:
        """Append a change. Raises OSError (a full disk) without leaving half a line."""
        line = json.dumps(entry, separators=(",", ":")).encode() + b"\n"
        before = os.fstat(self._handle).st_size
        try:
            written = os.write(self._handle, line)
            if written < len(line):
                raise OSError(f"only {written} of {len(line)} bytes could be written")
        except OSError:
            os.ftruncate(self._handle, before)
            raise

    def drop(self) -> None:
        """Delete all entries."""
        os.ftruncate(self._handle, 0)

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)
