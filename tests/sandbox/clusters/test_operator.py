"""The Prometheus operator of the bundle, as a process of the sandbox: what stands for a Prometheus is what it did."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import processes
from sandbox.paths import Paths
from tests.sandbox.clusters.conftest import PROJECT
from tests.sandbox.clusters.fleet import MEMBER, Fleet, Kubectl, listening, marked_not_ready, until

pytestmark = pytest.mark.kubernetes

BUNDLE = str(Paths(PROJECT).root / "manifests" / "prometheus-operator.yaml")
OPERATOR = "deployment/prometheus-operator"
ACCOUNT = "system:serviceaccount:default:prometheus-operator"


@pytest.fixture(scope="module")
def cluster(planes: Fleet) -> Iterator[Kubectl]:
    """The member, with the bundle as the article applies it, and its operator running."""
    member = planes.kubectl(MEMBER)
    # The CRD of Prometheus is larger than the annotation in which a client-side apply keeps what it last applied.
    member("apply", "--server-side", "-f", BUNDLE)
    member("wait", "--for=condition=Established", "--all", "crds", "--timeout=30s")
    member("rollout", "status", OPERATOR, "--timeout=60s")
    yield member
    member("delete", "--wait=false", "-f", BUNDLE)


@pytest.fixture
def namespace(cluster: Kubectl) -> Iterator[str]:
    """A namespace of a test's own."""
    cluster("create", "namespace", "metrics")
    yield "metrics"
    cluster("delete", "namespace", "metrics", "--timeout=60s")


def prometheus(namespace: str, replicas: int) -> dict[str, Any]:
    """A Prometheus, as the tour declares it."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "Prometheus",
        "metadata": {"name": "main", "namespace": namespace},
        "spec": {"replicas": replicas},
    }


def ready(cluster: Kubectl, namespace: str) -> list[str]:
    """The names of a Prometheus' pods of which every container is ready."""
    pods = cluster.json("pods", "-n", namespace, "-l", "prometheus=main")["items"]
    return sorted(
        pod["metadata"]["name"]
        for pod in pods
        if all(status["ready"] for status in pod["status"].get("containerStatuses", [{"ready": False}]))
    )


def test_the_operator_is_one_process_that_only_this_machine_reaches(planes: Fleet, cluster: Kubectl) -> None:
    (pod,) = cluster.json("pods", "-l", "app.kubernetes.io/name=prometheus-operator")["items"]
    assert [status["restartCount"] for status in pod["status"]["containerStatuses"]] == [0]
    named = f"pod default/{pod['metadata']['name']} prometheus-operator"
    (pid,) = (pid for pid, name in processes.ours(planes.paths.root).items() if name.endswith(named))
    assert listening(pid) == {"127.0.0.1"}


def test_a_pod_that_is_marked_not_ready_while_its_node_was_away_says_that_it_is(cluster: Kubectl) -> None:
    selected = ("-l", "app.kubernetes.io/name=prometheus-operator")
    (pod,) = cluster.json("pods", *selected)["items"]
    marked_not_ready(cluster, pod["metadata"]["name"])
    cluster("wait", "--for=condition=Ready", "pods", *selected, "--timeout=20s")


def test_a_prometheus_gets_what_the_operator_makes_of_it_and_it_goes_with_it(cluster: Kubectl, namespace: str) -> None:
    cluster.apply(prometheus(namespace, replicas=2))
    until(lambda: ready(cluster, namespace) == ["prometheus-main-0", "prometheus-main-1"], "its two pods are ready")
    made = cluster.json("statefulset", "prometheus-main", "-n", namespace)
    assert [(owner["kind"], owner["name"]) for owner in made["metadata"]["ownerReferences"]] == [("Prometheus", "main")]
    containers = made["spec"]["template"]["spec"]["containers"]
    assert {"prometheus", "config-reloader"} == {container["name"] for container in containers}
    assert cluster.json("service", "prometheus-operated", "-n", namespace)["spec"]["clusterIP"] == "None"

    cluster.apply(prometheus(namespace, replicas=1))
    until(lambda: ready(cluster, namespace) == ["prometheus-main-0"], "one pod is left")

    cluster("delete", "prometheus", "main", "-n", namespace)
    until(lambda: not cluster.json("statefulsets,pods", "-n", namespace)["items"], "nothing of it is left")


def test_without_its_binding_the_operator_makes_nothing(cluster: Kubectl, namespace: str) -> None:
    binding = cluster.json("clusterrolebinding", "prometheus-operator")
    cluster("delete", "clusterrolebinding", "prometheus-operator")
    cluster.apply(prometheus(namespace, replicas=1))
    refusal = rf"{namespace}/main.* failed: .* is forbidden: User .*{ACCOUNT}"
    until(lambda: re.search(refusal, cluster("logs", OPERATOR).stdout), "the operator is refused")
    assert cluster.json("statefulsets", "-n", namespace)["items"] == []

    binding["metadata"] = {"name": "prometheus-operator"}
    cluster.apply(binding)
    until(lambda: ready(cluster, namespace) == ["prometheus-main-0"], "it goes on once it may")
