"""A pod that is local processes: its init containers, and its containers after them."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, cast

import pytest

from sandbox.clusters.client import Api
from sandbox.clusters.kubelet.pod import Host, Pod
from sandbox.clusters.pki import Authority
from sandbox.contract import ClusterKey
from sandbox.paths import Paths
from tests.sandbox.clusters.fleet import identity

pytestmark = pytest.mark.unit

IMAGE = "docker.io/alpine/k8s:1.37.0"
MOUNTED = {"volumeMounts": [{"name": "work", "mountPath": "/work"}]}


class Statuses:
    """An API server that keeps the statuses that a kubelet reports."""

    def __init__(self) -> None:
        self.reported: list[dict[str, Any]] = []
        self.over = threading.Event()

    def patch(self, path: str, body: dict[str, Any], _: str) -> None:
        assert path == "/api/v1/namespaces/ns/pods/p/status"
        self.reported.append(body["status"])
        if body["status"]["phase"] in ("Succeeded", "Failed"):
            self.over.set()


def container(name: str, script: str, image: str = IMAGE) -> dict[str, Any]:
    return {"name": name, "image": image, "command": ["/bin/sh", "-c", script], **MOUNTED}


def run(folder: Path, *first: dict[str, Any], then: dict[str, Any]) -> Statuses:
    """Run a pod to its end."""
    api = Statuses()
    key = ClusterKey("123456789012", "eu-west-1", "one")
    host = Host(
        Paths(folder),
        key,
        folder / "pods",
        "https://127.0.0.1:1",
        Authority(folder, "test").certificate,
        cast(Api, api),
        0,
        Path(),
        identity(),
    )
    spec = {
        "restartPolicy": "Never",
        "initContainers": first,
        "containers": [then],
        "volumes": [{"name": "work", "emptyDir": {}}],
    }
    pod = Pod(host, {"metadata": {"name": "p", "namespace": "ns", "uid": "u"}, "spec": spec}, "100.64.128.1")
    pod.start()
    assert api.over.wait(60), api.reported
    pod.abandon()
    pod.join(10)
    return api


def test_containers_start_once_every_init_container_has_succeeded_in_its_order(tmp_path: Path) -> None:
    again = "test -f /work/tried && { echo one > /work/made; exit 0; }; touch /work/tried; exit 1"
    api = run(
        tmp_path,
        container("one", again),
        container("two", "test -f /work/made && echo two >> /work/made"),
        then=container("main", 'test "$(cat /work/made | wc -l)" -eq 2'),
    )
    last = api.reported[-1]
    assert last["phase"] == "Succeeded"
    first = {status["name"]: status for status in last["initContainerStatuses"]}
    assert first["one"]["restartCount"] == 1
    assert [one["state"]["terminated"]["exitCode"] for one in first.values()] == [0, 0]
    initialized = [
        condition["status"]
        for status in api.reported
        for condition in status["conditions"]
        if condition["type"] == "Initialized"
    ]
    assert initialized[0] == "False" and initialized[-1] == "True"
    assert all(status["phase"] == "Pending" for status in api.reported[:1])


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(container("acted", "exit 1", "docker.io/busybox:1"), id="an image that is acted"),
        pytest.param(container("waits", "nc $API_SERVICE_HOST 80"), id="a variable that names a Service's address"),
    ],
)
def test_an_init_container_that_can_t_run_here_counts_as_done(tmp_path: Path, first: dict[str, Any]) -> None:
    api = run(tmp_path, first, then=container("main", "exit 0"))
    assert api.reported[-1]["phase"] == "Succeeded"
    assert "initContainerStatuses" not in api.reported[-1]
