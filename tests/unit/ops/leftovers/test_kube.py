"""Calls of an API server, answered by a server of this process."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ops.errors import UserError
from ops.leftovers.clusters import Cluster
from ops.leftovers.kube import Connection, Reference

pytestmark = pytest.mark.unit

SERVICE = {"metadata": {"name": "web", "namespace": "shop", "uid": "1"}, "spec": {"type": "LoadBalancer"}}
PREFIX = "/api/v1/namespaces/shop/services"
VERBS = ["get", "list", "delete"]
TYPES = [{"name": "services", "singularName": "", "namespaced": True, "kind": "Service", "verbs": VERBS}]

ANSWERS: dict[str, Any] = {
    "/version": {
        "major": "1",
        "minor": "37",
        "gitVersion": "v1.37.2",
        **dict.fromkeys(("gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform"), ""),
    },
    "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": TYPES},
    "/api/v1/services": {"kind": "ServiceList", "apiVersion": "v1", "metadata": {}, "items": [SERVICE]},
    f"{PREFIX}/web": {"kind": "Service", "apiVersion": "v1", **SERVICE},
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[list[tuple[str, str, Any]], None, None]:
    """The requests of an API server that $KUBECONFIG names."""
    requests: list[tuple[str, str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            path = self.path.partition("?")[0].rstrip("/")
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            requests.append((self.command, path, json.loads(body) if body else None))
            missing = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
            answer = ANSWERS.get(path, 404)
            if isinstance(answer, Iterator):
                answer = next(answer)
            data = json.dumps(missing if isinstance(answer, int) else answer).encode()
            self.send_response(answer if isinstance(answer, int) else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_DELETE = answer

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    known = {"server": f"http://127.0.0.1:{server.server_port}", "certificate-authority-data": "Q0E="}
    file = tmp_path / "kubeconfig"
    context = {"cluster": "fleet-1", "user": "me"}
    file.write_text(
        json.dumps(
            {
                "clusters": [{"name": "fleet-1", "cluster": known}],
                "users": [{"name": "me", "user": {"token": "t"}}],
                "contexts": [{"name": "fleet-1", "context": context}],
            }
        )
    )
    monkeypatch.setenv("KUBECONFIG", str(file))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    yield requests
    server.shutdown()


def reference(name: str, kind: str = "Service") -> Reference:
    return Reference(cluster="fleet-1", api_version="v1", kind=kind, namespace="shop", name=name)


def test_objects_are_listed_read_and_deleted_with_what_they_own(asked: list[tuple[str, str, Any]]) -> None:
    api = Connection(Cluster(name="fleet-1", region="eu-west-1", status="ACTIVE", authority="Q0E="), "dev")
    assert [one["metadata"]["name"] for one in api.list("v1", "Service")] == ["web"]
    found = api.get(reference("web"))
    assert found is not None
    assert found["metadata"]["uid"] == "1"
    assert api.get(reference("other")) is None
    api.delete(reference("web"))
    api.delete(reference("other"))
    deletions = [(path, body["propagationPolicy"]) for verb, path, body in asked if verb == "DELETE"]
    assert deletions == [(f"{PREFIX}/web", "Background"), (f"{PREFIX}/other", "Background")]


def test_a_right_that_is_missing_is_one_error(
    asked: list[tuple[str, str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Connection(Cluster(name="fleet-1", region="eu-west-1", status="ACTIVE", authority="Q0E="), "dev")
    monkeypatch.setitem(ANSWERS, "/api/v1/services", 403)
    with pytest.raises(UserError, match=r"fleet-1: its API server refuses a call: 403 Forbidden; .*access.admins"):
        api.list("v1", "Service")


def test_a_busy_api_server_is_asked_again(asked: list[tuple[str, str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    api = Connection(Cluster(name="fleet-1", region="eu-west-1", status="ACTIVE", authority="Q0E="), "dev")
    monkeypatch.setitem(ANSWERS, f"{PREFIX}/web", iter([429, 429, {"kind": "Service", "apiVersion": "v1", **SERVICE}]))
    api.delete(reference("web"))
    assert [verb for verb, path, _ in asked if path == f"{PREFIX}/web"] == ["DELETE"] * 3


def test_a_type_that_the_cluster_does_not_have_has_no_objects(asked: list[tuple[str, str, Any]]) -> None:
    api = Connection(Cluster(name="fleet-1", region="eu-west-1", status="ACTIVE", authority="Q0E="), "dev")
    assert api.list("snapshot.storage.k8s.io/v1", "VolumeSnapshot") == []
    assert api.get(reference("web", kind="Gateway")) is None
    api.delete(reference("web", kind="Gateway"))
    assert not [verb for verb, _, _ in asked if verb == "DELETE"]
