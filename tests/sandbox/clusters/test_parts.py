"""The parts of the control planes that need no process."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from sandbox.clusters import access, apiserver, images, kubeconfig, ports, record
from sandbox.clusters.access import Rule
from sandbox.clusters.client import Api, ApiError
from sandbox.clusters.kubelet import karmada, logs
from sandbox.clusters.kubelet.commands import CommandError, Place, command
from sandbox.clusters.kubelet.probes import Probe
from sandbox.clusters.kubelet.volumes import VolumeError, Volumes, rewrite
from sandbox.clusters.pki import Authority, service_address
from sandbox.clusters.proxy import EgressProxy
from sandbox.clusters.record import Desired
from sandbox.clusters.webhook import Webhook
from sandbox.contract import AccessPolicy, ClusterKey
from sandbox.paths import Paths
from tests.sandbox.clusters import fleet
from tests.sandbox.clusters.fleet import HOST

pytestmark = pytest.mark.unit

DESIRED = Desired(account="123456789012", version="1.37", service_cidr="10.100.0.0/16", issuer="https://issuer/1")


def _asked(verb: str, resource: str, namespace: str = "", group: str = "", subresource: str = "") -> dict[str, Any]:
    attributes = {"verb": verb, "resource": resource, "namespace": namespace, "group": group}
    return {"resourceAttributes": {**attributes, "subresource": subresource}}


def _no_roles(_: str) -> Sequence[Rule]:
    return ()


def test_cluster_admin_may_do_everything() -> None:
    policies = [AccessPolicy(name="AmazonEKSClusterAdminPolicy")]
    for spec in (_asked("escalate", "clusterroles"), {"nonResourceAttributes": {"verb": "get", "path": "/metrics"}}):
        assert access.allowed(spec, policies, _no_roles) == "AmazonEKSClusterAdminPolicy"


def test_admin_view_reads_all_secrets_too_and_writes_nothing() -> None:
    policies = [AccessPolicy(name="AmazonEKSAdminViewPolicy")]
    assert access.allowed(_asked("get", "secrets", "any"), policies, _no_roles)
    assert access.allowed(_asked("list", "widgets", group="example.com"), policies, _no_roles)
    assert not access.allowed(_asked("delete", "secrets", "any"), policies, _no_roles)
    assert not access.allowed({"nonResourceAttributes": {"verb": "get", "path": "/metrics"}}, policies, _no_roles)


@given(verb=st.text(), resource=st.text(), namespace=st.text())
def test_an_unknown_policy_allows_nothing(verb: str, resource: str, namespace: str) -> None:
    policies = [AccessPolicy(name="AmazonEKSComputePolicy")]
    assert not access.allowed(_asked(verb, resource, namespace), policies, _no_roles)


def test_a_scope_is_namespaces_with_wildcards() -> None:
    policies = [AccessPolicy(name="AmazonEKSClusterAdminPolicy", namespaces=["team-*", "web"])]
    held = {
        name: bool(access.allowed(_asked("get", "pods", name), policies, _no_roles))
        for name in ("team-a", "web", "db", "")
    }
    assert held == {"team-a": True, "web": True, "db": False, "": False}


def test_a_subresource_is_a_resource_of_its_own() -> None:
    rules = [Rule(frozenset({"get"}), frozenset({""}), frozenset({"pods"}))]
    policies = [AccessPolicy(name="AmazonEKSViewPolicy")]
    assert access.allowed(_asked("get", "pods", "a"), policies, lambda _: rules)
    assert not access.allowed(_asked("get", "pods", "a", subresource="exec"), policies, lambda _: rules)
    assert not access.allowed(_asked("get", "pods", "a", group="metrics.k8s.io"), policies, lambda _: rules)


@pytest.mark.parametrize(
    ("name", "repository", "tag"),
    [
        ("nginx", "nginx", "latest"),
        ("nginx:1.27", "nginx", "1.27"),
        ("localhost:5000/kubefed", "localhost:5000/kubefed", "latest"),
        ("quay.io/kubernetes-multicluster/kubefed:v0.10.0", "quay.io/kubernetes-multicluster/kubefed", "v0.10.0"),
        ("quay.io/x/kubefed@sha256:abc", "quay.io/x/kubefed", ""),
    ],
)
def test_an_image_has_a_repository_and_a_tag(name: str, repository: str, tag: str) -> None:
    assert images.split(name) == (repository, tag)


def test_only_images_that_are_to_be_had_are_run() -> None:
    had = {
        "quay.io/kubernetes-multicluster/kubefed:v0.10.0": True,
        "quay.io/kubernetes-multicluster/kubefed:canary": False,
        "quay.io/prometheus-operator/prometheus-operator:v0.45.0": True,
        "quay.io/prometheus-operator/prometheus-operator:v0.95.2": False,
        "docker.io/alpine/k8s:1.37.0": True,
        "docker.io/alpine/k8s:latest": False,
        "bitnami/kubectl:1.17.16": False,
        "docker.io/karmada/karmada-scheduler:v1.18.2": True,
        "docker.io/karmada/karmada-scheduler:latest": False,
        "registry.k8s.io/kube-apiserver:v1.35.2": True,
        "registry.k8s.io/etcd:3.6.6-0": True,
        "nginx:1.27": False,
    }
    assert {name: images.pullable(name) for name in had} == had
    assert images.find("example.com/notkubefed:v0.10.0") is None
    assert images.find("quay.io/prometheus-operator/prometheus-config-reloader:v0.45.0") is None


def test_mount_paths_in_arguments_become_folders() -> None:
    mounts = {"/var/serving-cert": Path("/p/volumes/cert"), "/var": Path("/p/volumes/var")}
    assert rewrite("--cert-dir=/var/serving-cert/", mounts) == "--cert-dir=/p/volumes/cert/"
    assert rewrite("/var/serving-cert", mounts) == "/p/volumes/cert"
    assert rewrite("/var/log", mounts) == "/p/volumes/var/log"
    assert rewrite("/srv/var/log", mounts) == "/srv/var/log"
    assert rewrite("/variable", mounts) == "/variable"
    assert rewrite("cat /var > /tmp/x; ls /var-x", mounts) == "cat /p/volumes/var > /tmp/x; ls /var-x"


def _tools(tmp_path: Path) -> Paths:
    paths = Paths(tmp_path)
    paths.bin.mkdir(parents=True)
    for name in ("hyperfed", "kubefed-webhook", "kubectl", "prometheus-operator", *karmada.FLAGS):
        (paths.bin / name).touch(mode=0o755)
    return paths


def test_kubefeds_programs_are_told_to_listen_on_loopback(tmp_path: Path) -> None:
    paths, image = _tools(tmp_path), "quay.io/kubernetes-multicluster/kubefed:v0.10.0"
    container = {"name": "c", "image": image, "command": ["/hyperfed/controller-manager", "--v=2"]}
    made = command(paths, container, Place(namespace="ns", kubeconfig=Path("/kc")))
    assert made.argv[:3] == [paths.bin / "hyperfed", "controller-manager", "--v=2"]
    assert {f"--healthz-addr=127.0.0.1:{made.ports[8080]}", f"--metrics-addr=127.0.0.1:{made.ports[9090]}"} < set(
        made.argv
    )
    container = {"name": "w", "image": image, "command": ["/hyperfed/webhook", "--secure-port=8443"]}
    made = command(paths, container, Place(namespace="ns", kubeconfig=Path("/kc")))
    assert made.argv[-2:] == [f"--secure-port={made.ports[8443]}", "--bind-address=127.0.0.1"]


@pytest.mark.parametrize("start", [{}, {"command": ["/bin/operator"]}])
def test_the_operator_is_its_image_s_own_program_and_listens_on_loopback(tmp_path: Path, start: dict[str, Any]) -> None:
    image = "quay.io/prometheus-operator/prometheus-operator:v0.45.0"
    arguments = ["--kubelet-service=kube-system/kubelet", "--web.listen-address=:8080"]
    paths, container = _tools(tmp_path), {"name": "o", "image": image, "args": arguments, **start}
    made = command(paths, container, Place(namespace="ns", kubeconfig=Path("/kc")))
    own = f"--web.listen-address=127.0.0.1:{made.ports[8080]}"
    assert made.argv == [paths.bin / "prometheus-operator", *arguments, own]
    assert made.env["KUBECONFIG"] == "/kc"


PLACE = Place(
    namespace="ns",
    kubeconfig=Path("/kc"),
    mounts={"/var/lib/etcd": Path("/disk")},
    fields={"metadata.name": "etcd-0"},
    proxy=3128,
    egress=Path("/egress.json"),
)


def test_karmada_s_etcd_listens_on_loopback_and_keeps_its_data_on_its_volume(tmp_path: Path) -> None:
    container = {
        "name": "etcd",
        "image": "registry.k8s.io/etcd:3.6.6-0",
        "env": [{"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
        "command": ["/usr/local/bin/etcd", "--name", "$(NAME)", "--data-dir=/var/lib/etcd", "--x=$(OTHER)"],
    }
    made = command(_tools(tmp_path), container, PLACE)
    assert made.argv[1:5] == ["--name", "etcd-0", "--data-dir=/disk", "--x=$(OTHER)"]
    assert {
        f"--listen-client-urls=https://127.0.0.1:{made.ports[2379]}",
        f"--listen-peer-urls=https://127.0.0.1:{made.ports[2380]}",
        f"--listen-metrics-urls=http://127.0.0.1:{made.ports[2381]}",
    } < {*made.argv}
    assert made.env["HTTPS_PROXY"] == "http://127.0.0.1:3128", "a member finds the others by their names"


def test_karmada_s_parts_find_services_by_a_proxy_and_its_api_server_by_its_egress_selector(tmp_path: Path) -> None:
    paths = _tools(tmp_path)
    container = {"name": "w", "image": "docker.io/karmada/karmada-webhook:v1.18.2", "command": ["/bin/karmada-webhook"]}
    made = command(paths, container, PLACE)
    assert made.env["HTTPS_PROXY"] == "http://127.0.0.1:3128"
    own = [f"--secure-port={made.ports[8443]}", f"--health-probe-bind-address=127.0.0.1:{made.ports[8000]}"]
    assert made.argv == [
        paths.bin / "karmada-webhook",
        "--bind-address=127.0.0.1",
        *own,
        f"--metrics-bind-address=127.0.0.1:{made.ports[8080]}",
    ]
    container = {"name": "a", "image": "registry.k8s.io/kube-apiserver:v1.35.2", "command": ["kube-apiserver"]}
    made = command(paths, container, PLACE)
    assert "HTTPS_PROXY" not in made.env
    assert {"--egress-selector-config-file=/egress.json", f"--secure-port={made.ports[5443]}"} < {*made.argv}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"command": None}, "needs its command"),
        ({"image": "x/prometheus-operator/prometheus-operator:v0.45.0"}, "no program webhook; it has operator"),
        ({"command": ["/hyperfed/other"]}, "no program other"),
        ({"env": [{"name": "A", "valueFrom": {"secretKeyRef": {}}}]}, "env A: .* plain values only"),
        ({"image": "x/karmada/karmada-webhook:v1.18.2", "command": ["/bin/x"]}, "no program x; they have etcd, "),
    ],
)
def test_a_container_that_cannot_be_made_is_explained(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    container = {"name": "c", "image": "x/kubefed:v0.10.0", "command": ["/hyperfed/webhook"], **changed}
    with pytest.raises(CommandError, match=message):
        command(_tools(tmp_path), container, Place(namespace="ns", kubeconfig=Path("/kc")))


def test_a_kept_port_lies_below_those_of_outgoing_connections() -> None:
    port = ports.kept()
    assert port < 32768 and ports.free(port)
    with socket.create_server(("127.0.0.1", port)):
        assert not ports.free(port)
    with pytest.raises(OSError, match="among 20000 to 31999"):
        ports.kept(taken=ports.KEPT)


def test_a_cluster_keeps_its_port_and_no_other_gets_it(tmp_path: Path) -> None:
    first = record.keep(tmp_path, tmp_path / "r" / "one", DESIRED)
    assert record.keep(tmp_path, tmp_path / "r" / "one", DESIRED) == first
    assert record.keep(tmp_path, tmp_path / "r" / "two", DESIRED).port != first.port


def test_data_of_another_issuer_is_another_cluster() -> None:
    kept = record.Record(
        account=DESIRED.account, version="1.36", service_cidr=DESIRED.service_cidr, issuer=DESIRED.issuer, port=1
    )
    assert record.resumes(kept, DESIRED)
    assert not record.resumes(kept, replace(DESIRED, issuer="https://issuer/2"))
    assert not record.resumes(None, DESIRED)


@pytest.mark.parametrize("version", ["1.33", "1.38", "2.34", "1", "1.x", ""])
def test_versions_outside_the_range_are_refused(version: str) -> None:
    with pytest.raises(ValueError, match=r"the sandbox has 1\.34 to 1\.37; set one of these"):
        apiserver.minor_version(version)
    assert apiserver.minor_version("1.35") == 35


def test_certificates_are_kept_and_verify(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "test")
    pair = authority.server("server", "server", ["127.0.0.1"])
    assert Authority(tmp_path, "test").server("server", "server", ["127.0.0.1"]) == pair
    assert pair.key.stat().st_mode & 0o777 == 0o600
    context = ssl.create_default_context(cafile=str(authority.certificate))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pair.certificate, pair.key)
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=lambda: serving.wrap_socket(theirs, server_side=True), daemon=True)
    thread.start()
    assert context.wrap_socket(ours, server_hostname="127.0.0.1").version() == "TLSv1.3"
    assert service_address("10.100.0.0/16") == "10.100.0.1"


class _Hook:
    """A webhook with the fake sign-in, and a client of it."""

    def __init__(self, folder: Path) -> None:
        self.webhook = Webhook(folder, fleet.identity(), lambda key, role: [])
        self.webhook.start()
        self._pool = urllib3.PoolManager(ca_certs=str(self.webhook.authority.certificate))

    def ask(self, question: str, kind: str, spec: dict[str, Any], key: ClusterKey = HOST) -> dict[str, Any]:
        body = {"apiVersion": "v1", "kind": kind, "spec": spec}
        url = self.webhook.url(key, question) + "?timeout=30s"
        return self._pool.request("POST", url, body=json.dumps(body)).json()


def test_the_webhook_says_who_asks_and_has_no_opinion_where_no_policy_allows(tmp_path: Path) -> None:
    hook = _Hook(tmp_path)
    try:
        said = hook.ask("authenticate", "TokenReview", {"token": "federated-eks-1:viewer"})["status"]
        assert said["user"]["extra"]["canonicalArn"] == ["arn:aws:iam::123456789012:role/viewer"]
        assert hook.ask("authenticate", "TokenReview", {"token": "x"})["status"]["authenticated"] is False
        admin = {"extra": {"canonicalArn": ["arn:aws:iam::123456789012:role/admin"]}, **_asked("create", "pods", "a")}
        assert hook.ask("authorize", "SubjectAccessReview", admin)["status"]["allowed"] is True
        assert hook.ask("authorize", "SubjectAccessReview", _asked("get", "pods"))["status"] == {"allowed": False}
        assert "no such question" in hook.ask("else", "TokenReview", {})["message"]
    finally:
        hook.webhook.stop()


def _connect(path: Path | int, target: str) -> tuple[socket.socket, bytes]:
    client = socket.socket(socket.AF_INET if isinstance(path, int) else socket.AF_UNIX)
    client.connect(("127.0.0.1", path) if isinstance(path, int) else str(path))
    client.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    return client, client.recv(4096)


@pytest.mark.parametrize("of_pods", [False, True])
def test_the_proxy_reaches_what_stands_for_a_pod_and_nothing_else(tmp_path: Path, of_pods: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as pod:
        port = pod.getsockname()[1]
        proxy = EgressProxy(
            tmp_path / "s", lambda host, number: port if (host, number) == ("100.64.0.1", 8443) else None
        )
        proxy.start()
        way = proxy.port if of_pods else tmp_path / "s"
        try:
            client, answer = _connect(way, "100.64.0.1:8443")
            assert answer.startswith(b"HTTP/1.1 200")
            server, _ = pod.accept()
            client.sendall(b"ping")
            assert server.recv(10) == b"ping"
            server.sendall(b"pong")
            server.close()
            assert client.recv(10) == b"pong" and client.recv(10) == b""
            for target in ("100.64.0.2:8443", "100.64.0.1:80", "example.com:443", "nonsense"):
                assert _connect(way, target)[1].startswith(b"HTTP/1.1 502")
        finally:
            proxy.stop()


def test_a_probe_holds_while_its_port_answers_and_fails_at_its_threshold() -> None:
    spec = {"tcpSocket": {"port": 80}, "periodSeconds": 0, "failureThreshold": 2}
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        probe = Probe(spec, lambda _: port)
        probe.step()
        assert probe.succeeded and not probe.failed
    probe.step()
    assert probe.succeeded and not probe.failed
    probe.step()
    assert probe.failed and not probe.succeeded


def test_a_log_ends_with_the_lines_asked_for(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("one\ntwo\nthree\n")
    assert b"".join(logs.read(log, -1, lambda: False)) == b"one\ntwo\nthree\n"
    assert b"".join(logs.read(log, 2, lambda: False)) == b"two\nthree\n"
    assert b"".join(logs.read(log, 0, lambda: False)) == b""
    more = iter([True, False])
    pieces = logs.read(log, 1, lambda: next(more))
    assert next(pieces) == b"three\n"
    with log.open("a") as file:
        file.write("four\n")
    assert next(pieces) == b"four\n"


def test_a_kubeconfig_is_its_owners_alone(tmp_path: Path) -> None:
    path = kubeconfig.write(tmp_path / "kc", server="https://127.0.0.1:1", authority=tmp_path / "ca.crt")
    assert path.stat().st_mode & 0o777 == 0o600


class _FakeApi:
    """Secrets, config maps and tokens, as volumes ask for them."""

    def __init__(self) -> None:
        self.secret = b"old"
        self.tokens = 0
        self.volume = ""

    def get(self, path: str, **_: str) -> dict[str, Any]:
        if path.endswith("/secrets/cert"):
            return {"data": {"tls.crt": base64.b64encode(self.secret).decode()}}
        if path.endswith("/persistentvolumeclaims/data-0"):
            bound = {"spec": {"volumeName": self.volume}, "status": {"phase": "Bound"}}
            return bound if self.volume else {"spec": {}}
        if path.endswith("/configmaps/scripts"):
            return {"data": {"setup.sh": "echo"}}
        raise ApiError(404, f"{path} not found")

    def create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        assert path == "/api/v1/namespaces/ns/serviceaccounts/robot/token"
        assert body["spec"]["boundObjectRef"]["uid"] == "u"
        self.tokens += 1
        return {"status": {"token": f"token {self.tokens}"}}


def _volumes(api: _FakeApi, folder: Path, *volumes: dict[str, Any], mounts: Mapping[str, str] | None = None) -> Volumes:
    mounted = [{"name": name, "mountPath": path} for name, path in (mounts or {}).items()]
    pod = {
        "metadata": {"name": "p", "namespace": "ns", "uid": "u"},
        "spec": {"serviceAccountName": "robot", "volumes": volumes, "containers": [{"volumeMounts": mounted}]},
    }
    return Volumes(cast(Api, api), pod, folder, folder.parent / "disks")


def test_a_claim_s_volume_outlives_its_pod_and_is_waited_for(tmp_path: Path) -> None:
    api = _FakeApi()
    volumes = _volumes(api, tmp_path / "pod", {"name": "data", "persistentVolumeClaim": {"claimName": "data-0"}})
    with pytest.raises(VolumeError, match="volume data: claim data-0 is not bound to a volume yet"):
        volumes.prepare()
    api.volume = "pvc-1"
    volumes.prepare()
    assert volumes.folder("data") == tmp_path / "disks" / "pvc-1"
    assert volumes.folder("data").is_dir()


def test_a_volume_that_is_mounted_below_another_lies_in_it(tmp_path: Path) -> None:
    volumes = _volumes(
        _FakeApi(),
        tmp_path,
        {"name": "base", "configMap": {"name": "scripts"}},
        {"name": "below", "secret": {"secretName": "cert"}},
        mounts={"base": "/crds", "below": "/crds/bases/policy"},
    )
    volumes.prepare()
    assert (volumes.folder("base") / "bases" / "policy" / "tls.crt").exists()
    assert (volumes.folder("base") / "setup.sh").exists()


def test_volumes_hold_what_they_name_and_follow_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api = _FakeApi()
    token = {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}}
    volumes = _volumes(
        api,
        tmp_path,
        {"name": "cert", "secret": {"secretName": "cert"}},
        {"name": "scripts", "configMap": {"name": "scripts", "items": [{"key": "setup.sh", "path": "run/me.sh"}]}},
        {"name": "api", "projected": {"sources": [token]}},
        {"name": "maybe", "secret": {"secretName": "none", "optional": True}},
    )
    volumes.prepare()
    assert (volumes.folder("cert") / "tls.crt").read_bytes() == b"old"
    assert (volumes.folder("scripts") / "run" / "me.sh").read_text() == "echo"
    assert (volumes.folder("api") / "token").read_text() == "token 1"

    api.secret = b"new"
    volumes.renew()
    assert (volumes.folder("cert") / "tls.crt").read_bytes() == b"new"
    assert (volumes.folder("api") / "token").read_text() == "token 1"

    soon = time.monotonic() + 0.85 * 3600
    monkeypatch.setattr(time, "monotonic", lambda: soon)
    volumes.renew()
    assert (volumes.folder("api") / "token").read_text() == "token 2"


@pytest.mark.parametrize(
    ("volume", "message"),
    [
        ({"name": "v", "secret": {"secretName": "none"}}, "volume v: .*/secrets/none not found"),
        ({"name": "v", "configMap": {"name": "scripts", "items": [{"key": "x", "path": "x"}]}}, "scripts: no key x"),
        ({"name": "v", "hostPath": {"path": "/"}}, "volume v: the sandbox's kubelet has no volumes of kind hostPath"),
    ],
)
def test_a_volume_that_cannot_be_had_is_explained(tmp_path: Path, volume: dict[str, Any], message: str) -> None:
    with pytest.raises(VolumeError, match=message):
        _volumes(_FakeApi(), tmp_path, volume).prepare()
