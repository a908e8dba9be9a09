"""Karmada's objects on the page: clusters Ready or why not, and where each workload runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.federation.karmada import kubeconfig, policies
from ops.map import gather, karmada, names
from ops.map.model import Engine, Federation, Fleet, State
from ops.map.problems import problems
from tests.unit.ops.map.fleets import idle, outputs_of
from tests.unit.ops.map.markup import words
from tests.unit.ops.map.test_gather import mark

pytestmark = pytest.mark.unit

HOST, OTHER = "federated-eks-1", "federated-eks-2"
READY = {"type": "Ready", "status": "True", "reason": "ClusterReady", "message": "cluster is healthy"}
UNREACHABLE = {"type": "Ready", "status": "False", "reason": "ClusterNotReachable", "message": "no route"}


def outputs() -> dict[str, Any]:
    found = outputs_of(2)
    found["plan"]["engine"] = "karmada"
    return found


def cluster(name: str, *conditions: dict[str, str]) -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "status": {"kubernetesVersion": "v1.37.2", "conditions": [*conditions]},
    }


def binding(*reports: dict[str, Any], kind: str = "Deployment", replicas: int = 0, **scheduled: int) -> dict[str, Any]:
    """The binding of a workload `web` that Karmada has scheduled to some clusters, with their replicas."""
    return {
        "metadata": {"name": "web-deployment", "namespace": "shop", "generation": 2},
        "spec": {
            "resource": {"apiVersion": "apps/v1", "kind": kind, "namespace": "shop", "name": "web"},
            **({"replicas": replicas} if replicas else {}),
            "clusters": [{"name": f"federated-eks-{name[1:]}", "replicas": n} for name, n in scheduled.items()],
        },
        "status": {
            "schedulerObservedGeneration": 2,
            "conditions": [{"type": "Scheduled", "status": "True"}],
            "aggregatedStatus": [*reports],
        },
    }


def report(name: str, status: dict[str, int] | None = None, *, health: str = "Healthy") -> dict[str, Any]:
    return {"clusterName": name, "applied": True, "health": health, **({"status": status} if status else {})}


def served(*bindings: dict[str, Any], clusters: list[dict[str, Any]] | None = None) -> Any:
    """What Karmada's API lists."""
    found = {"clusters": clusters or [cluster(HOST, READY), cluster(OTHER, READY)], "resourcebindings": [*bindings]}
    return lambda _group, _version, plural, _namespace: found.get(plural, [])


def fleet_of(*bindings: dict[str, Any], clusters: list[dict[str, Any]] | None = None) -> Fleet:
    return gather.fleet("dev", outputs(), lambda *_: karmada.read(served(*bindings, clusters=clusters)), idle)


def test_a_fleet_with_karmada_that_is_well_is_said_to_be() -> None:
    web = binding(report(HOST, {"replicas": 3}), report(OTHER, {"replicas": 4}), replicas=7, c1=3, c2=4)
    fleet = fleet_of(web)
    shown = words(fleet)
    assert list(problems(fleet)) == []
    assert "All is well" in shown
    assert shown.count("\N{CHECK MARK} READY") == 2
    assert "shop web Deployment in place 3 4 A number" in shown
    assert "Karmada host" in shown
    assert "1 federated object" in shown
    assert "kubefed" not in shown
    assert "federated type" not in shown.casefold()


def test_clusters_and_the_bindings_of_both_scopes_are_asked_for() -> None:
    requests: list[tuple[str, ...]] = []
    karmada.read(lambda *what: requests.append(what) or [])
    assert requests == [
        ("cluster.karmada.io", "v1alpha1", "clusters", ""),
        ("work.karmada.io", "v1alpha2", "clusterresourcebindings", ""),
        ("work.karmada.io", "v1alpha2", "resourcebindings", ""),
    ]


@pytest.mark.parametrize(
    ("conditions", "state", "why"),
    [
        ([READY], State.READY, ""),
        ([{"type": "CompleteAPIEnablements", "status": "False"}, READY], State.READY, ""),
        ([UNREACHABLE], State.NOT_READY, "ClusterNotReachable: no route"),
        ([{"type": "Ready", "status": "Unknown"}], State.NOT_READY, "Ready is Unknown"),
        ([], State.NOT_READY, "Karmada has not looked at it yet"),
    ],
)
def test_a_cluster_is_ready_by_its_condition_or_says_why_not(
    conditions: list[dict[str, str]], state: State, why: str
) -> None:
    found = karmada.membership(cluster(HOST, *conditions))
    assert (found.state, found.why, found.version) == (state, why, "v1.37.2")


def test_a_cluster_that_is_not_ready_and_one_that_has_not_joined_are_problems() -> None:
    assert list(problems(fleet_of(clusters=[cluster(HOST, UNREACHABLE)]))) == [
        f"Cluster {HOST} is NOT READY: ClusterNotReachable: no route",
        f"Cluster {OTHER} is NOT JOINED: it has no Cluster in Karmada",
    ]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"clusterName": OTHER, "appliedMessage": "forbidden: quota"}, "forbidden: quota"),
        ({"clusterName": OTHER}, "not applied yet"),
        (report(OTHER, {"replicas": 4}, health="Unhealthy"), "health is Unhealthy"),
        ({"clusterName": OTHER, "applied": True}, "health is Unknown"),
    ],
)
def test_a_workload_that_is_not_well_in_a_cluster_is_shown_with_karmada_s_word(
    found: dict[str, Any], said: str
) -> None:
    fleet = fleet_of(binding(report(HOST, {"replicas": 3}), found, replicas=7, c1=3, c2=4))
    assert list(problems(fleet)) == [f"Deployment shop/web: {OTHER} {said}"]
    assert f"web Deployment in place 3 \N{BALLOT X} {said}" in words(fleet)


def test_a_cluster_that_has_not_reported_has_no_workload_yet() -> None:
    assert list(problems(fleet_of(binding(report(HOST, {"replicas": 3}), replicas=3, c1=3, c2=3)))) == [
        f"Deployment shop/web: {OTHER} not applied yet"
    ]


@pytest.mark.parametrize(
    ("kind", "total", "status", "shown"),
    [
        ("Deployment", 3, {"replicas": 5, "readyReplicas": 5}, 5),
        ("Deployment", 3, {"observedGeneration": 1}, 0),
        ("Deployment", 3, {}, 3),
        ("Job", 3, {"succeeded": 1}, 3),
        ("ConfigMap", 0, {}, None),
    ],
)
def test_the_replicas_are_those_that_the_cluster_reports(
    kind: str, total: int, status: dict[str, int], shown: int | None
) -> None:
    (placement,) = karmada.placements(binding(report(HOST, status), kind=kind, replicas=total, c1=total))
    assert placement.replicas == shown


def with_condition(**scheduled: Any) -> dict[str, Any]:
    found = binding()
    found["status"] = {"schedulerObservedGeneration": 2, "conditions": [{"type": "Scheduled", **scheduled}]}
    return found


def nowhere() -> dict[str, Any]:
    found = with_condition(status="False", reason="NoClusterFit", message="0/2 clusters are available")
    found["spec"]["placement"] = {"clusterAffinity": dict(policies.NOWHERE)}
    return found


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({**binding(), "status": {}}, "Karmada has not looked at it yet"),
        (with_condition(status="False", reason="NoClusterFit", message="0/2 clusters fit"), "0/2 clusters fit"),
        (with_condition(status="False", reason="NoClusterFit"), "NoClusterFit"),
        (with_condition(status="Unknown"), "Scheduled is Unknown"),
        (
            {**binding(), "metadata": {"generation": 3}},
            "Karmada has not looked at its last change yet",
        ),
        (nowhere(), ""),
    ],
)
def test_a_workload_without_clusters_says_why(found: dict[str, Any], said: str) -> None:
    assert karmada.trouble(found) == said
    assert list(problems(fleet_of(found))) == ([f"Deployment shop/web: {said}"] if said else [])


def test_a_karmada_that_does_not_answer_is_named() -> None:
    def silent(*_: object) -> Federation:
        raise OSError("no route to host")

    fleet = gather.fleet("dev", outputs(), silent, idle)
    assert fleet.troubles == (
        f"Karmada's API on {HOST} doesn't answer, so the federated objects are unknown: OSError: no route to host",
    )
    assert "Unknown: Karmada doesn't answer." in words(fleet)


def test_karmada_s_api_is_asked_by_its_own_context(monkeypatch: pytest.MonkeyPatch) -> None:
    contexts: list[str] = []
    monkeypatch.setattr(gather, "cluster_client", lambda _, context: contexts.append(context))
    monkeypatch.setattr(gather, "list_by", lambda _: served(binding()))
    monkeypatch.setattr(names, "list_marks", lambda _: [mark(HOST, "latency")])
    found = gather.federation(outputs(), Engine.KARMADA)
    assert contexts == [karmada.CONTEXT]
    assert [each.name for each in found.objects] == ["web"]
    shown = words(gather.fleet("dev", outputs(), lambda *_: replace(found), idle))
    assert "shop.example.org shop/service-web latency \N{EN DASH}" in shown


def test_the_command_knows_karmada_s_context_and_the_program_s_nowhere() -> None:
    assert karmada.CONTEXT == kubeconfig.CONTEXT
    assert policies.NOWHERE == {"labelSelector": karmada.NOWHERE}
