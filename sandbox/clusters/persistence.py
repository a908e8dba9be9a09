"""The kept data of a cluster between runs, and checks of its completeness."""

from __future__ import annotations

import shutil
from pathlib import Path

from sandbox.clusters import ports, record
from sandbox.clusters.etcd import Etcd
from sandbox.clusters.record import Desired, Record
from sandbox.contract import ClusterKey
from sandbox.errors import UserError
from sandbox.paths import Paths

REMEDY = "`make clean` forgets the rest of this sandbox"


def folder(paths: Paths, key: ClusterKey) -> Path:
    """The folder of a cluster's keys and configuration."""
    return paths.clusters / key.region / key.name


def prefix(key: ClusterKey) -> str:
    """The prefix of a cluster's objects in etcd."""
    return f"/{key.region}/{key.name}"


def settle(paths: Paths, key: ClusterKey, desired: Desired, etcd: Etcd) -> Record:
    """The record of the desired cluster, resumed or new. The data of an earlier cluster of that name is deleted.

    Raises UserError if only a part of its data is left, or if its port is in use, because a cluster without half of
    the state files' resources is worse than none.
    """
    kept = record.read(folder(paths, key))
    objects = etcd.count(prefix(key))
    if kept is None and objects:
        raise UserError(f"{key.name}: its objects exist, but its keys are gone from {folder(paths, key)}; {REMEDY}")
    if kept and not record.resumes(kept, desired):
        forget(paths, key, etcd)
    elif kept and kept.served and not objects:
        raise UserError(f"{key.name}: its keys exist, but its objects are gone from etcd's data; {REMEDY}")
    current = record.keep(paths.clusters, folder(paths, key), desired)
    if not ports.free(current.port):
        raise UserError(
            f"{key.name}: port {current.port}, its API server's since it was created, is in use; end what listens there"
        )
    return current


def forget(paths: Paths, key: ClusterKey, etcd: Etcd) -> None:
    """Delete a cluster's objects, then its keys, so that an interruption can leave only keys without objects."""
    etcd.delete(prefix(key))
    shutil.rmtree(folder(paths, key), ignore_errors=True)
