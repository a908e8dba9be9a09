"""Workloads on a fleet with both engines: what stays in the clusters, and what may not move yet."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pulumi
import pytest

from components.federation import (
    FederatedNamespace,
    FederatedNamespaceArgs,
    FederatedObject,
    FederatedObjectArgs,
    Host,
    ReplicaScheduling,
    ReplicaSchedulingArgs,
    diagnosis,
    served,
)
from components.federation.beside import Declared, marked, other_context
from components.federation.karmada.declared import declared as declared_to_karmada
from components.federation.kubefed.declared import declared as declared_to_kubefed
from tests.unit.components.federation.karmada.fleet import LABELS, SERVED
from tests.unit.engine import Engine, run

pytestmark = pytest.mark.unit

TWO = json.dumps(
    {
        "contexts": [
            {"name": name, "context": {"cluster": name, "user": name, "extensions": extensions}}
            for name, extensions in (
                ("karmada", [{"name": "federated-eks", "extension": {"engine": "karmada"}}]),
                ("fleet-1", None),
            )
        ],
        "current-context": "karmada",
    }
)
KUBEFED = marked(TWO, "fleet-1", "karmada")
KARMADA = marked(TWO, "karmada", "fleet-1")
NOTHING = served.Served(types={}, groups=frozenset())
STAYS = {"kubefed.io/orphan": "true"}
CONFIGS: list[dict[str, Any]] = [
    {
        "spec": {
            "federatedType": {"group": "types.kubefed.io", "version": "v1beta1", "kind": f"Federated{kind}"},
            "targetType": {"version": "v1", "kind": kind},
        }
    }
    for kind in ("Namespace", "ConfigMap")
]


def federated(kind: str, name: str, **annotations: str) -> dict[str, Any]:
    """A federated object in the namespace tour."""
    metadata = {"name": name, "namespace": "tour", "annotations": annotations or None}
    return {"kind": f"Federated{kind}", "metadata": metadata}


def policy(kind: str, name: str, namespace: str | None, **spec: Any) -> dict[str, Any]:
    """A policy for one object."""
    place = {"namespace": namespace} if namespace else {}
    return {"spec": {"resourceSelectors": [{"kind": kind, "name": name, **place}], **spec}}


def listed(monkeypatch: pytest.MonkeyPatch, objects: dict[str, list[Any]]) -> None:
    """Have every host answer with these objects, by kind, and with the clusters of LABELS."""
    clusters: list[Any] = [{"metadata": {"name": name, "labels": own}, "spec": {}} for name, own in LABELS.items()]
    found = {"Cluster": clusters, "KubeFedCluster": clusters, "FederatedTypeConfig": CONFIGS, **objects}
    monkeypatch.setattr(diagnosis, "connect", lambda *_: None)
    monkeypatch.setattr(diagnosis, "listed", lambda _, kind: found.get(kind["kind"], []))
    monkeypatch.setattr(served, "ask", lambda text: SERVED if '"current-context": "karmada"' in text else NOTHING)


def on(kubeconfig: str, declare: Callable[[Host], object]) -> Engine:
    return run(lambda: declare(Host.by_kubeconfig(kubeconfig)))


def tour(host: Host) -> None:
    """A namespace with a ConfigMap, and with a Deployment whose replicas are spread."""
    namespace = FederatedNamespace("tour", FederatedNamespaceArgs(host=host, namespace="tour"))
    given: dict[str, Any] = {"host": host, "namespace": namespace, "template": {}}
    FederatedObject("note", FederatedObjectArgs(kind="ConfigMap", object_name="note", **given))
    web = FederatedObject("web", FederatedObjectArgs(kind="Deployment", object_name="web", **given))
    ReplicaScheduling("web", ReplicaSchedulingArgs(host=host, workload=web, total=4))


def test_the_current_context_names_that_of_the_engine_beside() -> None:
    assert [other_context(text) for text in (KUBEFED, KARMADA, TWO)] == ["karmada", "fleet-1", None]
    assert json.loads(KUBEFED)["current-context"] == "fleet-1"
    assert other_context(marked(TWO, "fleet-1", None)) is None


def test_what_is_declared_to_kubefed_says_whether_it_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [federated("ConfigMap", "note", **STAYS), federated("ConfigMap", "other")]
    listed(monkeypatch, {"FederatedNamespace": [federated("Namespace", "tour")], "FederatedConfigMap": found})
    assert declared_to_kubefed(None) == [
        Declared(kind="Namespace", namespace=None, name="tour", stays=False),
        Declared(kind="ConfigMap", namespace="tour", name="note", stays=True),
        Declared(kind="ConfigMap", namespace="tour", name="other", stays=False),
    ]


def test_what_is_declared_to_karmada_says_whether_it_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    policies = [
        policy("ConfigMap", "note", "tour", preserveResourcesOnDeletion=True),
        policy("ConfigMap", "other", "tour"),
    ]
    listed(
        monkeypatch, {"PropagationPolicy": policies, "ClusterPropagationPolicy": [policy("Namespace", "tour", None)]}
    )
    assert declared_to_karmada(None) == [
        Declared(kind="ConfigMap", namespace="tour", name="note", stays=True),
        Declared(kind="ConfigMap", namespace="tour", name="other", stays=False),
        Declared(kind="Namespace", namespace=None, name="tour", stays=False),
    ]


@pytest.mark.parametrize(("kubeconfig", "stays"), [(KUBEFED, True), (marked(TWO, "fleet-1", None), False)])
def test_what_leaves_kubefed_stays_in_the_clusters_while_karmada_is_beside_it(
    monkeypatch: pytest.MonkeyPatch, kubeconfig: str, stays: bool
) -> None:
    listed(monkeypatch, {})
    engine = on(kubeconfig, tour)
    objects = [found for found in engine.registered if ":Federated" in found.type and found.provider]
    assert len(objects) == 3
    for found in objects:
        assert ("kubefed.io/orphan" in found.inputs["metadata"]["annotations"]) is stays
    (namespace,) = engine["kubernetes:core/v1:Namespace"].values()
    assert namespace.kept is stays
    # What goes with the namespace would otherwise stay on the host with it.
    (spread,) = engine["kubernetes:scheduling.kubefed.io/v1alpha1:ReplicaSchedulingPreference"].values()
    inside = [spread, *(found for found in objects if not found.type.endswith("FederatedNamespace"))]
    assert {found.deleted_with for found in inside} == {"" if stays else "tour-host"}
    # A spread comes after its workload, which would have the replicas of the template until then.
    specs = {found.inputs["metadata"]["name"]: found.inputs["spec"] for found in objects}
    assert {name for name, spec in specs.items() if spec.get("retainReplicas")} == ({"web"} if stays else set())


@pytest.mark.parametrize(("kubeconfig", "stays"), [(KARMADA, True), (TWO, None)])
def test_what_leaves_karmada_stays_in_the_clusters_while_kubefed_is_beside_it(
    monkeypatch: pytest.MonkeyPatch, kubeconfig: str, stays: bool | None
) -> None:
    listed(monkeypatch, {})
    engine = on(kubeconfig, tour)
    policies = [found for found in engine.registered if found.type.endswith("PropagationPolicy")]
    assert len(policies) == 3
    assert {found.inputs["spec"].get("preserveResourcesOnDeletion") for found in policies} == {stays}
    # Its namespace in Karmada is no cluster's own.
    (namespace,) = engine["kubernetes:core/v1:Namespace"].values()
    assert not namespace.kept
    # The clusters would follow the deletion of overrides, if the namespace took them before their template.
    (web,) = engine["kubernetes:apps/v1:Deployment"].values()
    annotations = web.inputs["metadata"]["annotations"]
    assert ("pulumi.com/waitFor" in annotations, "pulumi.com/skipAwait" in annotations) == (bool(stays), not stays)
    inside = [web, *(found for found in policies if not found.type.endswith("ClusterPropagationPolicy"))]
    assert {found.deleted_with for found in inside} == {"" if stays else "tour-host"}


@pytest.mark.parametrize(
    ("kubeconfig", "objects", "message"),
    [
        (
            KARMADA,
            {"FederatedConfigMap": [federated("ConfigMap", "note")]},
            r"^ConfigMap tour/note: kubefed would take it out .* set engine: kubefed and beside: karmada in",
        ),
        (
            KARMADA,
            {"FederatedNamespace": [federated("Namespace", "tour")]},
            r"^Namespace tour: kubefed would take it out of the clusters when it leaves kubefed, and its pods would",
        ),
        (
            KUBEFED,
            {"PropagationPolicy": [policy("ConfigMap", "note", "tour")]},
            r"^ConfigMap tour/note: Karmada would take it out .* set engine: karmada and beside: kubefed in",
        ),
    ],
)
def test_an_object_that_the_other_engine_would_remove_is_not_moved(
    monkeypatch: pytest.MonkeyPatch, kubeconfig: str, objects: dict[str, list[Any]], message: str
) -> None:
    listed(monkeypatch, objects)
    with pytest.raises(pulumi.RunError, match=message):
        on(kubeconfig, tour)


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param([federated("ConfigMap", "note", **STAYS)], id="it stays"),
        pytest.param([federated("ConfigMap", "another program's")], id="another object"),
    ],
)
def test_an_object_that_the_other_engine_leaves_is_moved(
    monkeypatch: pytest.MonkeyPatch, objects: Sequence[Any]
) -> None:
    listed(monkeypatch, {"FederatedConfigMap": [*objects]})
    assert on(KARMADA, tour)["kubernetes:core/v1:ConfigMap"]


def test_a_namespace_is_not_replaced_before_it_may_move(monkeypatch: pytest.MonkeyPatch) -> None:
    listed(monkeypatch, {"FederatedNamespace": [federated("Namespace", "tour")]})
    engine = Engine()
    with pytest.raises(pulumi.RunError, match=r"^Namespace tour: kubefed would take it out"):
        run(lambda: tour(Host.by_kubeconfig(KARMADA)), engine)
    assert "kubernetes:core/v1:Namespace" not in {found.type for found in engine.registered}


def test_an_update_waits_for_the_other_host_s_word(monkeypatch: pytest.MonkeyPatch) -> None:
    listed(monkeypatch, {})

    def connect(_: str, context: str | None = None) -> None:
        if context is not None:
            raise ConnectionError("no route")

    monkeypatch.setattr(diagnosis, "connect", connect)
    with pytest.raises(pulumi.RunError, match=r"^kubefed doesn't tell what is declared to it: .*no route; see"):
        on(KARMADA, tour)
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    on(KARMADA, tour)
    assert warnings == ["kubefed doesn't tell what is declared to it, as an update will have to know: no route"]
