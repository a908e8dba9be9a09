"""Load balancers whose pods run on this machine, and the pods that Services lead to."""

from __future__ import annotations

import socket
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import pytest

from sandbox.clusters import ports
from sandbox.clusters.balancers import Balancers
from sandbox.clusters.client import Api, ApiError
from sandbox.clusters.kubelet.agent import Kubelet
from sandbox.clusters.kubelet.pod import Host, Pod
from sandbox.clusters.pki import Authority
from sandbox.contract import ClusterKey
from sandbox.paths import Paths
from tests.sandbox.clusters.fleet import identity

pytestmark = pytest.mark.unit

AWS = "internal-a1-1.eu-west-1.elb.amazonaws.com"


def service(port: int = 5443, target: Any = 5443, status: dict[str, Any] | None = None) -> dict[str, Any]:
    spec = {"selector": {"app": "api"}, "ports": [{"port": port, "targetPort": target}]}
    return {"metadata": {"name": "api", "namespace": "ns", "uid": "u"}, "spec": spec, "status": status or {}}


@pytest.fixture
def pod() -> Generator[socket.socket]:
    """What listens in the place of a pod."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_a_load_balancer_of_a_pod_that_runs_here_listens_here_until_it_is_gone(pod: socket.socket) -> None:
    port, target = ports.passing(), pod.getsockname()[1]
    balancers = Balancers(lambda _, wanted: target if wanted == port else None)
    assert balancers.host(service(port), AWS) == "localhost"
    assert balancers.host(service(port), AWS) == "localhost"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        server, _ = pod.accept()
        client.sendall(b"ping")
        assert server.recv(10) == b"ping"
        server.sendall(b"pong")
        server.close()
        assert client.recv(10) == b"pong" and client.recv(10) == b""
    balancers.forget("u")
    assert ports.free(port)


def test_a_load_balancer_of_acted_pods_keeps_the_name_that_aws_gives_it() -> None:
    assert Balancers(lambda *_: None).host(service(), AWS) == AWS


def test_a_load_balancer_that_was_here_listens_again_before_its_pods_run() -> None:
    port = ports.passing()
    balancers = Balancers(lambda *_: None)
    status = {"loadBalancer": {"ingress": [{"hostname": "localhost"}]}}
    try:
        assert balancers.host(service(port, status=status), AWS) == "localhost"
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            assert client.recv(10) == b""
    finally:
        balancers.stop()


def test_a_load_balancer_whose_port_is_in_use_keeps_the_name_that_aws_gives_it(pod: socket.socket) -> None:
    taken = pod.getsockname()[1]
    assert Balancers(lambda *_: taken).host(service(taken), AWS) == AWS


class Services:
    """An API server with one Service."""

    def get(self, path: str, **_: str) -> dict[str, Any]:
        if path == "/api/v1/namespaces/ns/services/api":
            return service(443, "https")
        raise ApiError(404, "no such Service")


@pytest.fixture
def kubelet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kubelet:
    """A kubelet with a pod of the Service, whose port 8443, `https`, is 34443 here."""
    authority = Authority(tmp_path, "test")
    api = cast(Api, Services())
    key = ClusterKey("123456789012", "eu-west-1", "one")
    host = Host(
        Paths(tmp_path),
        key,
        tmp_path / "pods",
        "https://127.0.0.1:1",
        authority.certificate,
        api,
        0,
        Path(),
        identity(),
    )
    kubelet = Kubelet(host, authority.server("nodes", "nodes", ["127.0.0.1"]))
    spec = {"containers": [{"name": "c", "image": "x", "ports": [{"name": "https", "containerPort": 8443}]}]}
    meta = {"name": "api-0", "namespace": "ns", "uid": "p", "labels": {"app": "api", "pod": "0"}}
    found = Pod(host, {"metadata": meta, "spec": spec}, "100.64.128.1")
    monkeypatch.setattr(Pod, "alive", True)
    monkeypatch.setattr(found, "port", {8443: 34443}.get)
    kubelet._pods["p"] = found  # pyright: ignore[reportPrivateUsage]
    return kubelet


@pytest.mark.parametrize("name", ["api.ns.svc.cluster.local", "api.ns.svc"])
def test_a_service_s_name_leads_to_a_pod_of_its_selector(kubelet: Kubelet, name: str) -> None:
    assert kubelet.resolve(name, 443) == 34443
    assert kubelet.resolve(name, 444) is None


def test_the_name_of_a_pod_in_a_service_leads_to_that_pod(kubelet: Kubelet) -> None:
    assert kubelet.resolve("api-0.api.ns.svc.cluster.local", 8443) == 34443
    assert kubelet.resolve("api-0.api.ns.svc.cluster.local", 443) is None, "it is no Service's port"
    assert kubelet.resolve("api-1.api.ns.svc.cluster.local", 8443) is None
    assert kubelet.resolve("api-0.api.other.svc.cluster.local", 8443) is None


@pytest.mark.parametrize("name", ["other.ns.svc", "api.other.svc", "api.ns.svc.example.org", "api.ns"])
def test_a_name_that_is_no_service_s_leads_nowhere(kubelet: Kubelet, name: str) -> None:
    assert kubelet.resolve(name, 443) is None


def test_a_service_of_others_pods_leads_nowhere(kubelet: Kubelet) -> None:
    assert kubelet.serving(service(443, 8443), 443) == 34443
    other = service(443, 8443)
    other["spec"]["selector"] = {"app": "other"}
    assert kubelet.serving(other, 443) is None
    other["spec"]["selector"] = {}
    assert kubelet.serving(other, 443) is None
