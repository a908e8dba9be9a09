"""What the stand-in for Kubernetes replaces and how it deletes, as the official plugin (diff.go, provider.go)."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2 as pb

from sandbox.plugins.kubernetes.checkpoint import checkpoint
from sandbox.plugins.kubernetes.object import KubernetesObject
from sandbox.plugins.kubernetes.provider import Kubernetes
from sandbox.plugins.provider import Call, Shape
from sandbox.plugins.provider.service import Service
from sandbox.plugins.provider.values import UNKNOWN, Secret, marshal, unmarshal
from tests.sandbox.plugins.test_kubernetes_checks import CONTEXT

pytestmark = pytest.mark.unit

Inputs = dict[str, Any]


def object(version: str, kind: str, **fields: Any) -> Inputs:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "x", "namespace": "place"}, **fields}


def diff(old: Inputs, new: Inputs, settings: Inputs | None = None) -> pb.DiffResponse:
    service = Service(Kubernetes(), "")
    service.Configure(pb.ConfigureRequest(args=marshal(settings or {})), CONTEXT)
    version = old["apiVersion"] if "/" in old["apiVersion"] else f"core/{old['apiVersion']}"
    urn = f"urn:pulumi:dev::tiny::kubernetes:{version}:{old['kind']}::x"
    request = pb.DiffRequest(urn=urn, old_inputs=marshal(old), olds=marshal(old), news=marshal(new))
    return service.Diff(request, CONTEXT)


CLAIM = {"accessModes": ["ReadWriteOnce"], "storageClassName": "gp3", "resources": {"requests": {"storage": "1Gi"}}}
VOLUME = {"capacity": {"storage": "1Gi"}, "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"}}
POD = {"containers": [{"name": "x", "image": "x:1"}], "activeDeadlineSeconds": 10}


@pytest.mark.parametrize(
    ("old", "changed", "replaced"),
    [
        pytest.param(
            object("v1", "PersistentVolumeClaim", spec=CLAIM),
            {"spec": {**CLAIM, "resources": {"requests": {"storage": "2Gi"}}}},
            [],
            id="a claim grows",
        ),
        pytest.param(
            object("v1", "PersistentVolumeClaim", spec=CLAIM),
            {"spec": {**CLAIM, "storageClassName": "gp2"}},
            ["spec.storageClassName"],
            id="a claim's class",
        ),
        pytest.param(
            object("v1", "PersistentVolume", spec=VOLUME),
            {"spec": {**VOLUME, "csi": {**VOLUME["csi"], "volumeHandle": "vol-2"}}},
            ["spec.csi.volumeHandle"],
            id="a volume's source",
        ),
        pytest.param(
            object("v1", "PersistentVolume", spec=VOLUME),
            {"spec": {**VOLUME, "capacity": {"storage": "2Gi"}}},
            [],
            id="a volume's size",
        ),
        pytest.param(
            object("v1", "Pod", spec=POD), {"spec": {**POD, "activeDeadlineSeconds": 5}}, [], id="a pod's end"
        ),
        pytest.param(
            object("v1", "Pod", spec=POD),
            {"spec": {**POD, "containers": [{"name": "x", "image": "x:2"}]}},
            ["spec.containers[0].image"],
            id="a pod's image",
        ),
        pytest.param(object("v1", "Pod", spec=POD), {"spec": {**POD, "nodeName": "n"}}, ["spec.nodeName"], id="a node"),
    ],
)
def test_an_object_is_replaced_for_the_official_fields(old: Inputs, changed: Inputs, replaced: list[str]) -> None:
    response = diff(old, {**old, **changed})
    assert response.changes == pb.DiffResponse.DIFF_SOME
    assert list(response.replaces) == replaced


@pytest.mark.parametrize(
    ("changed", "replaced"), [({"type": "kubernetes.io/tls"}, ["type"]), ({"data": {"a": "Yg=="}}, [])]
)
def test_a_secret_that_may_change_is_replaced_for_its_type_alone(changed: Inputs, replaced: list[str]) -> None:
    secret = object("v1", "Secret", type="Opaque", data={"a": "YQ=="})
    response = diff(secret, {**secret, **changed}, {"enableSecretMutable": "true"})
    assert list(response.replaces) == replaced


@pytest.mark.parametrize(
    ("old", "replaced"),
    [
        (object("v1", "ConfigMap"), ["metadata.namespace"]),
        ({**object("v1", "ConfigMap"), "metadata": {"name": "x", "namespace": "default"}}, []),
        ({**object("v1", "ConfigMap"), "metadata": {"name": "x"}}, []),
        ({**object("v1", "Namespace"), "metadata": {"name": "x"}}, []),
    ],
)
def test_an_unknown_namespace_is_the_default_one(old: Inputs, replaced: list[str]) -> None:
    new = {**old, "metadata": {**old["metadata"], "namespace": UNKNOWN}}
    assert list(diff(old, new).replaces) == replaced


def test_unknown_metadata_is_a_change() -> None:
    """The engine asks so about what depends on the target of a `pulumi destroy --target-dependents`."""
    old = object("v1", "ConfigMap")
    assert diff(old, {**old, "metadata": UNKNOWN}).changes == pb.DiffResponse.DIFF_SOME


def test_a_schemas_extensions_are_spelled_as_kubernetes_does() -> None:
    schema = {"openAPIV3Schema": {"type": "object", "x_kubernetes_preserve_unknown_fields": True}}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "gadgets.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Cluster",
            "names": {"plural": "gadgets", "kind": "Gadget"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }
    urn = "urn:pulumi:dev::tiny::kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition::x"
    response = Service(Kubernetes(), "").Check(pb.CheckRequest(urn=urn, news=marshal(crd)), CONTEXT)
    assert not response.failures
    (version,) = unmarshal(response.inputs)["spec"]["versions"]
    assert version["schema"]["openAPIV3Schema"] == {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


class Recording:
    """A cluster that notes how objects are deleted."""

    def __init__(self) -> None:
        self.api = self
        self.propagation: list[str] = []

    def delete(self, object: Inputs, propagation: str) -> bool:
        self.propagation.append(propagation)
        return True


@pytest.mark.parametrize(
    ("custom", "annotations", "propagation"),
    [(False, {}, "Foreground"), (True, {}, "Foreground"), (True, {"deletionPropagationPolicy": "orphan"}, "Orphan")],
)
def test_dependents_are_deleted_first(custom: bool, annotations: dict[str, str], propagation: str) -> None:
    named = {f"pulumi.com/{name}": value for name, value in annotations.items()}
    state = {**object("v1", "ConfigMap"), "metadata": {"name": "x", "annotations": named}}
    cluster = Recording()
    call: Call[Any] = Call(client=cluster, urn="", name="x", type="", shape=Shape("", {}, {}), state=state)
    KubernetesObject(custom).delete(call)
    assert cluster.propagation == [propagation]


def test_the_inputs_beside_an_object_are_a_secret() -> None:
    secret = object("types.kubefed.io/v1beta1", "FederatedSecret", spec={"template": {"stringData": {"a": "sesame"}}})
    assert checkpoint(secret, secret, "fleet")["__inputs"] == Secret(secret)
