"""The record of a cluster beside its keys, by which it resumes unchanged on the same port."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sandbox.clusters import ports
from sandbox.files import write_json

FILE = "cluster.json"

_choosing = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Desired:
    """A cluster with EKS's settings."""

    account: str
    version: str
    """The Kubernetes version, `1.<minor>`."""
    service_cidr: str
    issuer: str


@dataclass(frozen=True, kw_only=True)
class Record(Desired):
    """A cluster as it was created."""

    port: int
    served: bool = False
    """Whether it was ever ready, so that its data must exist."""


def read(folder: Path) -> Record | None:
    """The record in a cluster's folder; None without a complete one."""
    try:
        return Record(**json.loads((folder / FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def resumes(kept: Record | None, desired: Desired) -> bool:
    """Whether kept data is the desired cluster's. Each has an issuer of its own on EKS; its version may change."""
    return kept is not None and (kept.account, kept.issuer) == (desired.account, desired.issuer)


def keep(clusters: Path, folder: Path, desired: Desired) -> Record:
    """Record the cluster with its former port, or with one that no kept cluster has. Raises OSError without one."""
    with _choosing:
        kept = read(folder)
        port = kept.port if kept else ports.kept(_taken(clusters))
        record = Record(**asdict(desired), port=port, served=bool(kept and kept.served and resumes(kept, desired)))
        _write(folder, record)
        return record


def mark_served(folder: Path) -> None:
    """Record that the cluster has been ready."""
    if kept := read(folder):
        _write(folder, replace(kept, served=True))


def _write(folder: Path, record: Record) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / FILE, asdict(record))


def _taken(clusters: Path) -> set[int]:
    found = (read(file.parent) for file in clusters.glob(f"*/*/{FILE}"))
    return {record.port for record in found if record}
