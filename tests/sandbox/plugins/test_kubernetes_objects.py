"""Kubernetes objects through the real engine, on a real API server."""

from __future__ import annotations

import pytest

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
    copy = k.core.v1.ConfigMap("copy", metadata={"namespace": namespace.metadata.name}, data={"a": "1"})
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
    assert kube.outputs()["token"]
    assert kube.up().changes == {}
    assert kube.refresh().changes == {}
    assert kube.preview().changes == {}
    name = kube.outputs()["namespace"]
    destroyed = kube.destroy()
    assert destroyed.ok, destroyed.text
    assert name not in [found["metadata"]["name"] for found in cluster.api.get("/api/v1/namespaces")["items"]]
