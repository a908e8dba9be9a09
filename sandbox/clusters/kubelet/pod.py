"""One pod as a thread: prepares its volumes, runs its containers, reports its status, ends it when it is deleted."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.clusters import kubeconfig
from sandbox.clusters.client import STRATEGIC, Api, ApiError
from sandbox.clusters.images import find
from sandbox.clusters.kubelet.commands import Command, Place, command
from sandbox.clusters.kubelet.container import Container, now
from sandbox.clusters.kubelet.volumes import SERVICE_ACCOUNT, VolumeError, Volumes
from sandbox.contract import ClusterKey, Identity, SignInError
from sandbox.files import trim
from sandbox.paths import Paths

logger = logging.getLogger(__name__)

TICK = 0.1
"""Seconds between looks at a pod's processes."""

ABANDONED = 5.0
"""Seconds of grace for processes whose pod is gone already, or whose sandbox stops."""

LOOK = 10.0
"""Seconds between looks at the secrets and config maps of volumes; a kubelet takes about a minute."""


@dataclass(frozen=True)
class Host:
    """What pods of one cluster are run with."""

    paths: Paths
    key: ClusterKey
    folder: Path
    """For their volumes and kubeconfigs."""
    server: str
    authority: Path
    api: Api
    proxy: int
    """The loopback port by which pods reach Services by their names."""
    egress: Path
    """The same for API servers in pods, as the file of their egress selector."""
    identity: Identity
    """Gives pods the credentials of their roles."""
    pulled: set[str] = field(default_factory=set[str])
    """Images that are on the nodes already."""


class Pod:
    """A pod whose containers are local processes."""

    def __init__(self, host: Host, pod: Mapping[str, Any], address: str) -> None:
        """`address` is the pod's, by which the egress proxy knows it."""
        self._host, self._pod, self.address = host, pod, address
        meta = pod["metadata"]
        self.uid, self.namespace, self.name = meta["uid"], meta["namespace"], meta["name"]
        self._folder = host.folder / self.uid
        self._volumes = Volumes(host.api, pod, self._folder, host.folder.parent / "volumes")
        self._first = [self._container(spec) for spec in pod["spec"].get("initContainers") or () if _runs(spec)]
        """The init containers, which run one after the other before the containers."""
        self._containers = [self._container(spec) for spec in pod["spec"]["containers"]]
        self._wake = threading.Event()
        self._grace: float | None = meta.get("deletionGracePeriodSeconds") if meta.get("deletionTimestamp") else None
        self._abandoned = False
        self._said: dict[str, Any] | None = None
        self._contradicted = False
        self._transitions: dict[str, tuple[str, str]] = {}
        self._waiting, self._next_look = "", 0.0
        self._variables: Mapping[str, str] = {}
        self._started = pod.get("status", {}).get("startTime") or now()
        self._thread = threading.Thread(target=self._run, name=f"pod {self.namespace}/{self.name}", daemon=True)

    def start(self) -> None:
        """Begin to run it."""
        self._thread.start()

    def observe(self, pod: Mapping[str, Any]) -> None:
        """Report again if its object says otherwise.

        The node lifecycle controller marks the pods of a node that was away as not Ready, and leaves it to the kubelet
        to say that they are.
        """
        said = _conditions(self._said or {})
        if said.items() - _conditions(pod.get("status", {})).items():
            self._contradicted = True

    def end(self, grace: float) -> None:
        """Its object is being deleted: end its processes, then let the object go."""
        self._grace = grace
        self._wake.set()
        if not self.alive:
            self._let_go()

    def abandon(self) -> None:
        """End its processes and say nothing: the sandbox stops, or its object is gone already."""
        self._abandoned = True
        self._wake.set()

    def join(self, timeout: float) -> None:
        """Wait until its thread has ended."""
        self._thread.join(timeout)

    @property
    def alive(self) -> bool:
        """Whether its thread still looks after it."""
        return self._thread.is_alive()

    def port(self, wanted: int) -> int | None:
        """The loopback port for one of its ports."""
        return next((found for container in self._containers if (found := container.port(wanted))), None)

    def serves(self, namespace: str, selector: Mapping[str, str]) -> bool:
        """Whether a Service with this selector leads to it."""
        labels = self._pod["metadata"].get("labels") or {}
        return self.alive and namespace == self.namespace and bool(selector) and selector.items() <= labels.items()

    def named(self, port: object) -> int | None:
        """The number of one of its ports, by its number or name."""
        if isinstance(port, int):
            return port
        declared = [one for spec in self._pod["spec"]["containers"] for one in spec.get("ports") or ()]
        return next((one["containerPort"] for one in declared if one.get("name") == port), None)

    def log(self, container: str) -> Path | None:
        """A container's log; the first one's for an empty name."""
        found = (one.log for one in (*self._containers, *self._first) if container in {"", one.spec["name"]})
        return next(found, None)

    def _container(self, spec: Mapping[str, Any]) -> Container:
        key = self._host.key
        name = f"kubernetes {key.region}/{key.name} pod {self.namespace}/{self.name} {spec['name']}"
        file = f"{key.region}-{key.name}-{self.namespace}-{self.name}-{spec['name']}.log"
        statuses = self._pod.get("status", {}).get("containerStatuses") or ()
        before = next((status for status in statuses if status["name"] == spec["name"]), None)
        log = self._host.paths.log / "pods" / file
        return Container(spec, self._command, self._host.pulled, self._host.paths.root, log, name, before)

    def _command(self, spec: Mapping[str, Any]) -> Command:
        mounts = self._volumes.mounts(spec)
        token = mounts.get(SERVICE_ACCOUNT)
        file = kubeconfig.write(
            self._folder / "kubeconfig",
            server=self._host.server,
            authority=self._host.authority,
            token_file=token / "token" if token else None,
            namespace=self.namespace,
        )
        place = Place(
            namespace=self.namespace,
            kubeconfig=file,
            mounts=mounts,
            fields={"metadata.name": self.name, "metadata.namespace": self.namespace, "status.podIP": self.address},
            variables=self._variables,
            proxy=self._host.proxy,
            egress=self._host.egress,
        )
        return command(self._host.paths, spec, place)

    def _run(self) -> None:
        try:
            if self._prepare():
                self._live()
            self._finish()
        except Exception:
            logger.exception("pod %s/%s", self.namespace, self.name)
            for container in self._all:
                container.kill()

    @property
    def _all(self) -> list[Container]:
        return [*self._first, *self._containers]

    def _prepare(self) -> bool:
        """Write the volumes, trying again until they can be had; False when it is to end first."""
        self._folder.mkdir(parents=True, exist_ok=True)
        account = self._pod["spec"].get("serviceAccountName", "default")
        while not self._leaving():
            try:
                self._variables = self._host.identity.pod_environment(self._host.key, self.namespace, account)
                self._volumes.prepare()
                self._next_look = time.monotonic() + LOOK
                self._waiting = ""
                return True
            except (SignInError, VolumeError) as error:
                self._waiting = str(error)
                self._report()
                self._wake.wait(1.0)
        return False

    def _live(self) -> None:
        policy = self._pod["spec"].get("restartPolicy", "Always")
        while not self._leaving():
            if waited := next((container for container in self._first if not container.resting), None):
                waited.step("OnFailure")
            else:
                for container in self._containers:
                    container.step(policy)
            self._keep_house()
            self._report()
            if all(container.resting for container in self._containers):
                break
            self._wake.wait(TICK)

    def _keep_house(self) -> None:
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK
        for container in self._all:
            trim(container.log)
        try:
            self._volumes.renew()
        except (ApiError, VolumeError) as error:
            logger.warning("pod %s/%s: its volumes are not renewed: %s", self.namespace, self.name, error)

    def _leaving(self) -> bool:
        return self._abandoned or self._grace is not None

    def _finish(self) -> None:
        for container in self._all:
            container.signal()
        begun = time.monotonic()
        while any(not container.gone() for container in self._all):
            # Read each time: a deletion may be asked for again, with less grace.
            if time.monotonic() - begun > (ABANDONED if self._grace is None else self._grace):
                break
            time.sleep(0.02)
        for container in self._all:
            container.kill()
            container.resting = True
        if not self._abandoned and self._said:
            self._report()
        if self._grace is not None:
            self._let_go()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _let_go(self) -> None:
        url = f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"
        try:
            self._host.api.delete(url, {"gracePeriodSeconds": 0, "preconditions": {"uid": self.uid}})
        except ApiError as error:
            logger.warning("pod %s/%s: %s", self.namespace, self.name, error)

    def _report(self) -> None:
        status = self._status()
        if status == self._said and not self._contradicted:
            return
        # Before the call, so that what is observed from then on counts.
        self._contradicted = False
        url = f"/api/v1/namespaces/{self.namespace}/pods/{self.name}/status"
        try:
            self._host.api.patch(url, {"metadata": {"uid": self.uid}, "status": status}, STRATEGIC)
            self._said = status
        except ApiError as error:
            if error.status in {404, 409}:
                self._abandoned = True
            else:
                self._contradicted = True
                logger.warning("pod %s/%s: %s", self.namespace, self.name, error)
                self._wake.wait(0.5)

    def _status(self) -> dict[str, Any]:
        statuses = [container.status() for container in self._containers]
        ready = all(container.ready for container in self._containers)
        phase = self._phase()
        done = phase in {"Succeeded", "Failed"}
        conditions = [
            self._condition("PodReadyToStartContainers", not self._waiting, self._waiting),
            self._condition("Initialized", all(container.resting for container in self._first), "init containers run"),
            self._condition("ContainersReady", ready, "" if ready else _unready(statuses), done),
            self._condition("Ready", ready, "" if ready else _unready(statuses), done),
        ]
        addresses = {"podIP": self.address, "podIPs": [{"ip": self.address}]}
        return {
            "phase": phase,
            "startTime": self._started,
            "conditions": conditions,
            "containerStatuses": statuses,
            **({"initContainerStatuses": [container.status() for container in self._first]} if self._first else {}),
            **addresses,
        }

    def _phase(self) -> str:
        if all(container.resting for container in self._containers):
            return "Failed" if any(container.code for container in self._containers) else "Succeeded"
        if all("waiting" in container.state and not container.restarts for container in self._containers):
            return "Pending"
        return "Running"

    def _condition(self, kind: str, holds: bool, message: str = "", done: bool = False) -> dict[str, Any]:
        status = "True" if holds else "False"
        before = self._transitions.get(kind)
        if before is None or before[0] != status:
            self._transitions[kind] = before = (status, now())
        condition = {"type": kind, "status": status, "lastTransitionTime": before[1]}
        if not holds:
            condition["reason"] = "PodCompleted" if done else "ContainersNotReady"
            condition["message"] = message
        return condition


def _runs(spec: Mapping[str, Any]) -> bool:
    """Whether an init container runs: its image is known, and it needs no variable that names a Service's address.

    This kubelet gives pods no such variables, because no address of a Service leads anywhere on this machine.
    """
    return find(spec["image"]) is not None and "_SERVICE_HOST" not in str(spec.get("command"))


def _conditions(status: Mapping[str, Any]) -> dict[str, str]:
    return {condition["type"]: condition["status"] for condition in status.get("conditions") or ()}


def _unready(statuses: list[dict[str, Any]]) -> str:
    names = " ".join(status["name"] for status in statuses if not status["ready"])
    return f"containers with unready status: [{names}]"
