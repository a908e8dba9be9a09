"""A cluster's control plane: its processes in their order, its nodes, its state."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sandbox.clusters import access, apiserver, kubeconfig, persistence, ports, record
from sandbox.clusters.apiserver import Credentials, Settings
from sandbox.clusters.balancers import Balancers
from sandbox.clusters.child import Child, wait_until
from sandbox.clusters.client import Api, ApiError
from sandbox.clusters.cloud_objects import CloudObjects
from sandbox.clusters.etcd import Etcd
from sandbox.clusters.front import Front
from sandbox.clusters.kubelet.agent import Kubelet
from sandbox.clusters.kubelet.pod import Host
from sandbox.clusters.nodes import kwok_argv, node, write_kwok_config
from sandbox.clusters.proxy import EgressProxy
from sandbox.clusters.record import Desired
from sandbox.clusters.webhook import Webhook
from sandbox.contract import ClusterKey, ControlPlaneStatus, Grants, Identity, NodeSpec, Phase, Wishes
from sandbox.errors import UserError
from sandbox.faults.switch import Switch
from sandbox.paths import Paths, tool

logger = logging.getLogger(__name__)

STARTUP = 120.0
"""Seconds in which an API server must be ready. On an idle machine it takes five."""

LAUNCHED = 1.0
"""Seconds that an API server runs before its endpoint is published, because one that can't start has ended by then.

The cluster is then ACTIVE in EKS, and the server answers some seconds later, as AWS's does (pulumi-eks,
nodejs/eks/cluster/cluster.ts: "not yet available immediately after provisioning").
"""

FIRST_ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"
"""An account that the controller manager creates. No pod can be created before it."""


class StartError(UserError):
    """The control plane can't start. The message has the reason."""


class ControlPlane:
    """A cluster's control plane and its threads."""

    def __init__(
        self,
        paths: Paths,
        key: ClusterKey,
        desired: Desired,
        etcd: Etcd,
        webhook: Webhook,
        identity: Identity,
        socket: Path,
        switch: Switch,
    ) -> None:
        """`socket` is the egress proxy's, a short path unique to the cluster. The processes begin with `start`."""
        self.key = key
        self.refused = False
        self._paths, self._desired, self._etcd, self._webhook, self._socket = paths, desired, etcd, webhook, socket
        self._identity = identity
        self._folder = persistence.folder(paths, key)
        self._phase, self._reason = Phase.STARTING, ""
        self._served: Desired | None = None
        self._found = self._launched = ControlPlaneStatus(phase=Phase.STARTING)
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._tasks: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._children: list[Child] = []
        self._switch = switch
        self._inner = ports.passing() if switch.on else 0
        """The API server's own port behind the fault switch; 0 without one."""
        self._front: Front | None = None
        self._proxy: EgressProxy | None = None
        self._kubelet: Kubelet | None = None
        self._cloud: CloudObjects | None = None
        self._api: Api | None = None
        self._roles: dict[str, list[access.Rule]] = {}
        self._lock = threading.RLock()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to start it."""
        for work in (self._bring_up, self._do_tasks):
            self._begin(work)

    def upgrade(self, desired: Desired) -> None:
        """Begin to show another version. The programs are restarted; data, nodes and pods stay."""
        with self._lock:
            if self._desired != desired:
                self._desired = desired
                self._begin(self._start_anew)

    def _begin(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=f"{work.__name__} {self.key.name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def status(self) -> ControlPlaneStatus:
        """The status, which is ready once it serves the desired version."""
        if self._phase is Phase.STARTING:
            return self._launched
        if self._phase is not Phase.READY:
            return ControlPlaneStatus(phase=self._phase, reason=self._reason)
        return self._found if self._served == self._desired else ControlPlaneStatus(phase=Phase.STARTING)

    def leave(self) -> bool:
        """Begin to stop it. Returns False if that had begun before."""
        with self._lock:
            if self._phase is Phase.STOPPING:
                return False
            self._phase = Phase.STOPPING
            return True

    def refuse(self, reason: str) -> None:
        """Refuse to start it, because the data in its place isn't its own."""
        self.refused = True
        self.fail(reason)

    def fail(self, reason: str) -> None:
        """Set the status FAILED with a reason."""
        self._phase, self._reason = Phase.FAILED, reason

    def stop(self) -> None:
        """End its processes, the API server last. Its data stays."""
        self.leave()
        self._stopping.set()
        self._tasks.put(None)
        self._end_all()
        for thread in self._threads:
            thread.join(timeout=15)

    def add_node(self, spec: NodeSpec) -> None:
        """Register a node as soon as the API server is ready."""
        self._tasks.put(lambda: self._register(spec))

    def remove_node(self, name: str) -> None:
        """Delete a node's object, and the pods on it, because its instance is gone."""
        self._tasks.put(lambda: self._remove(name))

    def node_ready(self, name: str) -> bool:
        """Whether the node's condition Ready is True."""
        if not (self._ready.is_set() and self._api):
            return False
        try:
            found = self._api.get(f"/api/v1/nodes/{name}")
        except ApiError:
            return False
        conditions = found.get("status", {}).get("conditions") or ()
        return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)

    def wishes(self) -> Wishes | None:
        """The wishes of its objects for AWS; None while it isn't ready, or doesn't answer."""
        cloud = self._cloud if self._ready.is_set() else None
        try:
            return cloud.wishes() if cloud else None
        except ApiError:
            return None

    def grant(self, grants: Grants) -> None:
        """Write the load balancers and volumes in AWS into its objects."""
        cloud = self._cloud
        if cloud and self._ready.is_set() and cloud.pending(grants):
            self._tasks.put(lambda: cloud.act(grants))

    def role(self, name: str) -> list[access.Rule]:
        """The rules of one of the cluster's own ClusterRoles, read once."""
        if name not in self._roles and self._api:
            path = f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}"
            self._roles[name] = access.from_role(self._api.get(path))
        return self._roles.get(name, [])

    def _bring_up(self) -> None:
        if self._done(self._start_all):
            record.mark_served(self._folder)
            with self._lock:
                if self._phase is Phase.STARTING:
                    self._phase = Phase.READY
                    self._ready.set()

    def _start_anew(self) -> None:
        # An upgrade may be requested before a new sandbox's control planes have started.
        if wait_until(self._ready.is_set, STARTUP, self._stopping):
            self._done(self._start_programs_anew)

    def _done(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except (UserError, OSError, ValueError) as error:
            if not self._stopping.is_set():
                logger.error("%s/%s: %s", self.key.region, self.key.name, error)
                self._end_all()
                self.fail(str(error))
            return False
        return True

    def _end_all(self) -> None:
        with self._lock:
            kubelet, children, proxy, cloud = self._kubelet, self._children, self._proxy, self._cloud
            self._kubelet, self._children, self._proxy, self._cloud = None, [], None, None
        self._end_front()
        if cloud:
            cloud.stop()
        if kubelet:
            kubelet.stop()
        for child in reversed(children):
            child.stop()
        if proxy:
            proxy.stop()

    def _start_all(self) -> None:
        desired = self._desired
        settings = self._settle(desired)
        pki = apiserver.credentials(self._folder, settings.service_cidr)
        api = self._api = Api(settings.server, pki.authority, pki.admin)
        self._start_proxy()
        status = ControlPlaneStatus(
            phase=Phase.READY, endpoint=settings.endpoint, certificate_authority=pki.authority.read_bytes()
        )
        self._start_programs(api, settings, pki, replace(status, phase=Phase.STARTING))
        self._start_kubelet(settings, pki)
        self._start_cloud(api)
        self._found = status
        self._served = desired

    def _start_programs_anew(self) -> None:
        with self._lock:
            children, self._children = self._children, []
        self._end_front()
        for child in reversed(children):
            child.stop()
        desired = self._desired
        settings = self._settle(desired)
        pki = apiserver.credentials(self._folder, settings.service_cidr)
        self._start_programs(Api(settings.server, pki.authority, pki.admin), settings, pki)
        self._roles = {}  # Another version's ClusterRoles may have other rules.
        self._served = desired

    def _start_programs(
        self, api: Api, settings: Settings, pki: Credentials, launched: ControlPlaneStatus | None = None
    ) -> None:
        """Start the programs and wait until they work. The status is `launched` once the API server runs."""
        program = tool(self._paths, "kube-apiserver")
        server = self._child("kube-apiserver", apiserver.argv(program, settings, pki, self._webhook))
        self._start_others(settings, pki)
        self._start_front(settings, pki)
        if launched and not self._stopping.wait(LAUNCHED) and not server.restarts:
            self._launched = launched
        self._await_ready(api, server)

    def _settle(self, desired: Desired) -> Settings:
        """Start etcd, and read or create the cluster's record."""
        minor = apiserver.minor_version(desired.version)
        self._etcd.start(self._stopping)
        kept = persistence.settle(self._paths, self.key, desired, self._etcd)
        return Settings(
            key=self.key,
            folder=self._folder,
            port=self._inner or kept.port,
            shown=kept.port,
            minor=minor,
            service_cidr=kept.service_cidr,
            issuer=kept.issuer,
            etcd=self._etcd.url,
            prefix=persistence.prefix(self.key),
            socket=self._socket,
        )

    def _await_ready(self, api: Api, server: Child) -> None:
        def serves() -> bool:
            if server.restarts > 2:
                raise StartError(f"kube-apiserver of {self.key.name} does not start: {server.tail()}")
            return api.ready()

        if not wait_until(serves, STARTUP, self._stopping):
            raise StartError(f"kube-apiserver of {self.key.name} is not ready after {STARTUP:.0f} s: {server.tail()}")
        if not wait_until(lambda: _exists(api, FIRST_ACCOUNT), STARTUP, self._stopping):
            raise StartError(f"kube-controller-manager of {self.key.name} does not work; see {self._paths.log}")

    def _start_others(self, settings: Settings, pki: Credentials) -> None:
        manager = tool(self._paths, "kube-controller-manager")
        self._child("kube-controller-manager", apiserver.controller_manager_argv(manager, settings, pki))
        scheduler = tool(self._paths, "kube-scheduler")
        self._child("kube-scheduler", apiserver.scheduler_argv(scheduler, settings, pki))
        file = kubeconfig.write(
            self._folder / "kwok.kubeconfig", server=settings.server, authority=pki.authority, certificate=pki.kwok
        )
        config = write_kwok_config(self._folder / "kwok.yaml")
        self._child("kwok", kwok_argv(tool(self._paths, "kwok"), file, config))

    def _start_proxy(self) -> None:
        def resolve(host: str, port: int) -> int | None:
            kubelet = self._kubelet
            return kubelet.resolve(host, port) if kubelet else None

        with self._lock:
            self._check()
            self._proxy = EgressProxy(self._socket, resolve)
            self._proxy.start()

    def _start_front(self, settings: Settings, pki: Credentials) -> None:
        if settings.port == settings.shown:
            return
        with self._lock:
            self._check()
            self._front = Front(settings.shown, settings.port, self.key.name, pki.serving, pki.authority, self._switch)
            self._front.start()

    def _end_front(self) -> None:
        with self._lock:
            front, self._front = self._front, None
        if front:
            front.stop()

    def _start_kubelet(self, settings: Settings, pki: Credentials) -> None:
        api = Api(settings.server, pki.authority, pki.kubelet)
        proxy = self._proxy.port if self._proxy else 0
        egress = apiserver.pods_egress(settings)
        host = Host(
            self._paths,
            self.key,
            self._folder / "pods",
            settings.server,
            pki.authority,
            api,
            proxy,
            egress,
            self._identity,
        )
        with self._lock:
            self._check()
            self._kubelet = Kubelet(host, pki.nodes)
            self._kubelet.start()

    def _start_cloud(self, api: Api) -> None:
        with self._lock:
            self._check()
            self._cloud = CloudObjects(api, self.key.name, Balancers(self._serving))
            self._cloud.start()

    def _serving(self, service: Mapping[str, Any], port: int) -> int | None:
        kubelet = self._kubelet
        return kubelet.serving(service, port) if kubelet else None

    def _child(self, name: str, argv: list[str | Path]) -> Child:
        log = self._paths.log / f"{self.key.region}-{self.key.name}-{name}.log"
        child = Child(self._paths.root, f"kubernetes {self.key.region}/{self.key.name} {name}", argv, log)
        with self._lock:
            self._check()
            child.start()
            self._children.append(child)
        return child

    def _check(self) -> None:
        if self._stopping.is_set():
            raise StartError("stopping")

    def _do_tasks(self) -> None:
        while task := self._tasks.get():
            while not self._ready.wait(0.2):
                if self._stopping.is_set() or self._phase is Phase.FAILED:
                    return
            for _ in range(20):
                try:
                    task()
                    break
                except ApiError as error:
                    logger.warning("%s: %s", self.key.name, error)
                    if self._stopping.wait(1.0):
                        return

    def _register(self, spec: NodeSpec) -> None:
        if not self._api:
            return
        try:
            self._api.create("/api/v1/nodes", node(spec, f"v{self._desired.version}.2-eks-sandbox"))
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise

    def _remove(self, name: str) -> None:
        api = self._api
        if not api:
            return
        api.delete(f"/api/v1/nodes/{name}")
        for pod in api.get("/api/v1/pods", fieldSelector=f"spec.nodeName={name}")["items"]:
            meta = pod["metadata"]
            api.delete(f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}", {"gracePeriodSeconds": 0})


def _exists(api: Api, path: str) -> bool:
    try:
        api.get(path)
    except ApiError:
        return False
    return True
