"""The type of a workload's object."""

import importlib
from typing import Any

import pytest

from components.federation.karmada.types import Template, template_of
from components.federation.karmada.usual_types import USUAL
from tests.unit.components.federation.karmada.fleet import SERVED, workload

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("given", "api_version", "token"),
    [
        ({}, "apps/v1", "kubernetes:apps/v1:Deployment"),
        ({"kind": "ConfigMap"}, "v1", "kubernetes:core/v1:ConfigMap"),
        # The API server's preferred version.
        ({"kind": "HorizontalPodAutoscaler"}, "autoscaling/v2", "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"),
        (
            {"kind": "HorizontalPodAutoscaler", "api_version": "autoscaling/v1"},
            "autoscaling/v1",
            "kubernetes:autoscaling/v1:HorizontalPodAutoscaler",
        ),
        ({"kind": "Prometheus"}, "monitoring.coreos.com/v1", "kubernetes:monitoring.coreos.com/v1:Prometheus"),
        # Kubernetes' own before a custom type of the kind.
        ({"kind": "Service"}, "v1", "kubernetes:core/v1:Service"),
        (
            {"kind": "Service", "api_version": "serving.knative.dev/v1"},
            "serving.knative.dev/v1",
            "kubernetes:serving.knative.dev/v1:Service",
        ),
        # A type that comes with the same program.
        ({"kind": "Gadget", "api_version": "example.org/v1"}, "example.org/v1", "kubernetes:example.org/v1:Gadget"),
    ],
)
def test_an_object_s_type_is_what_the_api_server_serves(given: dict[str, Any], api_version: str, token: str) -> None:
    found = template_of(workload(**given), SERVED)
    assert (found.api_version, found.token, found.namespaced) == (api_version, token, True)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"kind": "Gadget"},
            "Gadget web: kind: Karmada's API server serves no such type; bring its CRD, or",
        ),
        (
            {"kind": "Widget"},
            "Widget web: kind: Karmada's API server serves it as example.org/v1, example.com/v1beta1; give api_v",
        ),
        ({"kind": "Event"}, r"Event web: kind: Karmada's API server serves it as v1, events\.k8s\.io/v1; give"),
        ({"namespace": None}, "Deployment web: namespace: the type is in namespaces, and none is given; give one$"),
        ({"kind": "ClusterRole"}, "ClusterRole web: namespace: the type is cluster-scoped; leave it out$"),
        (
            {"kind": "Widget", "api_version": "example.com/v1beta1"},
            "Widget web: namespace: the type is cluster-scoped; leave it out$",
        ),
    ],
)
def test_an_object_that_is_of_no_type_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        template_of(workload(**given), SERVED)


@pytest.mark.parametrize("namespace", [None, "tour"])
def test_a_namespace_may_name_itself(namespace: str | None) -> None:
    found = template_of(workload(kind="Namespace", name="tour", namespace=namespace), SERVED)
    assert (found.namespaced, found.binding) == (False, "tour-namespace")


@pytest.mark.parametrize(
    ("name", "namespaced", "binding"),
    [("Team:View", False, "team.view-clusterrole"), ("web", True, "web-clusterrole")],
)
def test_a_binding_has_the_name_that_karmada_gives_it(name: str, namespaced: bool, binding: str) -> None:
    found = Template(api_version="v1", kind="ClusterRole", name=name, namespaced=namespaced)
    assert found.binding == binding
    assert found.binding_kind == ("ResourceBinding" if namespaced else "ClusterResourceBinding")
    assert found.scope == ("" if namespaced else "Cluster")


def test_the_usual_types_are_kubernetes_own_at_versions_that_pulumi_knows() -> None:
    for kind, (type_,) in USUAL.types.items():
        group, _, version = type_.api_version.rpartition("/")
        module = importlib.import_module(f"pulumi_kubernetes.{group.split('.')[0] or 'core'}.{version}")
        assert hasattr(module, kind), f"{type_.api_version} has no {kind}"
        assert type_.own
        assert type_.group == group


@pytest.mark.parametrize(("kind", "given"), [("Deployment", {}), ("Namespace", {"namespace": None})])
def test_a_karmada_that_does_not_answer_has_the_usual_types(kind: str, given: dict[str, Any]) -> None:
    assert template_of(workload(kind=kind, **given), USUAL) == template_of(workload(kind=kind, **given), SERVED)


def test_a_type_that_only_karmada_could_tell_is_refused_while_it_does_not_answer() -> None:
    unclear = "^Prometheus web: kind: Karmada's API server does not answer, and the type is not one of the usual ones"
    with pytest.raises(ValueError, match=unclear):
        template_of(workload(kind="Prometheus"), USUAL)
    found = template_of(workload(kind="Prometheus", api_version="monitoring.coreos.com/v1"), USUAL)
    assert (found.api_version, found.namespaced) == ("monitoring.coreos.com/v1", True)
