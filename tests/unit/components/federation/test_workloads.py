"""Workloads on a federation, as they are registered."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

from components.federation import (
    FederatedNamespace,
    FederatedNamespaceArgs,
    FederatedObject,
    FederatedObjectArgs,
    Host,
    Override,
    Placement,
    Preference,
    ReplicaScheduling,
    ReplicaSchedulingArgs,
    TypeHealth,
    TypeHealthArgs,
)
from components.federation.kubefed import spread
from components.federation.kubefed.engine import patch, spec
from tests.unit.engine import Engine, Registered, run

pytestmark = pytest.mark.unit

KUBECONFIG = json.dumps({"current-context": "fleet-1"})
OBJECT = "kubernetes:types.kubefed.io/v1beta1:FederatedDeployment"
PREFERENCE = "kubernetes:scheduling.kubefed.io/v1alpha1:ReplicaSchedulingPreference"
NAMESPACE, FEDERATED_NAMESPACE = (
    "kubernetes:core/v1:Namespace",
    "kubernetes:types.kubefed.io/v1beta1:FederatedNamespace",
)
TEMPLATE = {"spec": {"replicas": 2}}
MANAGED = {"annotations": {"pulumi.com/patchFieldManager": "federated-eks/test"}}


def on_host(declare: Callable[[Host], object]) -> Engine:
    groups = {
        "Prometheus": "monitoring.coreos.com/v1",
        "Widget": "fleet.example.org",
        "Service.serving.knative.dev": "knative.example.org",
    }
    return run(lambda: declare(Host.by_kubeconfig(KUBECONFIG, groups)))


def deployment(host: Host, **more: Any) -> FederatedObjectArgs:
    given: dict[str, Any] = {"object_name": "web", "namespace": "tour", "template": TEMPLATE, "kind": "Deployment"}
    return FederatedObjectArgs(host=host, **(given | more))


def made(**more: Any) -> Registered:
    """A federated Deployment as it is registered."""
    engine = on_host(lambda host: FederatedObject("web", deployment(host, **more)))
    (registered,) = [resource for resource in engine.registered if ":Federated" in resource.type and resource.provider]
    return registered


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, r"clusters None and selector None"),
        ({"clusters": ["a"], "selector": {}}, r"clusters \['a'\] and selector {}"),
        ({"clusters": [], "selector": {}}, r"clusters \[\] and selector {}"),
    ],
)
def test_a_placement_is_by_names_or_by_labels(given: dict[str, Any], told: str) -> None:
    with pytest.raises(
        ValueError,
        match=rf"^placement: {told} are set, and one of them decides; set either, selector={{}} for every cluster$",
    ):
        Placement(**given)


def test_what_an_object_is_not_given_is_left_to_kubefed() -> None:
    assert made().inputs["spec"] == {"template": TEMPLATE, "placement": {"clusterSelector": {}}}


def test_an_object_has_its_overrides_by_cluster_and_may_retain_its_replicas() -> None:
    more, less = Override(path="/spec/replicas", value=9), Override(op="remove", path="/spec/replicas")
    spec = made(
        overrides={"fleet-2": [less], "fleet-1": [more, less]},
        placement=Placement(clusters=["fleet-2"]),
        retain_replicas=True,
    ).inputs["spec"]
    assert spec == {
        "template": TEMPLATE,
        "placement": {"clusters": [{"name": "fleet-2"}]},
        "overrides": [
            {"clusterName": "fleet-1", "clusterOverrides": [patch(more), patch(less)]},
            {"clusterName": "fleet-2", "clusterOverrides": [patch(less)]},
        ],
        "retainReplicas": True,
    }


def test_an_object_is_registered_as_its_federated_type() -> None:
    found = made()
    assert found.type == OBJECT
    assert found.inputs["metadata"]["name"] == "web"
    assert found.inputs["metadata"]["namespace"] == "tour"
    assert (found.parent, found.provider) == ("web", "fleet")


@pytest.mark.parametrize(
    ("given", "type_"),
    [
        ({"kind": "Prometheus"}, "monitoring.coreos.com/v1:FederatedPrometheus"),
        ({"kind": "Widget", "api_version": "example.org/v1"}, "fleet.example.org/v1beta1:FederatedWidget"),
        ({"kind": "Service"}, "types.kubefed.io/v1beta1:FederatedService"),
        ({"kind": "Service", "api_version": "v1"}, "types.kubefed.io/v1beta1:FederatedService"),
        ({"kind": "Service", "api_version": "serving.knative.dev/v1"}, "knative.example.org/v1beta1:FederatedService"),
    ],
)
def test_an_object_s_federated_type_is_in_the_group_that_the_host_says(given: dict[str, Any], type_: str) -> None:
    assert made(**given).type == f"kubernetes:{type_}"


def test_a_cluster_scoped_object_has_no_namespace() -> None:
    assert "namespace" not in made(kind="ClusterRole", namespace=None).inputs["metadata"]


def test_an_object_stands_once_it_is_in_every_cluster_or_fails_with_kubefed_s_reason() -> None:
    found = made(timeout_minutes=7)
    assert found.inputs["metadata"]["annotations"] == {
        "pulumi.com/waitFor": "condition=Propagation",
        "pulumi.com/patchForce": "true",
        "pulumi.com/patchFieldManager": "federated-eks/test",
    }
    assert found.patience == "7m"
    assert found.hooks == {"on_error": ("kubefed-reason",)}


def test_what_is_federated_in_a_namespace_waits_until_the_namespace_is_everywhere() -> None:
    def declare(host: Host) -> None:
        labels = {"team": "web"}
        args = FederatedNamespaceArgs(host=host, namespace="tour", labels=labels, placement=Placement(clusters=["a"]))
        namespace = FederatedNamespace("tour", args)
        FederatedObject("web", deployment(host, namespace=namespace.namespace))

    engine = on_host(declare)
    host, federated = engine[NAMESPACE]["tour-host"], engine[FEDERATED_NAMESPACE]["tour-federated"]
    assert host.inputs["metadata"] == {"name": "tour", "labels": {"team": "web"}, **MANAGED}
    assert federated.inputs["metadata"]["name"] == federated.inputs["metadata"]["namespace"] == "tour"
    assert federated.inputs["spec"] == {
        "template": {"metadata": {"labels": {"team": "web"}}},
        "placement": {"clusters": [{"name": "a"}]},
    }
    assert "tour-host" in federated.depends_on
    web = engine[OBJECT]["web"]
    assert "tour-federated" in web.depends_on
    assert web.inputs["metadata"]["namespace"] == "tour"


def test_what_is_in_a_federated_namespace_goes_with_it_and_is_not_waited_for_one_by_one() -> None:
    def declare(host: Host) -> None:
        namespace = FederatedNamespace("tour", FederatedNamespaceArgs(host=host, namespace="tour"))
        workload = FederatedObject("web", deployment(host, namespace=namespace))
        ReplicaScheduling("web", ReplicaSchedulingArgs(host=host, workload=workload, total=7))

    engine = on_host(declare)
    for object in (engine[OBJECT]["web"], engine[PREFERENCE]["web-preference"]):
        assert object.deleted_with == "tour-host"
        assert object.inputs["metadata"]["namespace"] == "tour"
    assert engine[FEDERATED_NAMESPACE]["tour-federated"].deleted_with != "tour-host", "it clears the clusters first"


def test_replicas_within_a_placement_by_names_are_refused() -> None:
    def declare(host: Host) -> None:
        workload = FederatedObject("web", deployment(host, placement=Placement(clusters=["a"])))
        args = ReplicaSchedulingArgs(host=host, workload=workload, total=7, within_placement=True)
        ReplicaScheduling("web", args)

    with pytest.raises(ValueError, match=r"within_placement: web is placed in \['a'\] by name.*place it by a selector"):
        on_host(declare)


def scheduled(**more: Any) -> Engine:
    def declare(host: Host) -> None:
        workload = FederatedObject("web", deployment(host))
        given: dict[str, Any] = {"total": 7} | more
        ReplicaScheduling("web", ReplicaSchedulingArgs(host=host, workload=workload, **given))

    return on_host(declare)


def test_replicas_spread_evenly_unless_more_is_asked_for() -> None:
    preference = scheduled()[PREFERENCE]["web-preference"]
    assert preference.inputs["metadata"] == {"name": "web", "namespace": "tour", **MANAGED}
    assert preference.inputs["spec"] == {
        "targetKind": "FederatedDeployment",
        "totalReplicas": 7,
        "rebalance": False,
        "intersectWithClusterSelector": False,
        "clusters": {"*": {"weight": 1, "minReplicas": 0}},
    }


def test_replicas_spread_as_is_asked_for() -> None:
    shares = {"fleet-2": Preference(weight=2, max=5), "*": Preference(min=1)}
    engine = scheduled(clusters=shares, rebalance=True, within_placement=True)
    assert engine[PREFERENCE]["web-preference"].inputs["spec"] == {
        "targetKind": "FederatedDeployment",
        "totalReplicas": 7,
        "rebalance": True,
        "intersectWithClusterSelector": True,
        "clusters": {
            "fleet-2": {"weight": 2, "minReplicas": 0, "maxReplicas": 5},
            "*": {"weight": 0, "minReplicas": 1},
        },
    }


def test_a_preference_waits_for_its_workload_and_then_until_kubefed_has_followed() -> None:
    engine = scheduled(timeout_minutes=7)
    preference = engine[PREFERENCE]["web-preference"]
    assert "web" in preference.depends_on
    assert preference.patience == "7m"
    assert preference.hooks == {
        "after_create": ("web-followed",),
        "after_update": ("web-followed",),
        "on_error": ("kubefed-reason",),
    }
    assert list(engine.resource_hooks) == ["web-followed"]


def test_a_preference_s_hook_has_the_host_the_type_and_the_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    followed = spread.followed

    def watch(name: str, kubeconfig: pulumi.Output[str], workload: Any, seconds: float) -> pulumi.ResourceHook:
        kubeconfig.apply(lambda text: asked.append((text, workload, seconds)))
        return followed(name, kubeconfig, workload, seconds)

    monkeypatch.setattr(spread, "followed", watch)
    scheduled(timeout_minutes=7)
    type_ = {"apiVersion": "types.kubefed.io/v1beta1", "kind": "FederatedDeployment"}
    assert asked == [(KUBECONFIG, type_, 420)]


def test_a_preference_that_kubefed_would_not_follow_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^total: -1 is no count of replicas"):
        scheduled(total=-1)


def test_a_type_s_health_is_refused_because_kubefed_judges_no_object() -> None:
    def declare(host: Host) -> None:
        TypeHealth("widgets", TypeHealthArgs(host=host, api_version="example.org/v1", kind="Widget", condition="Ready"))

    with pytest.raises(
        ValueError, match=r"^Widget: TypeHealth: kubefed reports .*; leave it out, or use a fleet whose"
    ):
        on_host(declare)


def test_a_host_by_its_kubeconfig_is_the_same_cluster_while_its_name_is() -> None:
    engine = on_host(lambda _: None)
    provider = engine["pulumi:providers:kubernetes"]["fleet"]
    assert rpc.is_rpc_secret(provider.inputs["kubeconfig"])
    assert provider.inputs["clusterIdentifier"] == "fleet-1"
    assert list(engine.error_hooks) == ["kubefed-reason"]


def test_a_secret_s_values_are_pulumi_secrets_and_nothing_else_of_it() -> None:
    found: dict[str, bool] = {}
    noting: list[asyncio.Future[None]] = []

    async def note(which: str, value: Any) -> None:
        found[which] = isinstance(value, pulumi.Output) and await value.is_secret()

    def declare(host: Host) -> None:
        template = {
            "type": "Opaque",
            "data": {"k": "dg=="},
            "stringData": {"l": "w"},
            "metadata": {"labels": {"a": "b"}},
        }
        overrides = {
            "fleet-1": [Override(path="/data/k", value="eA=="), Override(path="/metadata/labels/a", value="c")]
        }
        args = deployment(host, kind="Secret", template=template, overrides=overrides)
        declared = spec(args.workload)
        patches = declared["overrides"][0]["clusterOverrides"]
        values = {**declared["template"], **{one["path"]: one["value"] for one in patches}}
        noting.extend(asyncio.ensure_future(note(which, value)) for which, value in values.items())
        FederatedObject("web", args)

    assert "web" in on_host(declare)["kubernetes:types.kubefed.io/v1beta1:FederatedSecret"]
    assert found == {
        **{"type": False, "data": True, "stringData": True, "metadata": False},
        **{"/data/k": True, "/metadata/labels/a": False},
    }
