"""What a real API server says that it serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.federation import served
from components.federation.karmada.usual_types import USUAL
from components.federation.served import Type
from sandbox.contract import ClusterKey
from tests.sandbox.clusters.fleet import HOST, MEMBER, Fleet

pytestmark = pytest.mark.kubernetes


@pytest.mark.parametrize("key", [HOST, MEMBER], ids=["newest", "oldest"])
def test_an_api_server_tells_its_types_by_kind(planes: Fleet, key: ClusterKey) -> None:
    found = served.ask(Path(planes.kubectl(key).kubeconfig).read_text(encoding="utf-8"))
    assert found.types["ConfigMap"] == (Type("", "v1", namespaced=True),)
    assert found.types["Deployment"] == (Type("apps", "apps/v1", namespaced=True),)
    assert found.types["HorizontalPodAutoscaler"] == (Type("autoscaling", "autoscaling/v2", namespaced=True),)
    assert found.types["ClusterRole"][0].namespaced is False
    assert {"", "apps", "rbac.authorization.k8s.io"} <= found.groups
    assert {kind: found.types[kind][:1] for kind in USUAL.types} == USUAL.types
