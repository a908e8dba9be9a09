"""What is remembered of a cluster beside its keys, so that it comes back the same on the same port."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sandbox.files import write_json
from sandbox.kubernetes import ports

FILE = "cluster.json"

_choosing = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A cluster as EKS asks for it."""

    account: str
    version: str
    """`1.<minor>`."""
    service_cidr: str
    issuer: str


@dataclass(frozen=True, kw_only=True)
class Record(Wanted):
    """A cluster as it was made."""

    port: int
    served: bool = False
    """Whether it was ever ready, so that there must be data of it."""


def read(folder: Path) -> Record | None:
    """The record in a cluster's folder; None where none was finished."""
    try:
        return Record(**json.loads((folder / FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def resumes(kept: Record | None, wanted: Wanted) -> bool:
    """Whether kept data is the wanted cluster's: each has an issuer of its own on EKS; its version may change."""
    return kept is not None and (kept.account, kept.issuer) == (wanted.account, wanted.issuer)


def keep(clusters: Path, folder: Path, wanted: Wanted) -> Record:
    """Remember the cluster, on the port it had or on one that no kept cluster has; raises OSError without one."""
    with _choosing:
        kept = read(folder)
        port = kept.port if kept else ports.kept(_taken(clusters))
        record = Record(**asdict(wanted), port=port, served=bool(kept and kept.served and resumes(kept, wanted)))
        _write(folder, record)
        return record


def mark_served(folder: Path) -> None:
    """Note that the cluster has been ready."""
    if kept := read(folder):
        _write(folder, replace(kept, served=True))


def _write(folder: Path, record: Record) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / FILE, asdict(record))


def _taken(clusters: Path) -> set[int]:
    found = (read(file.parent) for file in clusters.glob(f"*/*/{FILE}"))
    return {record.port for record in found if record}
