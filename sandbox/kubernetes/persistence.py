"""What is kept of a cluster between runs, and whether all of it is still there."""

from __future__ import annotations

import shutil
from pathlib import Path

from sandbox.contract import ClusterKey
from sandbox.errors import UserError
from sandbox.kubernetes import ports, record
from sandbox.kubernetes.etcd import Etcd
from sandbox.kubernetes.record import Record, Wanted
from sandbox.paths import Paths

REMEDY = "`make clean` forgets the rest of this sandbox"


def folder(paths: Paths, key: ClusterKey) -> Path:
    """Where a cluster's keys and configuration are kept."""
    return paths.clusters / key.region / key.name


def prefix(key: ClusterKey) -> str:
    """Where a cluster's objects lie in etcd."""
    return f"/{key.region}/{key.name}"


def settle(paths: Paths, key: ClusterKey, wanted: Wanted, etcd: Etcd) -> Record:
    """The record of the wanted cluster, resumed or new; what is kept of an earlier one of that name is deleted.

    Raises UserError where only a part of it is left, or its port is in use: better no cluster than one that has
    forgotten half of what the state files say.
    """
    kept = record.read(folder(paths, key))
    objects = etcd.count(prefix(key))
    if kept is None and objects:
        raise UserError(f"{key.name}: its objects are there, but its keys are gone from {folder(paths, key)}; {REMEDY}")
    if kept and not record.resumes(kept, wanted):
        forget(paths, key, etcd)
    elif kept and kept.served and not objects:
        raise UserError(f"{key.name}: its keys are there, but its objects are gone from etcd's data; {REMEDY}")
    made = record.keep(paths.clusters, folder(paths, key), wanted)
    if not ports.free(made.port):
        raise UserError(
            f"{key.name}: port {made.port}, its API server's since it was made, is in use; end what listens there"
        )
    return made


def forget(paths: Paths, key: ClusterKey, etcd: Etcd) -> None:
    """Delete a cluster's objects, then its keys: the only half that can be left is keys without objects."""
    etcd.delete(prefix(key))
    shutil.rmtree(folder(paths, key), ignore_errors=True)
