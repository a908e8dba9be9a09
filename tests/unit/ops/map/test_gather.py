"""The requests to the host, and a host that does not answer."""

from __future__ import annotations

import json
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from kubernetes import client

from components.cluster import merge_kubeconfigs
from components.federation.kubefed.release import NAMESPACE
from components.federation.names import marks
from ops.map import gather, names
from ops.map.draw import draw
from ops.map.model import Engine, Federation
from tests.unit.ops.map.fleets import deployment, federation_of, idle, outputs_of, type_config
from tests.unit.ops.map.markup import words

pytestmark = pytest.mark.unit


def test_a_host_that_does_not_answer_still_has_its_picture() -> None:
    def silent(*_: object) -> Federation:
        raise OSError("no route\nto host")

    fleet = gather.fleet("dev", outputs_of(3), silent, idle)
    shown = words(fleet)
    expected = (
        "The host federated-eks-1 doesn't answer, so the federated objects are unknown: OSError: no route to host"
    )
    assert fleet.troubles == (expected,)
    assert expected in shown
    assert shown.count("? UNKNOWN") == 3
    assert "Unknown: the host doesn't answer." in shown
    assert draw(fleet).count('class="peering"') == 5


def test_objects_of_every_enabled_type_are_asked_for_and_no_others() -> None:
    requests: list[tuple[str, ...]] = []
    answers = {
        "kubefedclusters": [{"metadata": {"name": "one"}}],
        "federatedtypeconfigs": [
            type_config("jobs.batch", "Job", propagation="Disabled"),
            type_config("deployments.apps", "Deployment"),
        ],
        "federateddeployments": [deployment("web", {"one": ""})],
    }

    def objects(*what: str) -> list[Any]:
        requests.append(what)
        return answers[what[2]]

    federation = gather.read(objects)
    assert requests == [
        ("core.kubefed.io", "v1beta1", "kubefedclusters", NAMESPACE),
        ("core.kubefed.io", "v1beta1", "federatedtypeconfigs", NAMESPACE),
        ("types.kubefed.io", "v1beta1", "federateddeployments", ""),
    ]
    assert [type_.name for type_ in federation.types] == ["deployments.apps", "jobs.batch"]
    assert [object.name for object in federation.objects] == ["web"]
    assert set(federation.memberships) == {"one"}


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        (client.ApiException(status=404, reason="Not Found"), "its objects can't be listed: 404 Not Found"),
        ([{"metadata": {}}], "its objects have another form than kubefed's: KeyError: 'name'"),
        (
            [{"metadata": {"name": "x"}, "spec": "odd", "status": {"clusters": [{"name": "one"}]}}],
            "its objects have another form than kubefed's: AttributeError",
        ),
    ],
)
def test_a_type_that_can_not_be_read_keeps_no_other_from_being_shown(jobs: Any, expected: str) -> None:
    def objects(_: str, __: str, plural: str, ___: str) -> list[Any]:
        if isinstance(jobs, Exception) and plural == "federatedjobs":
            raise jobs
        answers: dict[str, Any] = {
            "federatedjobs": jobs,
            "kubefedclusters": [],
            "federatedtypeconfigs": [type_config("jobs.batch", "Job"), type_config("deployments.apps", "Deployment")],
            "federateddeployments": [deployment("web", {})],
        }
        return answers[plural]

    federation = gather.read(objects)
    assert [object.name for object in federation.objects] == ["web"]
    shown = words(gather.fleet("dev", outputs_of(1), lambda *_: federation, idle))
    assert expected in shown


def test_a_cluster_is_asked_for_its_workloads() -> None:
    requests: list[tuple[str, ...]] = []

    def objects(*what: str) -> list[Any]:
        requests.append(what)
        meta = {"namespace": "default", "name": what[2]}
        federated = {"metadata": {**meta, "labels": {"kubefed.io/managed": "true"}}}
        return [{"metadata": meta, "spec": {"replicas": 1}}, federated]

    running = gather.read_running(objects)
    kinds = ("deployments", "statefulsets", "daemonsets")
    assert requests == [("apps", "v1", plural, "") for plural in kinds]
    assert [each.name for each in running.workloads] == [*kinds]
    assert running.trouble == ""


def test_the_host_is_asked_with_its_own_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        f"/apis/core.kubefed.io/v1beta1/namespaces/{NAMESPACE}/kubefedclusters": [{"metadata": {"name": "one"}}],
        "/apis/types.kubefed.io/v1beta1/federatedjobs": [{"metadata": {"name": "clean"}}],
    }
    requests: list[tuple[str, str | None]] = []

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append((self.path, self.headers["Authorization"]))
            body = json.dumps({"items": answers[self.path]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    without_proxy(monkeypatch)
    with HTTPServer(("127.0.0.1", 0), Api) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        objects = gather.cluster_objects(
            kubeconfig_of(f"http://127.0.0.1:{server.server_port}", "other", "host"), "host"
        )
        joined = objects("core.kubefed.io", "v1beta1", "kubefedclusters", NAMESPACE)
        jobs = objects("types.kubefed.io", "v1beta1", "federatedjobs", "")
        server.shutdown()
    assert [each["metadata"]["name"] for each in (*joined, *jobs)] == ["one", "clean"]
    assert requests == [(path, "Bearer token-of-host") for path in answers]


def kubeconfig_of(server: str, *names: str) -> str:
    """A merged kubeconfig, as the stack's output has it; the first is current."""
    part = {"clusters": [{"cluster": {"server": server}}], "contexts": [{"context": {}}]}
    return merge_kubeconfigs(
        {name: json.dumps({**part, "users": [{"user": {"token": f"token-of-{name}"}}]}) for name in names}
    )


def without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_a_host_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxy(monkeypatch)
    nowhere = {"kubeconfig": kubeconfig_of("https://127.0.0.1:9", "federated-eks-1")}
    fleet = gather.fleet("dev", outputs_of(1) | nowhere, gather.federation, gather.running)
    said = ("The host federated-eks-1 doesn't answer", "The workloads of federated-eks-1 are unknown")
    for trouble, beginning in zip(fleet.troubles, said, strict=True):
        assert trouble.startswith(beginning)
        assert "Connection refused" in trouble
        assert "token-of" not in trouble


def test_the_command_knows_kubefed_s_namespace() -> None:
    assert gather.NAMESPACE == NAMESPACE


def mark(cluster: str, role: str, dns_name: str = "shop.example.org") -> dict[str, Any]:
    """The metadata of a mark, as the program registers it."""
    return {
        "name": f"service-web.{cluster}.global-name",
        "namespace": "shop",
        "labels": {marks.LABEL: role},
        "annotations": {marks.DNS_NAME: dns_name, marks.CLUSTER: cluster},
    }


def test_names_are_shown_with_each_cluster_s_role() -> None:
    found = names.names(
        [
            mark("federated-eks-2", "rest"),
            mark("federated-eks-1", "primary"),
            mark("federated-eks-3", marks.OUT),
            {**mark("federated-eks-1", "latency", "api.example.org"), "namespace": "api"},
        ]
    )
    assert [(one.dns_name, one.object, one.roles) for one in found] == [
        ("api.example.org", "api/service-web", {"federated-eks-1": "latency"}),
        ("shop.example.org", "shop/service-web", {"federated-eks-1": "primary", "federated-eks-2": "rest"}),
    ]
    outputs = outputs_of(3)
    fleet = gather.fleet("dev", outputs, lambda *_: replace(federation_of(outputs), names=found), idle)
    assert "shop.example.org shop/service-web primary rest \u2013" in " ".join(words(fleet).split())
    assert "Global names" not in words(gather.fleet("dev", outputs, lambda *_: federation_of(outputs), idle))


def test_the_command_knows_the_marks_of_names() -> None:
    assert (names.LABEL, names.DNS_NAME, names.CLUSTER) == (marks.LABEL, marks.DNS_NAME, marks.CLUSTER)
    assert names.OUT == marks.OUT


@pytest.mark.parametrize(("status", "shown"), [(200, 1), (403, 0)])
def test_who_may_not_list_marks_sees_the_rest(monkeypatch: pytest.MonkeyPatch, status: int, shown: int) -> None:
    def listed(_: object) -> list[Any]:
        if status != 200:
            raise client.ApiException(status=status, reason="Forbidden")
        return [mark("federated-eks-1", "latency")]

    monkeypatch.setattr(names, "list_marks", listed)
    monkeypatch.setattr(gather, "cluster_client", lambda *_: None)
    monkeypatch.setattr(gather, "list_by", lambda _: lambda *_: [])
    assert len(gather.federation(outputs_of(1), Engine.KUBEFED).names) == shown
