"""Federated types as resources, by themselves and in the whole program."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
import yaml

from components.federation.host import Host
from components.federation.kubefed import derive
from components.federation.kubefed.builtin_types import Target
from components.federation.kubefed.federated_type import FederatedType, FederatedTypeArgs
from components.federation.target_types import TargetTypes, TargetTypesArgs
from settings import SettingsError
from tests.unit.engine import Engine, Registered, run, run_program

pytestmark = pytest.mark.unit

CRD, CONFIG = (
    "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
    ("kubernetes:core.kubefed.io/v1beta1:FederatedTypeConfig"),
)
ROLE, BINDING = (f"kubernetes:rbac.authorization.k8s.io/v1:{kind}" for kind in ("ClusterRole", "ClusterRoleBinding"))
KUBEFEDCLUSTER = "kubernetes:core.kubefed.io/v1beta1:KubeFedCluster"
FIRST, SECOND = "federated-eks-1", "federated-eks-2"
WIDGETS, GADGETS = "widgets.example.org", "gadgets.example.org"
WIDGET = Target(group="example.org", version="v1", kind="Widget", plural="widgets", namespaced=True)
MANIFEST: Any = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {
        "name": WIDGETS,
        "annotations": {"made-by": "hand"},
        "creationTimestamp": None,
        "uid": "a",
        "resourceVersion": "7",
    },
    "spec": {
        "group": "example.org",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"]},
        "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
        ],
    },
    "status": {"storedVersions": ["v1"]},
}
GADGET_SPEC: Any = {
    **MANIFEST["spec"],
    "scope": "Cluster",
    "names": {"plural": "gadgets", "kind": "Gadget", "shortNames": []},
}


def declared(group: str = derive.GROUP, *present: str) -> Engine:
    """One federated type on a host."""

    def declare() -> None:
        host = Host.by_kubeconfig(json.dumps({"current-context": "fleet-1"})).engine.host
        there = [kubernetes.core.v1.Namespace(name) for name in present]
        args = FederatedTypeArgs(
            target=WIDGET,
            host=host,
            namespace="kube-federation-system",
            federated_group=group,
            federated_version="v1beta2",
            present=there,
            timeout_minutes=7,
        )
        FederatedType(WIDGETS, args)

    return run(declare)


@pytest.mark.parametrize("group", [derive.GROUP, "fleet.example.org"])
def test_a_type_is_declared_as_kubefedctl_would(group: str) -> None:
    made = declared(group)
    config, crd = made[CONFIG][f"{WIDGETS}-config"], made[CRD][f"{WIDGETS}-federated"]
    expected = derive.type_config(WIDGET, group, "v1beta2")
    assert config.inputs["spec"] == expected["spec"]
    assert config.inputs["metadata"]["name"] == WIDGETS
    assert config.inputs["metadata"]["namespace"] == "kube-federation-system"
    assert crd.inputs["metadata"]["name"] == f"federatedwidgets.{group}"
    assert crd.inputs["spec"] == derive.federated_crd(WIDGET, group, "v1beta2")["spec"]


def test_a_type_s_config_goes_last_for_its_crd_waits_for_it() -> None:
    made = declared("fleet.example.org", "there")
    config, crd = made[CONFIG][f"{WIDGETS}-config"], made[CRD][f"{WIDGETS}-federated"]
    assert f"{WIDGETS}-config" in crd.depends_on
    assert {"federatedwidgets.fleet.example.org-grant", "there"} <= config.depends_on
    assert f"{WIDGETS}-federated" not in config.depends_on


def test_a_type_stands_once_kubefed_s_controller_runs_for_it_and_may_take_as_long_as_is_set() -> None:
    made = declared()
    config, crd = made[CONFIG][f"{WIDGETS}-config"], made[CRD][f"{WIDGETS}-federated"]
    waits = config.inputs["metadata"]["annotations"]["pulumi.com/waitFor"]
    assert waits == "jsonpath={.status.propagationController}=Running"
    for resource in (config, crd):
        assert resource.patience == "7m"
        assert resource.hooks == {"on_error": ("kubefed-reason",)}


def test_a_group_of_its_own_grants_the_controller_the_one_type_and_never_more() -> None:
    made = declared("fleet.example.org")
    ((name, role),) = made[ROLE].items()
    (rule,) = role.inputs["rules"]
    assert rule == {
        "apiGroups": ["fleet.example.org"],
        "resources": ["federatedwidgets", "federatedwidgets/status"],
        "verbs": ["get", "list", "watch", "update", "patch"],
    }
    ((_, binding),) = made[BINDING].items()
    assert binding.inputs["roleRef"]["kind"] == "ClusterRole"
    assert name in binding.depends_on
    assert binding.inputs["subjects"] == [
        {"kind": "ServiceAccount", "name": "kubefed-controller", "namespace": "kube-federation-system"}
    ]
    assert role.inputs["metadata"]["name"] == binding.inputs["metadata"]["name"]


def test_the_group_that_kubefed_s_chart_grants_gets_no_grant_of_ours() -> None:
    made = declared(derive.GROUP)
    assert not made[ROLE]
    assert not made[BINDING]


def in_clusters(crds: Mapping[str, Any]) -> Engine:
    """The custom types of one cluster."""

    def declare() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        plane = kubernetes.core.v1.Namespace("plane")
        made = TargetTypes("types", TargetTypesArgs(crds=crds, provider=provider, control_plane=plane))
        assert made.crds.keys() == crds.keys()

    return run(declare, Engine(living={GADGETS: {"spec": GADGET_SPEC}}))


def test_a_cluster_gets_the_crds_of_its_types_without_what_an_api_server_sets() -> None:
    made = in_clusters({WIDGETS: MANIFEST})
    crd = made[CRD][f"types-{WIDGETS}"]
    manager = {"pulumi.com/patchFieldManager": "federated-eks/test"}
    assert crd.inputs["metadata"] == {"name": WIDGETS, "annotations": {"made-by": "hand", **manager}}
    assert crd.inputs["spec"] == MANIFEST["spec"]
    assert "status" not in crd.inputs
    assert (crd.provider, crd.parent, crd.deleted_with) == ("cluster", "types", "plane")


def test_a_crd_that_is_in_a_cluster_already_is_looked_at_and_left_alone() -> None:
    made = in_clusters({GADGETS: None})
    assert not made[CRD]
    (read,) = made.read
    assert (read.type, read.id, read.provider, read.parent) == (CRD, GADGETS, "cluster", "types")


def test_a_crd_that_nobody_names_is_looked_at_once_charts_may_have_brought_it() -> None:
    def declare() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        plane = kubernetes.core.v1.Namespace("plane")
        software = pulumi.ComponentResource("federated-eks:index:Software", "software")
        kubernetes.core.v1.ConfigMap("release", opts=pulumi.ResourceOptions(parent=software))
        brought = kubernetes.core.v1.ConfigMap("brought")
        made = TargetTypes(
            "types",
            TargetTypesArgs(
                crds={GADGETS: None, WIDGETS: None},
                provider=provider,
                control_plane=plane,
                brought={WIDGETS: brought},
                software=[software],
            ),
        )
        assert made.crds[WIDGETS] is brought

    (read,) = run(declare, Engine(living={GADGETS: {"spec": GADGET_SPEC}})).read
    assert (read.id, "release" in read.depends_on) == (GADGETS, True)


ONE = {"clusters": [{"region": "eu-west-1"}]}
TWO = {"clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3"}]}


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """A type by its CRD, one that is in the clusters already, and a built-in one."""
    crd = tmp_path_factory.mktemp("crds") / "widgets.yaml"
    crd.write_text(yaml.safe_dump(MANIFEST))
    return [
        {"crd": str(crd), "federatedGroup": "fleet.example.org"},
        {"name": GADGETS},
        {"name": "cronjobs.batch"},
    ]


def program_of(config: Mapping[str, Any], standing: Any = None) -> Engine:
    engine = Engine(standing={"plan": standing} if standing else {}, living={GADGETS: {"spec": GADGET_SPEC}})
    return run_program(config, engine)


@pytest.fixture(scope="module")
def program(listed: list[Any]) -> Engine:
    return program_of({**TWO, "types": listed})


@pytest.fixture(scope="module")
def one_region(listed: list[Any]) -> Engine:
    return program_of({**ONE, "types": listed})


@pytest.fixture(scope="module")
def no_types() -> Engine:
    return program_of(TWO)


def test_every_cluster_has_a_type_before_it_joins(program: Engine) -> None:
    for name in (FIRST, SECOND):
        assert program[CRD][f"{name}-types-{WIDGETS}"].provider == f"{name}-kubernetes"
        joined = program[KUBEFEDCLUSTER][f"{name}-member-kubefedcluster"]
        assert {f"{name}-types-{WIDGETS}", f"{name}-types-{GADGETS}"} <= joined.depends_on
        other = SECOND if name == FIRST else FIRST
        assert f"{other}-types-{WIDGETS}" not in joined.depends_on, "a cluster waits for its own types alone"
    looked_at = {read.name: read.provider for read in program.read if read.type == CRD}
    assert looked_at == {f"{name}-types-{GADGETS}": f"{name}-kubernetes" for name in (FIRST, SECOND)}


def test_a_type_is_declared_on_the_host_once_all_clusters_have_it(listed: list[Any]) -> None:
    program = program_of({**TWO, "host": "eu-west-3", "types": listed})
    for name in (WIDGETS, GADGETS, "cronjobs.batch"):
        assert program[CONFIG][f"{name}-config"].provider == f"{SECOND}-kubernetes"
        assert program[CRD][f"{name}-federated"].provider == f"{SECOND}-kubernetes"
    clusters = {f"{FIRST}-types-{WIDGETS}", f"{SECOND}-types-{WIDGETS}"}
    assert clusters <= program[CONFIG][f"{WIDGETS}-config"].depends_on
    assert not any("-types-" in name for name in program[CONFIG]["cronjobs.batch-config"].depends_on)


def test_a_type_that_is_in_the_clusters_is_federated_as_they_know_it(program: Engine) -> None:
    target = program[CONFIG][f"{GADGETS}-config"].inputs["spec"]["targetType"]
    assert target == {
        "group": "example.org",
        "version": "v1",
        "kind": "Gadget",
        "pluralName": "gadgets",
        "scope": "Cluster",
    }
    assert program[CRD][f"{GADGETS}-federated"].inputs["spec"]["scope"] == "Cluster"


def by_name(resources: list[Registered]) -> dict[tuple[str, str], Any]:
    return {(resource.type, resource.name): resource.inputs for resource in resources}


def test_a_type_added_registers_the_same_as_before_and_its_own(no_types: Engine, program: Engine) -> None:
    before, after = by_name(no_types.registered), by_name(program.registered)
    assert {key: after.get(key) for key in before} == before
    assert {name for _, name in after.keys() - before.keys()} == {
        *(f"{cluster}-types-{WIDGETS}" for cluster in (FIRST, SECOND)),
        *(f"{name}{role}" for name in (WIDGETS, GADGETS, "cronjobs.batch") for role in ("", "-config", "-federated")),
        "federatedwidgets.fleet.example.org-grant",
    }


def test_a_region_added_gets_the_types_too(one_region: Engine, program: Engine) -> None:
    before, after = by_name(one_region.registered), by_name(program.registered)
    assert {name for _, name in after.keys() - before.keys() if WIDGETS in name} == {f"{SECOND}-types-{WIDGETS}"}


def test_a_fleet_that_lists_no_types_has_none(no_types: Engine) -> None:
    assert not no_types[CONFIG]
    assert not no_types[CRD]
    assert [read for read in no_types.read if read.type == CRD] == []
    assert not no_types["federated-eks:index:FederatedType"]
    assert no_types.outputs["plan"]["types"] == {}


def test_the_plan_tells_as_what_each_type_is_federated(one_region: Engine) -> None:
    assert one_region.outputs["plan"]["types"] == {
        WIDGETS: "federatedwidgets.fleet.example.org",
        GADGETS: "federatedgadgets.types.kubefed.io",
        "cronjobs.batch": "federatedcronjobs.types.kubefed.io",
    }


def test_a_type_that_would_be_federated_as_another_registers_nothing_in_a_cluster(
    listed: list[Any], one_region: Engine
) -> None:
    standing = one_region.outputs["plan"]
    moved = [{**listed[0], "federatedGroup": "other.example.org"}, *listed[1:]]
    engine = Engine(standing={"plan": standing}, living={GADGETS: {"spec": GADGET_SPEC}})
    with pytest.raises(
        SettingsError, match=rf"types: {WIDGETS} is federated as federatedwidgets.fleet.example.org and"
    ):
        run_program({**ONE, "types": moved}, engine)
    assert not [resource for resource in engine.registered if not resource.type.startswith("federated-eks:")]


def test_the_same_types_again_are_no_move(listed: list[Any], one_region: Engine) -> None:
    again = program_of({**ONE, "types": listed}, one_region.outputs["plan"])
    assert by_name(again.registered) == by_name(one_region.registered)


def test_types_that_can_t_be_federated_register_nothing() -> None:
    engine = Engine()
    with pytest.raises(SettingsError, match=r"types: cronjobs.batch is listed 2 times"):
        run_program({**ONE, "types": [{"name": "cronjobs.batch"}] * 2}, engine)
    assert (engine.registered, engine.read) == ([], [])


def test_an_unserved_version_of_a_cluster_s_own_type_is_told_without_a_traceback() -> None:
    with pytest.raises(pulumi.RunError, match=rf"^types: v9 is not served by {GADGETS}; use v1, or none$"):
        program_of({**ONE, "types": [{"name": GADGETS, "version": "v9"}]})
