"""The resources of charts and manifests, under the mock engine."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime import rpc

from components.software.place import message
from tests.unit.components.software.served import crd, files, serving
from tests.unit.engine import Engine, run_program

pytestmark = pytest.mark.unit

FIRST, SECOND = "federated-eks-1", "federated-eks-2"
TWO = [{"region": "eu-west-1"}, {"region": "eu-west-3", "labels": {"tier": "gold"}}]
CRD = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
MEMBER = "kubernetes:core.kubefed.io/v1beta1:KubeFedCluster"
RELEASE = "kubernetes:helm.sh/v3:Release"
WIDGETS, GADGETS = "widgets.example.org", "gadgets.example.org"


def bundle(*objects: Any) -> str:
    metadata = {"name": "operator", "namespace": "web"}
    return yaml.safe_dump_all(
        [
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"replicas": 1}},
            {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"password": "sesame"}},
            {"apiVersion": "example.org/v1", "kind": "Gadget", "metadata": {"name": "one"}},
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "web"}},
            crd("gadgets", "Gadget", scope="Cluster"),
            *objects,
        ]
    )


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Generator[Engine]:
    """Two clusters: a chart in both, whose CRD is federated, and a manifest in the second, which needs the chart."""
    file = tmp_path_factory.mktemp("manifests") / "bundle.yaml"
    file.write_text(bundle())
    within = {"crds/all.yaml": yaml.safe_dump(crd("widgets", "Widget"))}
    role = {"serviceAccount": "web", "statements": [{"actions": ["s3:GetObject"], "resources": ["*"]}]}
    with serving() as server:
        web = {
            "name": "web",
            "chart": "web",
            "repository": server.publish(files("web", "1.2.3", values={"a": 1}, more=within)),
            "version": "1.2.3",
            "namespace": "web",
            "values": {"a": 2},
            "valuesByCluster": {SECOND: {"a": 3}},
            "role": role,
            "crds": "delete",
        }
        gadgets = {"name": "gadgets", "file": str(file), "labels": {"tier": "gold"}, "after": ["web"]}
        settings = {"clusters": TWO, "charts": [web], "manifests": [gadgets], "types": [{"name": WIDGETS}]}
        yield run_program(settings)


def named(program: Engine, start: str) -> dict[str, Any]:
    return {one.name: one for one in program.registered if one.name.startswith(start)}


def test_a_chart_is_a_release_in_each_cluster_with_its_values(program: Engine) -> None:
    releases = program[RELEASE]
    assert {name: releases[name].inputs["values"] for name in (f"{FIRST}-web-release", f"{SECOND}-web-release")} == {
        f"{FIRST}-web-release": {"a": 2},
        f"{SECOND}-web-release": {"a": 3},
    }
    first = releases[f"{FIRST}-web-release"]
    expected = {"name": "web", "chart": "web", "version": "1.2.3", "namespace": "web", "skipCrds": True}
    assert {key: first.inputs[key] for key in expected} == expected
    assert first.inputs["repositoryOpts"]["repo"].startswith("http://127.0.0.1:")
    assert (first.provider, first.deleted_with) == (f"{FIRST}-kubernetes", FIRST)


def test_a_release_waits_for_its_crds_nodes_add_ons_and_role(program: Engine) -> None:
    waits = program[RELEASE][f"{SECOND}-web-release"].depends_on
    assert {
        f"{SECOND}:CustomResourceDefinition.apiextensions.k8s.io:{WIDGETS}",
        f"{SECOND}-nodes",
        f"{SECOND}-coredns",
        f"{SECOND}-vpc-cni",
        f"{SECOND}-web-web-pods",
    } <= waits


def test_crds_need_no_nodes_and_come_before_the_cluster_joins(program: Engine) -> None:
    widgets = program[CRD][f"{FIRST}:CustomResourceDefinition.apiextensions.k8s.io:{WIDGETS}"]
    assert not {name for name in widgets.depends_on if "nodes" in name or "coredns" in name}
    assert widgets.inputs["metadata"]["annotations"]["pulumi.com/waitFor"] == "condition=Established"
    assert "A Widget." not in str(widgets.inputs), "descriptions are most of a CRD's size"
    (member,) = (one for one in program[MEMBER].values() if one.inputs["metadata"]["name"] == FIRST)
    assert widgets.name in member.depends_on


def test_a_type_that_a_chart_brings_is_federated_after_it_is_everywhere(program: Engine) -> None:
    config = program["kubernetes:core.kubefed.io/v1beta1:FederatedTypeConfig"][f"{WIDGETS}-config"]
    assert config.inputs["spec"]["targetType"]["kind"] == "Widget"
    assert {name for name in config.depends_on if WIDGETS in name} >= {
        f"{cluster}:CustomResourceDefinition.apiextensions.k8s.io:{WIDGETS}" for cluster in (FIRST, SECOND)
    }
    assert [*program.read] == [one for one in program.read if one.type != CRD], "nothing is looked up"


def test_a_chart_s_role_has_its_statements_in_a_policy_of_its_own(program: Engine) -> None:
    policies = program["aws:iam/rolePolicy:RolePolicy"]
    (policy,) = (one for name, one in policies.items() if name == f"{SECOND}-web-web-pods-own")
    assert '"s3:GetObject"' in policy.inputs["policy"]
    association = program["aws:eks/podIdentityAssociation:PodIdentityAssociation"][f"{SECOND}-web-web-pods"]
    assert policy.name in association.depends_on


def test_a_manifest_s_objects_come_in_order_after_the_entry_that_it_needs(program: Engine) -> None:
    objects = named(program, f"{SECOND}:")
    namespace, deployment = objects[f"{SECOND}:Namespace:web"], objects[f"{SECOND}:Deployment.apps:web/operator"]
    gadget = objects[f"{SECOND}:Gadget.example.org:one"]
    gadgets = objects[f"{SECOND}:CustomResourceDefinition.apiextensions.k8s.io:{GADGETS}"]
    for one in (namespace, gadgets):
        assert f"{SECOND}-web-release" in one.depends_on
    assert f"{SECOND}-nodes" not in gadgets.depends_on
    assert {namespace.name, gadgets.name, f"{SECOND}-nodes"} <= deployment.depends_on
    assert {deployment.name, gadgets.name} <= gadget.depends_on
    assert deployment.type == "kubernetes:apps/v1:Deployment"
    assert not [name for name in named(program, f"{FIRST}:") if "web/operator" in name]


def test_every_object_has_the_stack_s_field_manager(program: Engine) -> None:
    for one in named(program, f"{SECOND}:").values():
        manager = one.inputs["metadata"]["annotations"]["pulumi.com/patchFieldManager"]
        assert manager == "federated-eks/test"


def test_a_manifest_s_objects_are_named_without_their_entry(program: Engine) -> None:
    assert not [name for name in named(program, f"{SECOND}:") if "gadgets:" in name]
    (manifest,) = program["federated-eks:index:Manifest"].values()
    assert manifest.name == f"{SECOND}-gadgets"
    assert named(program, f"{SECOND}:")[f"{SECOND}:Namespace:web"].parent == manifest.name


def test_a_config_map_that_changes_is_not_taken_away_from_the_pods_that_read_it(program: Engine) -> None:
    for cluster in (FIRST, SECOND):
        provider = program["pulumi:providers:kubernetes"][f"{cluster}-kubernetes"].inputs
        assert (provider["enableConfigMapMutable"], provider["enableSecretMutable"]) == ("true", "true")


def test_what_a_manifest_s_secret_holds_is_secret_in_the_state(program: Engine) -> None:
    secret = program["kubernetes:core/v1:Secret"][f"{SECOND}:Secret:web/operator"]
    assert rpc.is_rpc_secret(secret.inputs["stringData"])


def test_a_fleet_without_charts_and_manifests_has_nothing_more() -> None:
    program = run_program({"clusters": TWO})
    assert not program["federated-eks:index:Software"]


def failed(operation: str, *errors: str) -> pulumi.ErrorHookArgs:
    return pulumi.ErrorHookArgs("urn", "", f"{SECOND}-web-release", RELEASE, None, None, None, operation, [*errors])


@pytest.mark.parametrize(("operation", "verb"), [("create", "created"), ("update", "changed"), ("delete", "deleted")])
def test_an_entry_that_fails_is_told_with_its_cluster(
    program: Engine, operation: str, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", said.append)
    hook: Any = program.error_hooks[f"{SECOND}-web-failed"]
    assert asyncio.run(hook.callback(failed(operation, "context deadline\nexceeded", "an older one"))) is False
    assert said == [
        f"charts: web failed in {SECOND}: Release was not {verb} (context deadline exceeded); the other entries and "
        "clusters stay as they are: remove the cause, and run the update again"
    ]
    assert [*program[RELEASE][f"{SECOND}-web-release"].hooks.values()] == [(f"{SECOND}-web-failed",)]


def test_an_object_that_fails_is_told_by_its_kind_and_name() -> None:
    name = f"{SECOND}:Deployment.apps:web/operator"
    failure = pulumi.ErrorHookArgs("urn", "", name, "kubernetes:apps/v1:Deployment", None, None, None, "create", [])
    assert message("manifests", "base", SECOND, failure).startswith(
        f"manifests: base failed in {SECOND}: Deployment.apps:web/operator was not created (the provider gives no"
    )
