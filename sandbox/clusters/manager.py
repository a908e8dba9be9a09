"""The control planes of a sandbox, the implementation of contract.ControlPlanes."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandbox import processes
from sandbox.clusters import access, persistence, record
from sandbox.clusters.controlplane import ControlPlane
from sandbox.clusters.etcd import Etcd
from sandbox.clusters.record import Desired
from sandbox.clusters.webhook import Webhook
from sandbox.contract import ClusterKey, ControlPlaneStatus, Grants, Identity, NodeSpec, Phase, Wishes
from sandbox.faults.switch import Switch
from sandbox.paths import Paths

logger = logging.getLogger(__name__)

PROCESSES = "kubernetes "
"""The prefix of the names of this package's processes."""

ETCD = "kubernetes etcd"

LONGEST_SOCKET = 103
"""The most bytes of a unix socket's path: macOS takes 104 with the end mark, Linux 108."""
SOCKET_NAME = 12

NEVER = ControlPlaneStatus(phase=Phase.GONE)


class ControlPlaneManager:
    """Real control planes by cluster, on one etcd. Any thread may call its methods."""

    def __init__(self, paths: Paths, identity: Identity, switch: Switch | None = None) -> None:
        """End the processes of an earlier, killed run. Kept clusters are resumed by `create`.

        Requests to the API servers fail by the fault switch.
        """
        _end_stale(paths)
        self._switch = switch or Switch()
        self._paths = paths
        self._runtime = _runtime(paths)
        self._etcd = Etcd(paths)
        self._identity = identity
        self._webhook = Webhook(self._runtime, identity, self._role)
        self._webhook.start()
        self._planes: dict[ClusterKey, ControlPlane] = {}
        self._lock = threading.Lock()
        self._stopped = False

    def create(self, key: ClusterKey, *, version: str, service_cidr: str, issuer: str) -> None:
        """Begin a control plane of Kubernetes `1.<minor>`, or resume it with its kept data. Returns at once.

        A control plane at another version is restarted at this one, with its data.
        Data of another issuer is an earlier cluster's of the same name, and is deleted first. A cluster that can't
        start is FAILED, with the reason.
        """
        desired = Desired(account=key.account, version=version, service_cidr=service_cidr, issuer=issuer)
        with self._lock:
            known = self._planes.get(key)
            if self._stopped:
                return
            if known and known.status().phase is not Phase.FAILED:
                known.upgrade(desired)
                return
            plane = ControlPlane(
                self._paths, key, desired, self._etcd, self._webhook, self._identity, self._socket(key), self._switch
            )
            namesake = next((other for other in self._planes if other != key and other[1:] == key[1:]), None)
            self._planes[key] = plane
        if namesake:
            # The place of the data lacks the account, so that both clusters would have the same.
            plane.refuse(f"account {namesake.account} has a cluster {key.name} in {key.region}; take another name")
        else:
            plane.start()

    def status(self, key: ClusterKey) -> ControlPlaneStatus:
        """The status of a control plane; GONE for an unknown one."""
        plane = self._planes.get(key)
        return plane.status() if plane else NEVER

    def delete(self, key: ClusterKey) -> None:
        """Begin to end it and delete its data. Returns at once."""
        plane = self._planes.get(key)
        if plane and plane.leave():
            threading.Thread(target=self._delete, args=(plane,), name=f"delete {key.name}").start()

    def add_node(self, key: ClusterKey, node: NodeSpec) -> None:
        """Register a node as soon as the control plane is ready. An existing node stays as it is."""
        if plane := self._planes.get(key):
            plane.add_node(node)

    def remove_node(self, key: ClusterKey, name: str) -> None:
        """Delete a node's object and the pods on it."""
        if plane := self._planes.get(key):
            plane.remove_node(name)

    def node_ready(self, key: ClusterKey, name: str) -> bool:
        """Whether the node's condition Ready is True."""
        plane = self._planes.get(key)
        return bool(plane and plane.node_ready(name))

    def wishes(self, key: ClusterKey) -> Wishes | None:
        """The wishes of its objects for AWS; None while they are unknown."""
        plane = self._planes.get(key)
        return plane.wishes() if plane else None

    def grant(self, key: ClusterKey, grants: Grants) -> None:
        """Write the load balancers and volumes in AWS into its objects. Returns at once."""
        if plane := self._planes.get(key):
            plane.grant(grants)

    def prune(self, known: Iterable[ClusterKey]) -> None:
        """Delete the kept data of clusters that are not `known`. Returns when it is done."""
        desired = {persistence.folder(self._paths, key) for key in known}
        for file in self._paths.clusters.glob(f"*/*/{record.FILE}"):
            if file.parent not in desired and (kept := record.read(file.parent)):
                key = ClusterKey(kept.account, file.parent.parent.name, file.parent.name)
                logger.info("forgetting %s/%s, which is no cluster any more", key.region, key.name)
                self._etcd.start(threading.Event())
                persistence.forget(self._paths, key, self._etcd)

    def stop(self) -> None:
        """End everything, etcd last, and return when it has ended. Data is kept."""
        with self._lock:
            self._stopped = True
            planes = list(self._planes.values())
        if planes:
            with ThreadPoolExecutor(len(planes)) as pool:
                list(pool.map(lambda plane: plane.stop(), planes))
        self._webhook.stop()
        self._etcd.stop()
        shutil.rmtree(self._runtime, ignore_errors=True)

    def _delete(self, plane: ControlPlane) -> None:
        plane.stop()
        try:
            if not plane.refused:
                self._etcd.start(threading.Event())
                persistence.forget(self._paths, plane.key, self._etcd)
        except Exception as error:
            logger.exception("%s", plane.key.name)
            plane.fail(f"it can't be deleted: {error}")
            return
        with self._lock:
            self._planes.pop(plane.key, None)

    def _role(self, key: ClusterKey, role: str) -> list[access.Rule]:
        plane = self._planes.get(key)
        return plane.role(role) if plane else []

    def _socket(self, key: ClusterKey) -> Path:
        """The path of a cluster's socket, which is short whatever the cluster's name."""
        return self._runtime / hashlib.sha256("/".join(key).encode()).hexdigest()[:SOCKET_NAME]


def _runtime(paths: Paths) -> Path:
    """An empty folder for this run's sockets, with a path short enough for them."""
    folder = paths.root / "run"
    if len(os.fsencode(folder)) + 1 + SOCKET_NAME > LONGEST_SOCKET:
        return Path(tempfile.mkdtemp(prefix="fek-"))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return folder


def _end_stale(paths: Paths) -> None:
    """End an earlier run's processes, etcd last, because an API server without it takes a minute to end."""
    stale = {pid: name for pid, name in processes.ours(paths.root).items() if name.startswith(PROCESSES)}
    stores = [pid for pid, name in stale.items() if name == ETCD]
    processes.end(stale.keys() - stores)
    processes.end(stores)
