"""Manifests as `kubectl apply -f` reads them."""

import pytest
import yaml

from components.software.objects import Object, parse, phases
from tests.unit.components.software.served import crd

pytestmark = pytest.mark.unit


def written(*objects: object) -> str:
    return yaml.safe_dump_all(objects)


def keys(text: str) -> list[str]:
    return [str(object.key) for object in parse(text)]


def test_documents_lists_and_empty_documents_are_read() -> None:
    text = """
---
# nothing but a comment
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: web}}
- apiVersion: v1
  kind: ConfigMapList
  items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: one, namespace: web}}]
---
{}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: two}
"""
    assert keys(text) == ["Namespace web", "ConfigMap web/one", "Deployment.apps two"]


def test_what_only_an_api_server_sets_is_left_out() -> None:
    (object,) = parse("{apiVersion: v1, kind: Pod, metadata: {name: a, creationTimestamp: null}, status: {phase: Up}}")
    assert object.body == {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}


def test_a_cluster_scoped_and_a_namespaced_object_of_one_name_are_two() -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "viewer"}}
    issuers = [
        {"apiVersion": f"{group}/v1", "kind": "Issuer", "metadata": {"name": "viewer", **namespace}}
        for group, namespace in (("a.org", {}), ("b.org", {}), ("b.org", {"namespace": "web"}))
    ]
    text = written({**role, "kind": "ClusterRole"}, {**role, "kind": "Role"}, *issuers)
    assert len(set(keys(text))) == 5


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("just text", "a document of it has no apiVersion and kind, so it is no object of Kubernetes"),
        ("{kind: Pod, metadata: {name: a}}", "no apiVersion and kind"),
        ("{apiVersion: v1, kind: Pod, metadata: {generateName: a-}}", "a Pod of it has no metadata.name, which"),
        ("{apiVersion: v1, kind: Pod}", "a Pod of it has no metadata.name"),
        ("a: [", "line 2"),
        (
            "{apiVersion: v1, kind: Pod, metadata: {name: a}}\n---\n"
            "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: default}}",
            "it has Pod a twice",
        ),
    ],
)
def test_what_is_no_manifest_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(text)


def test_an_object_of_another_version_has_the_same_place() -> None:
    old, new = (
        Object({"apiVersion": f"autoscaling/{version}", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}})
        for version in ("v1", "v2")
    )
    assert old.key == new.key
    assert (old.token, new.token) == tuple(f"kubernetes:autoscaling/v{n}:HorizontalPodAutoscaler" for n in (1, 2))
    assert Object({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}).token == "kubernetes:core/v1:Pod"


def test_objects_come_in_the_order_in_which_they_need_each_other() -> None:
    found = parse(
        written(
            {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": "web"}},
            {
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": "ValidatingWebhookConfiguration",
                "metadata": {"name": "hook"},
            },
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "operator", "namespace": "web"}},
            {"apiVersion": "other.org/v1", "kind": "Widget", "metadata": {"name": "of-another-entry"}},
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "web"}},
            crd("widgets", "Widget"),
        )
    )
    assert [[object.key.name for object in phase] for phase in phases(found)] == [
        ["web"],
        ["operator", "of-another-entry"],
        ["hook"],
        ["w"],
    ]
