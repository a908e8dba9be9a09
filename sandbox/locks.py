"""Locks between processes. A lock ends with the process that has it, however that ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Generator
from pathlib import Path

from sandbox.errors import UserError


@contextlib.contextmanager
def exclusive(path: Path, waiting: str) -> Generator[None, None, None]:
    """Hold the lock file `path`; while another process has it, say `waiting` once and wait."""
    with _opened(path) as handle:
        if not _taken(handle):
            print(waiting, flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def shared(path: Path) -> Generator[None, None, None]:
    """Hold the lock file `path` together with others."""
    with _opened(path) as handle:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield


def free(path: Path) -> bool:
    """Whether nobody holds the lock file `path`."""
    with _opened(path) as handle:
        return _taken(handle)


@contextlib.contextmanager
def alone(path: Path, busy: str) -> Generator[None, None, None]:
    """Hold the lock file `path`; raises UserError with `busy` and the holder's process id if another has it."""
    with _opened(path) as handle:
        if not _taken(handle):
            holder = path.read_text().strip() or "unknown"
            raise UserError(f"{busy} (process {holder}); wait for it, or end it, and try again")
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield


@contextlib.contextmanager
def _opened(path: Path) -> Generator[int, None, None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
