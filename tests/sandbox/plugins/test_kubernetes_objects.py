"""Kubernetes objects through the real engine, on a real API server."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable

import pytest

from sandbox.clusters.client import ApiError
from tests.sandbox.plugins.conftest import Cluster
from tests.sandbox.plugins.engine import Stack

pytestmark = pytest.mark.kubernetes

NAMESPACED = """
    import pulumi
    import pulumi_kubernetes as k

    namespace = k.core.v1.Namespace("place")
    account = k.core.v1.ServiceAccount("account", metadata={"namespace": namespace.metadata.name})
    token = k.core.v1.Secret(
        "token",
        metadata={
            "namespace": namespace.metadata.name,
            "annotations": {"kubernetes.io/service-account.name": account.metadata.name},
        },
        type="kubernetes.io/service-account-token",
    )
    copy = k.core.v1.Secret(
        "copy", metadata={"namespace": namespace.metadata.name}, string_data={"a": "a very secret word"}
    )
    pulumi.export("token", token.data.apply(lambda data: data["token"]))
    pulumi.export("namespace", namespace.metadata.name)
"""


def test_objects_come_up_stay_as_they_are_and_go(kube: Stack, cluster: Cluster) -> None:
    kube.program(NAMESPACED)
    preview = kube.preview()
    assert preview.ok, preview.text
    up = kube.up()
    assert up.ok, up.text
    assert up.changes == preview.changes == {"create": 5}
    outputs = kube.outputs()
    assert outputs["token"]
    assert outputs["namespace"].startswith("place-")
    state = json.dumps(kube.resources())
    assert "a very secret word" not in state
    assert outputs["token"] not in state
    assert kube.up().changes == {}
    assert kube.refresh().changes == {}
    assert kube.preview().changes == {}
    destroyed = kube.destroy()
    assert destroyed.ok, destroyed.text
    left = [found["metadata"]["name"] for found in cluster.api.get("/api/v1/namespaces")["items"]]
    assert outputs["namespace"] not in left


CONFIG_MAP = """
    import pulumi_kubernetes as k
    k.core.v1.ConfigMap("words", metadata=METADATA, data={"a": "VALUE"})
"""


def config_map(stack: Stack, metadata: str, value: str) -> Stack:
    return stack.program(CONFIG_MAP.replace("METADATA", metadata).replace("VALUE", value))


def test_a_generated_name_is_kept_and_the_data_of_a_config_map_means_a_new_one(kube: Stack) -> None:
    words = "kubernetes:core/v1:ConfigMap words"
    assert config_map(kube, '{"labels": {"x": "1"}}', "1").up().ok
    first = kube.resources()[words]["id"]
    assert config_map(kube, '{"labels": {"x": "2"}}', "1").up().changes == {"update": 1}
    assert kube.resources()[words]["id"] == first
    assert config_map(kube, '{"labels": {"x": "2"}}', "2").up().changes == {"replace": 1}
    second = kube.resources()[words]["id"]
    assert second != first
    assert kube.destroy().ok


def test_a_named_object_is_deleted_before_its_replacement_comes(kube: Stack, cluster: Cluster) -> None:
    assert config_map(kube, '{"name": "named"}', "1").up().ok
    uid = cluster.api.get("/api/v1/namespaces/default/configmaps/named")["metadata"]["uid"]
    replaced = config_map(kube, '{"name": "named"}', "2").up()
    assert replaced.ok, replaced.text
    found = cluster.api.get("/api/v1/namespaces/default/configmaps/named")
    assert found["metadata"]["uid"] != uid
    assert found["data"] == {"a": "2"}
    assert kube.destroy().ok


def test_an_object_that_is_there_already_is_refused_and_taken_over_on_demand(kube: Stack, cluster: Cluster) -> None:
    there = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "there"}, "data": {"b": "2"}}
    cluster.api.create("/api/v1/namespaces/default/configmaps", there)
    config_map(kube, '{"name": "there", "namespace": "default"}', "1")
    refused = kube.up()
    assert not refused.ok
    assert "ConfigMap default/there already exists in the cluster" in refused.text
    kube.env["PULUMI_K8S_UPSERT_EXISTING_OBJECTS"] = "true"
    assert kube.up().ok
    assert cluster.api.get("/api/v1/namespaces/default/configmaps/there")["data"] == {"a": "1", "b": "2"}
    assert kube.destroy().ok


def test_a_change_from_outside_is_seen_by_refresh_and_put_right_by_up(kube: Stack, cluster: Cluster) -> None:
    assert config_map(kube, '{"name": "drifting", "labels": {"x": "1"}}', "1").up().ok
    path = "/api/v1/namespaces/default/configmaps/drifting"
    cluster.api.patch(path, {"metadata": {"labels": {"x": "2", "mine": "yes"}}})
    assert kube.refresh().changes == {"update": 1}
    kube.env["PULUMI_K8S_ENABLE_PATCH_FORCE"] = "true"
    assert kube.up().changes == {"update": 1}
    assert cluster.api.get(path)["metadata"]["labels"] == {"x": "1", "mine": "yes"}
    cluster.api.delete(path)
    assert kube.refresh().changes == {"delete": 1}
    assert kube.up().changes == {"create": 1}
    assert kube.destroy().ok


def test_an_object_is_imported(kube: Stack, cluster: Cluster) -> None:
    there = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "imported"}, "data": {"a": "1"}}
    cluster.api.create("/api/v1/namespaces/default/configmaps", there)
    imported = kube.run(
        "import", "kubernetes:core/v1:ConfigMap", "words", "default/imported", "--yes", "--protect=false"
    )
    resource = kube.resources()["kubernetes:core/v1:ConfigMap words"]
    assert resource["inputs"]["data"] == {"a": "1"}, imported.text
    config_map(kube, '{"name": "imported", "namespace": "default"}', "1")
    assert kube.preview().changes == {}
    assert kube.destroy().ok


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ('k.core.v1.ConfigMapPatch("x", metadata={"name": "x"})', "core/v1:ConfigMapPatch is not in the sandbox's"),
        (
            'k.core.v1.ConfigMap("x", metadata={"lables": {}})',
            "unknown input 'metadata.lables'; did you mean 'labels'?",
        ),
        ('k.core.v1.Pod.get("x", "nowhere/there")', "nowhere/there"),
        ('k.Provider("x", kube_client_settings={"qps": 1})', "setting 'kubeClientSettings' of the provider is not in"),
    ],
)
def test_what_the_stand_in_does_not_have_is_refused_by_name(kube: Stack, program: str, said: str) -> None:
    preview = kube.program(f"import pulumi, pulumi_kubernetes as k\n{program}\n").preview()
    assert not preview.ok
    assert said in preview.text
    assert "Traceback" not in preview.text


GADGETS = """
    import pulumi
    import pulumi_kubernetes as k

    crd = k.apiextensions.v1.CustomResourceDefinition(
        "gadgets",
        metadata={"name": "gadgets.example.com"},
        spec={
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": "gadgets", "singular": "gadget", "kind": "Gadget"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "open_apiv3_schema": {
                            "type": "object",
                            "properties": {
                                "spec": {"type": "object", "x_kubernetes_preserve_unknown_fields": True},
                                "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                            },
                        }
                    },
                }
            ],
        },
    )
    k.apiextensions.CustomResource(
        "gadget",
        api_version="example.com/v1",
        kind="Gadget",
        metadata={"name": "gadget", "annotations": {"pulumi.com/waitFor": "condition=Ready"}},
        spec={"size": SIZE},
        opts=pulumi.ResourceOptions(
            depends_on=[crd], custom_timeouts=pulumi.CustomTimeouts(create="WAIT", update="WAIT", delete="DELETE")
        ),
    )
"""
"""A custom resource in a namespace, and its definition."""
GADGET = "/apis/example.com/v1/namespaces/default/gadgets/gadget"


def gadget(stack: Stack, size: int = 1, *, wait: str = "2s", delete: str = "2m") -> Stack:
    """The stack with a gadget.

    Its deletion waits for the garbage collector, which looks for new kinds every 30 s only (kube-controller-manager,
    cmd/kube-controller-manager/app/core.go).
    """
    return stack.program(GADGETS.replace("SIZE", str(size)).replace("WAIT", wait).replace("DELETE", delete))


def status(cluster: Cluster, ready: str) -> None:
    condition = {"type": "Ready", "status": ready, "reason": "Springs", "message": "a spring is loose"}
    cluster.api.patch(GADGET, {"status": {"conditions": [condition]}})


def test_a_custom_resource_is_waited_for_and_its_own_reason_is_shown(kube: Stack, cluster: Cluster) -> None:
    gadget(kube)
    preview = kube.preview()
    assert preview.changes == {"create": 3}, preview.text
    failed = kube.up()
    assert not failed.ok
    assert (
        "resource default/gadget was successfully created, but the Kubernetes API server reported that it"
        in failed.text
    )
    assert "it has no condition Ready" in failed.text
    status(cluster, "False")
    again = kube.up()
    assert not again.ok
    assert "Ready is not True: Ready=False (Springs: a spring is loose)" in again.text
    unhealthy = kube.refresh()
    assert "Refreshed resource is in an unhealthy state" in unhealthy.text
    status(cluster, "True")
    taken_up = kube.up()
    assert taken_up.ok, taken_up.text
    assert kube.up().changes == {}
    assert gadget(kube, size=2).up().changes == {"update": 1}
    assert cluster.api.get(GADGET)["spec"] == {"size": 2}
    destroyed = kube.destroy()
    assert destroyed.ok, destroyed.text


def test_an_object_that_is_held_says_by_what(kube: Stack, cluster: Cluster) -> None:
    gadget(kube, delete="2s").up()  # fails, for nobody makes it ready
    cluster.api.patch(GADGET, {"metadata": {"finalizers": ["example.com/brake"]}})
    held = kube.destroy()
    assert not held.ok
    assert "Gadget default/gadget is still there after 2 s: it is held by example.com/brake" in held.text
    cluster.api.patch(GADGET, {"metadata": {"finalizers": []}})
    assert kube.destroy().ok
    with pytest.raises(ApiError):
        cluster.api.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.example.com")


def test_a_deployment_is_ready_when_its_pods_are(kube: Stack) -> None:
    kube.program(
        """
        import pulumi, pulumi_kubernetes as k
        labels = {"app": "web"}
        k.apps.v1.Deployment(
            "web",
            metadata={"annotations": {"pulumi.com/timeoutSeconds": "3"}},
            spec={
                "selector": {"match_labels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "web"}]}},
            },
        )
        """
    )
    failed = kube.up()  # the control plane has no node
    assert not failed.ok
    assert "0 of 1 pods are ready: Available=False (MinimumReplicasUnavailable" in failed.text
    assert kube.destroy().ok


def test_objects_of_a_cluster_that_is_gone_are_forgotten_on_demand(
    stacks: Callable[..., Stack], cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    config = tmp_path_factory.mktemp("kube") / "config"
    config.write_text(cluster.kubeconfig.read_text())
    stack = config_map(stacks({"KUBECONFIG": str(config)}), '{"name": "far"}', "1")
    assert stack.up().ok
    config.write_text(cluster.kubeconfig.read_text().replace(cluster.server, "https://127.0.0.1:1"))
    lost = stack.destroy()
    assert not lost.ok
    assert "does not answer" in lost.text
    assert "set deleteUnreachable on its provider" in lost.text
    stack.env["PULUMI_K8S_DELETE_UNREACHABLE"] = "true"
    assert stack.destroy().ok
    cluster.api.delete("/api/v1/namespaces/default/configmaps/far")


def test_ctrl_c_while_something_is_waited_for_loses_nothing(kube: Stack, cluster: Cluster) -> None:
    gadget(kube, wait="90s")
    with kube.begin("up", "--yes", "--skip-preview") as pulumi:
        assert pulumi.stdout
        for line in pulumi.stdout:
            if "it has no condition Ready" in line:
                break
        os.killpg(pulumi.pid, signal.SIGINT)
        rest = pulumi.stdout.read()
    assert pulumi.returncode, rest
    assert "stopped while waiting" in rest
    assert kube.resources()["kubernetes:example.com/v1:Gadget gadget"]["initErrors"] == ["stopped while waiting"]
    status(cluster, "True")
    assert kube.up().ok
    assert kube.destroy().ok
