"""Workloads on a fleet whose engine is Karmada, as they are registered."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.federation import (
    ClusterFailover,
    FederatedNamespace,
    FederatedNamespaceArgs,
    FederatedObject,
    FederatedObjectArgs,
    Groups,
    Host,
    Override,
    Placement,
    Preference,
    ReplicaScheduling,
    ReplicaSchedulingArgs,
    diagnosis,
    served,
)
from components.federation.karmada import failover, status
from components.federation.karmada.policies import goal
from components.federation.karmada.status import Placed
from components.federation.karmada.template import body
from components.federation.karmada.types import template_of
from tests.unit.components.federation.karmada.fleet import LABELS, SERVED
from tests.unit.engine import Engine, Registered, run

pytestmark = pytest.mark.unit

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
POLICY = "kubernetes:policy.karmada.io/v1alpha1:PropagationPolicy"
CLUSTER_POLICY = "kubernetes:policy.karmada.io/v1alpha1:ClusterPropagationPolicy"
OVERRIDES = "kubernetes:policy.karmada.io/v1alpha1:OverridePolicy"
NAMESPACE = "kubernetes:core/v1:Namespace"
STASH = "pulumi:index:Stash"
TEMPLATE = {"spec": {"replicas": 2, "paused": True}}
MANAGER = {"pulumi.com/patchFieldManager": "federated-eks/test"}


@pytest.fixture(autouse=True)
def fleet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host whose API server is Karmada's, and the clusters of LABELS."""
    clusters = [{"metadata": {"name": name, "labels": labels}, "spec": {}} for name, labels in LABELS.items()]
    found = {"Cluster": clusters, "ClusterTaintPolicy": [tainting("NoExecute")]}
    monkeypatch.setattr(served, "ask", lambda _: SERVED)
    monkeypatch.setattr(diagnosis, "connect", lambda _: None)
    monkeypatch.setattr(diagnosis, "listed", lambda _, type_: found[type_["kind"]])


def tainting(effect: str) -> Any:
    """A ClusterTaintPolicy."""
    return {"spec": {"taints": [{"key": "not-ready", "effect": effect}]}}


def on_host(declare: Callable[[Host], object]) -> Engine:
    return run(lambda: declare(Host.by_kubeconfig(json.dumps({"current-context": "karmada"}))))


def args(host: Host, **more: Any) -> FederatedObjectArgs:
    given: dict[str, Any] = {"object_name": "web", "namespace": "tour", "template": TEMPLATE, "kind": "Deployment"}
    return FederatedObjectArgs(host=host, **(given | more))


def placed(**more: Any) -> Engine:
    return on_host(lambda host: FederatedObject("web", args(host, **more)))


def spread(clusters: dict[str, Preference] | None = None, total: int = 7, **more: Any) -> Engine:
    """A Deployment, whose replicas are spread by preferences."""

    def declare(host: Host) -> None:
        given = {} if clusters is None else {"clusters": clusters}
        web = FederatedObject("web", args(host))
        ReplicaScheduling("web", ReplicaSchedulingArgs(host=host, workload=web, total=total, **given, **more))

    return on_host(declare)


def test_an_object_is_a_template_and_the_policy_that_places_it() -> None:
    engine = placed()
    policy, template = engine[POLICY]["web-policy"], engine[DEPLOYMENT]["web"]
    assert policy.inputs["metadata"] == {"name": "web-deployment", "namespace": "tour", "annotations": MANAGER}
    assert policy.inputs["spec"] == {
        "resourceSelectors": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": "tour"}],
        "placement": {
            "clusterAffinity": {"labelSelector": {}},
            "clusterTolerations": [{"operator": "Exists"}],
            "replicaScheduling": {"replicaSchedulingType": "Duplicated"},
        },
        "conflictResolution": "Overwrite",
    }
    annotations = template.inputs["metadata"].pop("annotations")
    assert len(annotations.pop("federated-eks/declared")) == 16
    assert annotations == {"pulumi.com/skipAwait": "true", "pulumi.com/patchForce": "true", **MANAGER}
    assert template.inputs == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "tour"},
        "spec": TEMPLATE["spec"],
    }
    assert (template.parent, template.provider, policy.parent) == ("web", "fleet", "web")
    assert {resource.type for resource in engine.registered if resource.provider} == {POLICY, DEPLOYMENT}


def test_a_template_comes_after_its_policies_and_is_waited_for() -> None:
    def declare(host: Host) -> None:
        mark = pulumi.CustomResource("kubernetes:core/v1:ConfigMap", "mark", {})
        override = {"fleet-2": [Override(path="/spec/replicas", value=3)]}
        FederatedObject("web", args(host, overrides=override, timeout_minutes=7, after=[mark]))

    engine = on_host(declare)
    template = engine[DEPLOYMENT]["web"]
    assert {"web-policy", "web-overrides", "mark"} <= template.depends_on
    assert template.patience == "7m"
    assert template.hooks == {"on_error": ("karmada-reason",)}
    # A hook of the template's own creation would stop every other step of the update.
    placed = engine[STASH]["web-placed"]
    assert placed.depends_on == {"web"}
    assert placed.hooks == {"before_create": ("web-placed",), "before_update": ("web-placed",)}
    assert placed.inputs == {"input": template.inputs["metadata"]["annotations"]["federated-eks/declared"]}
    for policy in (engine[POLICY]["web-policy"], engine[OVERRIDES]["web-overrides"]):
        assert "mark" in policy.depends_on
        assert policy.hooks == {}
    assert [*engine.resource_hooks] == ["web-placed"]
    assert [*engine.error_hooks] == ["karmada-reason"]


def test_overrides_are_a_policy_of_their_own() -> None:
    overrides = {
        "fleet-2": [Override(path="/spec/replicas", value=3), Override(op="remove", path="/spec/paused")],
        "fleet-1": [Override(op="add", path="/spec/minReadySeconds", value=9)],
    }
    policy = placed(overrides=overrides)[OVERRIDES]["web-overrides"]
    assert policy.inputs["metadata"] == {"name": "web-deployment", "namespace": "tour", "annotations": MANAGER}
    assert policy.inputs["spec"] == {
        "resourceSelectors": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": "tour"}],
        "overrideRules": [
            {
                "targetCluster": {"clusterNames": ["fleet-1"]},
                "overriders": {"plaintext": [{"path": "/spec/minReadySeconds", "operator": "add", "value": 9}]},
            },
            {
                "targetCluster": {"clusterNames": ["fleet-2"]},
                "overriders": {
                    "plaintext": [
                        {"path": "/spec/replicas", "operator": "replace", "value": 3},
                        {"path": "/spec/paused", "operator": "remove"},
                    ]
                },
            },
        ],
    }


def test_a_template_keeps_its_own_metadata() -> None:
    metadata = {"labels": {"team": "web"}, "annotations": {"example.org/a": "b"}, "finalizers": ["example.org/f"]}
    found = placed(template={"metadata": metadata, **TEMPLATE}, retain_replicas=True)[DEPLOYMENT]["web"].inputs
    assert found["metadata"]["labels"] == {"team": "web", "resourcetemplate.karmada.io/retain-replicas": "true"}
    assert found["metadata"]["annotations"]["example.org/a"] == "b"
    assert found["metadata"]["finalizers"] == ["example.org/f"]


def test_metadata_that_only_an_update_knows_is_refused() -> None:
    with pytest.raises(
        ValueError,
        match=r"^Deployment web: template: labels is known during an update alone; give a mapping",
    ):
        on_host(
            lambda host: FederatedObject(
                "web", args(host, template={"metadata": {"labels": pulumi.Output.from_input({"a": "b"})}})
            )
        )


def declared(**more: Any) -> str:
    """What a template's annotation says."""
    template: Registered = placed(**more)[DEPLOYMENT]["web"]
    return template.inputs["metadata"]["annotations"]["federated-eks/declared"]


def test_the_annotation_changes_with_the_template_the_placement_and_the_overrides() -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"template": {"spec": {"replicas": 3}}},
        {"placement": Placement(clusters=["fleet-1"])},
        {"overrides": {"fleet-1": [Override(path="/spec/replicas", value=1)]}},
        {"overrides": {"fleet-1": [Override(path="/spec/replicas", value=2)]}},
        {"suspended": True},
    ]
    assert len({declared(**change) for change in changes}) == len(changes)
    assert declared() == declared()


def test_a_cluster_scoped_object_has_policies_of_the_cluster() -> None:
    engine = placed(kind="ClusterRole", object_name="team:view", namespace=None, template={"rules": []})
    policy = engine[CLUSTER_POLICY]["web-policy"].inputs
    assert policy["metadata"] == {"name": "team.view-clusterrole", "annotations": MANAGER}
    selector = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "name": "team:view"}
    assert policy["spec"]["resourceSelectors"] == [selector]
    role = engine["kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"]["web"].inputs
    assert (role["rules"], role["metadata"]["name"]) == ([], "team:view")


def test_a_namespace_is_a_template_that_goes_where_its_policy_says() -> None:
    def declare(host: Host) -> None:
        given = FederatedNamespaceArgs(
            host=host, namespace="tour", labels={"team": "web"}, placement=Placement(clusters=["fleet-1"])
        )
        FederatedObject("web", args(host, namespace=FederatedNamespace("tour", given).namespace))

    engine = on_host(declare)
    (host,) = engine[NAMESPACE].values()
    assert host.inputs["metadata"]["labels"] == {"team": "web", "namespace.karmada.io/skip-auto-propagation": "true"}
    policy = engine[CLUSTER_POLICY]["tour-federated"]
    assert policy.inputs["metadata"]["name"] == "tour-namespace"
    assert policy.inputs["metadata"]["annotations"]["federated-eks/declared"]
    assert policy.inputs["spec"]["resourceSelectors"] == [{"apiVersion": "v1", "kind": "Namespace", "name": "tour"}]
    assert policy.inputs["spec"]["placement"]["clusterAffinity"] == {"clusterNames": ["fleet-1"]}
    assert engine[STASH]["tour-federated-placed"].hooks["before_create"] == ("tour-federated-placed",)
    assert "tour-host" in policy.depends_on
    for object in (engine[POLICY]["web-policy"], engine[DEPLOYMENT]["web"]):
        assert "tour-federated-placed" in object.depends_on
        assert object.inputs["metadata"]["namespace"] == "tour"


def test_what_is_in_a_federated_namespace_goes_with_it() -> None:
    def declare(host: Host) -> None:
        namespace = FederatedNamespace("tour", FederatedNamespaceArgs(host=host, namespace="tour"))
        overrides = {"fleet-2": [Override(path="/spec/replicas", value=3)]}
        FederatedObject("web", args(host, namespace=namespace, overrides=overrides))

    engine = on_host(declare)
    for object in (engine[POLICY]["web-policy"], engine[OVERRIDES]["web-overrides"], engine[DEPLOYMENT]["web"]):
        assert object.deleted_with == "tour-host"
    assert engine[CLUSTER_POLICY]["tour-federated"].deleted_with != "tour-host"


def test_replicas_are_divided_in_the_workload_s_own_policy() -> None:
    engine = spread({"fleet-2": Preference(weight=2, max=3), "*": Preference(weight=1)})
    placement = engine[POLICY]["web-policy"].inputs["spec"]["placement"]
    assert placement["clusterAffinity"] == {"clusterNames": ["fleet-1", "fleet-2"]}
    assert placement["replicaScheduling"] == {
        "replicaSchedulingType": "Divided",
        "replicaDivisionPreference": "Weighted",
        "weightPreference": {
            "staticWeightList": [
                {"targetCluster": {"clusterNames": ["fleet-1"]}, "weight": 4},
                {"targetCluster": {"clusterNames": ["fleet-2"]}, "weight": 3},
            ]
        },
    }
    assert engine[DEPLOYMENT]["web"].inputs["spec"] == {**TEMPLATE["spec"], "replicas": 7}


def test_replicas_that_the_maximums_leave_out_are_not_declared() -> None:
    engine = spread({"*": Preference(weight=1, max=2)})
    assert engine[DEPLOYMENT]["web"].inputs["spec"]["replicas"] == 4


def test_replicas_by_free_capacity_are_karmada_s_to_divide() -> None:
    placement = spread(by_capacity=True)[POLICY]["web-policy"].inputs["spec"]["placement"]
    assert placement["clusterAffinity"] == {"labelSelector": {}}
    assert placement["replicaScheduling"]["weightPreference"] == {"dynamicWeight": "AvailableReplicas"}


def test_replicas_in_a_cluster_that_has_not_joined_end_the_update() -> None:
    with pytest.raises(pulumi.RunError, match=r"^ReplicaScheduling of Deployment web: clusters: fleet-9 is no cluster"):
        spread({"fleet-9": Preference(weight=1)})


def test_replicas_declared_after_the_policy_end_the_update() -> None:
    def declare(host: Host) -> None:
        web = FederatedObject("web", args(host))

        def later(_: str) -> None:
            ReplicaScheduling("web", ReplicaSchedulingArgs(host=host, workload=web, total=7))

        web.object_name.apply(later)

    with pytest.raises(
        pulumi.RunError,
        match=r"^ReplicaScheduling of Deployment web: the policy by which Karmada divides is declared already; declare "
        "the ReplicaScheduling right after its workload",
    ):
        on_host(declare)


def test_what_karmada_alone_does_is_in_the_policy() -> None:
    policy = placed(
        placement=Placement(selector={}, in_regions=Groups(min=2), in_clusters=Groups(max=3)),
        failover=ClusterFailover(after_seconds=30, purge="Directly"),
        suspended=["fleet-2"],
    )[POLICY]["web-policy"].inputs["spec"]
    assert policy["placement"]["spreadConstraints"] == [
        {"spreadByField": "region", "minGroups": 2, "maxGroups": 1000},
        {"spreadByField": "cluster", "minGroups": 1, "maxGroups": 3},
    ]
    assert policy["placement"]["clusterTolerations"] == [
        {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30}
    ]
    assert policy["failover"] == {"cluster": {"purgeMode": "Directly"}}
    assert policy["suspension"] == {"dispatchingOnClusters": {"clusterNames": ["fleet-2"]}}


@pytest.mark.parametrize("found", [[], [tainting("NoSchedule")]])
def test_a_failover_without_a_policy_that_taints_clusters_ends_the_preview(
    monkeypatch: pytest.MonkeyPatch, found: list[Any]
) -> None:
    own = diagnosis.listed
    monkeypatch.setattr(diagnosis, "listed", lambda _, type_: found if type_ == failover.POLICIES else own(_, type_))
    with pytest.raises(
        pulumi.RunError,
        match=r"^Deployment web: failover: Karmada has no ClusterTaintPolicy of the effect NoExecute, so it moves "
        r"nothing; set karmada\.failover in the fleet's settings, or leave failover out$",
    ):
        placed(failover=ClusterFailover())
    placed()


def test_a_failover_is_declared_while_karmada_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object, __: object) -> Any:
        raise OSError("no route")

    monkeypatch.setattr(diagnosis, "listed", refuse)
    assert placed(failover=ClusterFailover())[POLICY]["web-policy"].inputs["spec"]["failover"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"placement": Placement(clusters=["fleet-3"])},
            "Deployment web: placement: fleet-3 is no cluster of the fleet",
        ),
        ({"suspended": ["fleet-3"]}, "Deployment web: suspended: fleet-3 is no cluster of the fleet"),
    ],
)
def test_a_cluster_that_has_not_joined_ends_the_update(given: dict[str, Any], message: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"^{message}"):
        placed(**given)


def test_a_secret_s_values_are_pulumi_secrets() -> None:
    found: dict[str, bool] = {}
    noting: list[asyncio.Future[None]] = []

    async def note(which: str, value: Any) -> None:
        found[which] = isinstance(value, pulumi.Output) and await value.is_secret()

    def declare(host: Host) -> None:
        template = {"type": "Opaque", "data": {"k": "dg=="}, "stringData": {"l": "w"}}
        given = args(host, kind="Secret", template=template)
        object = body(
            template_of(given.workload, SERVED),
            given.workload,
            pulumi.Output.from_input(goal(given.workload, [], None, LABELS)),
            pulumi.Output.from_input("digest"),
        )
        noting.extend(asyncio.ensure_future(note(key, object[key])) for key in template)
        FederatedObject("web", given)

    assert "web" in on_host(declare)["kubernetes:core/v1:Secret"]
    assert found == {"type": False, "data": True, "stringData": True}


@pytest.mark.parametrize("within", [False, True])
def test_a_name_needs_to_know_its_clusters(within: bool) -> None:
    few = Placement(selector={}, in_clusters=Groups(max=1))

    def declare(host: Host) -> None:
        given = args(host) if within else args(host, placement=few)
        host.engine.select(given.workload, few if within else Placement(selector={}))

    with pytest.raises(ValueError, match=r"^Deployment web: placement: in_regions and in_clusters let Karmada choose"):
        on_host(declare)


def test_a_cluster_s_region_is_in_its_spec_if_not_in_its_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    region = "topology.kubernetes.io/region"
    found = [
        {"metadata": {"name": "fleet-1"}, "spec": {"region": "eu-west-1"}},
        {"metadata": {"name": "fleet-2", "labels": {region: "eu-west-2"}}, "spec": {"region": "x"}},
        {"metadata": {"name": "fleet-3"}, "spec": {}},
    ]
    monkeypatch.setattr(diagnosis, "listed", lambda _, __: found)
    selections: list[Any] = []

    def declare(host: Host) -> None:
        host.engine.select(args(host).workload, Placement(selector={})).apply(selections.append)

    on_host(declare)
    assert selections[0].regions == {"fleet-1": "eu-west-1", "fleet-2": "eu-west-2", "fleet-3": None}
    assert selections[0].placed == ("fleet-1", "fleet-2", "fleet-3")


def test_the_obstacle_to_a_cluster_is_karmada_s_word(monkeypatch: pytest.MonkeyPatch) -> None:
    scheduled = {"spec": {"clusters": [{"name": "fleet-1"}, {"name": "fleet-2"}]}}
    monkeypatch.setattr(status, "read", lambda *_: Placed(template={}, binding=scheduled, works=()))
    monkeypatch.setattr(status, "words", lambda _: {"fleet-1": "not applied yet"})
    asked: list[asyncio.Future[str]] = []

    def declare(host: Host) -> None:
        clusters = ("fleet-1", "fleet-2", "fleet-3")
        workload = args(host).workload
        asked.extend(asyncio.ensure_future(host.engine.obstacle(workload, "tour", name)) for name in clusters)

    on_host(declare)
    found = asyncio.get_event_loop().run_until_complete(asyncio.gather(*asked))
    assert found == ["not applied yet", "", "Karmada has not scheduled it there"]
