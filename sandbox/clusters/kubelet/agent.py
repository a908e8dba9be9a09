"""Watches one cluster's pods and runs those whose image the sandbox knows."""

from __future__ import annotations

import ipaddress
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.clusters.client import ApiError
from sandbox.clusters.images import find
from sandbox.clusters.kubelet.logs import LogServer
from sandbox.clusters.kubelet.pod import Host, Pod
from sandbox.clusters.nodes import KUBELET, REAL_PODS
from sandbox.clusters.pki import Pair
from sandbox.clusters.watching import Object, Watching

SERVICE = re.compile(r"((?P<pod>[a-z0-9-]+)\.)?(?P<name>[a-z0-9-]+)\.(?P<namespace>[a-z0-9-]+)\.svc(\.cluster\.local)?")
"""The name of a Service, or of a StatefulSet's pod in one, as the cluster's DNS has it."""

SCHEDULED = "spec.nodeName!="
"""The field selector for pods that have a node."""


class Kubelet:
    """The kubelet of all nodes of a cluster, for the pods that really run."""

    def __init__(self, host: Host, serving: Pair) -> None:
        """`serving` is the certificate that nodes answer with. Nothing runs yet."""
        self._host = host
        self._pods: dict[str, Pod] = {}
        self._lock = threading.Lock()
        self._addresses = iter(ipaddress.ip_network(REAL_PODS).hosts())
        self._logs = LogServer(serving, host.authority, self._log)
        self._watching = Watching(
            f"kubelet {host.key.name}",
            host.api,
            "/api/v1/pods",
            listed=self._listed,
            changed=self._observe,
            deleted=lambda pod: self._forget(pod["metadata"]["uid"]),
            fieldSelector=SCHEDULED,
        )

    def start(self) -> None:
        """Begin to watch."""
        self._logs.start()
        self._watching.start()

    def stop(self) -> None:
        """End all pods' processes; their objects stay, to be run again when the cluster comes back."""
        self._watching.stop()
        with self._lock:
            pods = list(self._pods.values())
        for pod in pods:
            pod.abandon()
        for pod in pods:
            pod.join(timeout=8)
        self._logs.stop()

    def resolve(self, host: str, port: int) -> int | None:
        """The loopback port that stands for the port of a pod's (or any node's) address, or of a Service's name."""
        if port == KUBELET:
            return self._logs.port
        found = SERVICE.fullmatch(host)
        if found and not found["pod"]:
            return self._of_service(found["namespace"], found["name"], port)
        member = found and (found["namespace"], found["pod"])
        with self._lock:
            pods = [pod for pod in self._pods.values() if pod.alive]
        pods = [pod for pod in pods if ((pod.namespace, pod.name) == member if member else pod.address == host)]
        return next((found for pod in pods if (found := pod.port(port))), None)

    def serving(self, service: Mapping[str, Any], port: int) -> int | None:
        """The loopback port that stands for the port of a Service; None if none of its pods runs here."""
        spec, namespace = service["spec"], service["metadata"]["namespace"]
        target = next((one.get("targetPort", port) for one in spec["ports"] if one["port"] == port), None)
        with self._lock:
            pods = [pod for pod in self._pods.values() if pod.serves(namespace, spec.get("selector") or {})]
        ports = ((pod, pod.named(target)) for pod in pods)
        return next((found for pod, wanted in ports if wanted and (found := pod.port(wanted))), None)

    def _of_service(self, namespace: str, name: str, port: int) -> int | None:
        try:
            service = self._host.api.get(f"/api/v1/namespaces/{namespace}/services/{name}")
        except ApiError:
            return None
        return self.serving(service, port)

    def _log(self, namespace: str, name: str, container: str) -> Path | None:
        with self._lock:
            pods = [pod for pod in self._pods.values() if (pod.namespace, pod.name) == (namespace, name)]
        return next((log for pod in pods if (log := pod.log(container))), None)

    def _listed(self, pods: list[Object]) -> None:
        self._keep({pod["metadata"]["uid"] for pod in pods})
        for pod in pods:
            self._observe(pod)

    def _observe(self, pod: Mapping[str, Any]) -> None:
        if find(pod["spec"]["containers"][0]["image"]) is None:
            return
        meta = pod["metadata"]
        with self._lock:
            known = self._pods.get(meta["uid"])
            if known is None and self._wanted(pod) and not self._watching.stopping:
                known = self._pods[meta["uid"]] = Pod(self._host, pod, self._address(pod))
                known.start()
        if known:
            known.observe(pod)
        if known and meta.get("deletionTimestamp"):
            known.end(meta.get("deletionGracePeriodSeconds", 30))

    def _wanted(self, pod: Mapping[str, Any]) -> bool:
        over = pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}
        return not over or bool(pod["metadata"].get("deletionTimestamp"))

    def _address(self, pod: Mapping[str, Any]) -> str:
        if kept := pod.get("status", {}).get("podIP"):
            return kept
        taken = {known.address for known in self._pods.values()}
        while True:
            address = str(next(self._addresses, None))
            if address == "None":
                self._addresses = iter(ipaddress.ip_network(REAL_PODS).hosts())
            elif address not in taken:
                return address

    def _forget(self, uid: str) -> None:
        with self._lock:
            pod = self._pods.pop(uid, None)
        if pod:
            pod.abandon()

    def _keep(self, living: set[str]) -> None:
        with self._lock:
            gone = [uid for uid in self._pods if uid not in living]
        for uid in gone:
            self._forget(uid)
