"""The steps of the tour, each with the result in the article and the result that is seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import NotFoundError

NAMESPACE = "tour"
PATIENCE = 60.0
"""Seconds for the clusters to do what has reached them: start pods, or end them."""


@dataclass(frozen=True)
class Step:
    """A step of the tour."""

    title: str
    shown: str
    """The result in the article, on two clusters."""
    see: Callable[[Any], object]
    """A function that returns a cluster's result."""
    right: Callable[[Sequence[object]], bool]
    """Whether what the clusters have, in the fleet's order, is as shown."""


def look_all(steps: Sequence[Step], clusters: Mapping[str, DynamicClient]) -> list[str]:
    """Look at each step; the titles of those that aren't right."""
    return [step.title for step in steps if not look(step, clusters)]


def look(step: Step, clusters: Mapping[str, DynamicClient]) -> bool:
    """Print a step with what is seen of it, once it is right or time is up; whether it is right."""
    deadline = time.monotonic() + PATIENCE
    seen = {name: step.see(cluster) for name, cluster in clusters.items()}
    while not step.right([*seen.values()]) and time.monotonic() < deadline:
        time.sleep(1)
        seen = {name: step.see(cluster) for name, cluster in clusters.items()}
    right = step.right([*seen.values()])
    found = ", ".join(f"{name}: {what}" for name, what in seen.items())
    print(
        f"\n{'ok   ' if right else 'WRONG'} {step.title}\n      shown: {step.shown}\n      seen:  {found}", flush=True
    )
    return right


def found(cluster: Any, version: str, kind: str, name: str) -> Any:
    """An object of the tour in one cluster; None where there is none."""
    try:
        namespace = None if kind == "Namespace" else NAMESPACE
        return cluster.resources.get(api_version=version, kind=kind).get(name=name, namespace=namespace).to_dict()
    except NotFoundError:
        return None


def has(version: str, kind: str, name: str) -> Callable[[Any], object]:
    """Look for an object: there, or not."""
    return lambda cluster: "there" if found(cluster, version, kind, name) else "not there"


def running(selector: str, namespace: str = NAMESPACE) -> Callable[[Any], object]:
    """Count the pods with some labels that run."""

    def count(cluster: Any) -> object:
        pods = cluster.resources.get(api_version="v1", kind="Pod")
        items = pods.get(namespace=namespace, label_selector=selector).to_dict()["items"]
        return sum(pod["status"].get("phase") == "Running" for pod in items)

    return count


def node_port(cluster: Any) -> object:
    """The type of the web servers' Service."""
    service = found(cluster, "v1", "Service", "web")
    return service["spec"]["type"] if service else "not there"


def everywhere(wanted: object) -> Callable[[Sequence[object]], bool]:
    """The same in every cluster."""
    return lambda seen: all(what == wanted for what in seen)


def in_the_last(there: object, elsewhere: object) -> Callable[[Sequence[object]], bool]:
    """Something in the last cluster, and in no other."""
    return lambda seen: [*seen] == [elsewhere] * (len(seen) - 1) + [there]


STEPS = (
    Step("a namespace", "in both clusters", has("v1", "Namespace", NAMESPACE), everywhere("there")),
    Step("a ConfigMap", "in both clusters", has("v1", "ConfigMap", "greeting"), everywhere("there")),
    Step("a Deployment of 3 replicas", "3 pods in each cluster", running("app=web"), everywhere(3)),
    Step(
        "7 replicas over the fleet",
        "3 in one cluster, 4 in the other",
        running("app=spread"),
        lambda seen: (
            sum(cast("list[int]", seen)) == 7 and (len(seen) != 2 or sorted(cast("list[int]", seen)) == [3, 4])
        ),
    ),
    Step("a Service", "a NodePort in both clusters", node_port, everywhere("NodePort")),
    Step(
        "the Prometheus operator, by the fleet's manifests",
        "1 pod in each cluster",
        running("app.kubernetes.io/name=prometheus-operator", namespace="default"),
        everywhere(1),
    ),
    Step(
        "a Prometheus",
        "in the second cluster only",
        has("monitoring.coreos.com/v1", "Prometheus", "metrics"),
        in_the_last("there", elsewhere="not there"),
    ),
    Step(
        "the StatefulSet that the operator makes of it",
        "in the second cluster only",
        has("apps/v1", "StatefulSet", "prometheus-metrics"),
        in_the_last("there", elsewhere="not there"),
    ),
    Step(
        "the pod of the StatefulSet",
        "1 in the second cluster only",
        running("prometheus=metrics"),
        in_the_last(1, elsewhere=0),
    ),
)
GONE = (Step("destroyed", "in no cluster", has("v1", "Namespace", NAMESPACE), everywhere("not there")),)
