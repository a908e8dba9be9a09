"""What people run against a fleet with Karmada: the map, and new tokens."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.fleet.live import Fleet
from tests.sandbox.karmada.clusters import HOST, NAMESPACE, OTHER, clusters
from tests.unit.ops.map.markup import Words

pytestmark = pytest.mark.fleet

WEB: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "List",
    "items": [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "default"},
            "spec": {
                "replicas": 3,
                "selector": {"matchLabels": {"app": "web"}},
                "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {"containers": [{"name": "web", "image": "nginx"}]},
                },
            },
        },
        {
            "apiVersion": "policy.karmada.io/v1alpha1",
            "kind": "PropagationPolicy",
            "metadata": {"name": "web", "namespace": "default"},
            "spec": {
                "resourceSelectors": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}],
                "placement": {"clusterAffinity": {"clusterNames": [OTHER]}},
            },
        },
    ],
}


@pytest.fixture(scope="module")
def web(karmada: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Generator[None, None, None]:
    """A Deployment in the second cluster."""
    file = tmp_path_factory.mktemp("web") / "web.json"
    file.write_text(json.dumps(WEB))
    karmada.kubectl("karmada", "apply", "-f", str(file))
    until(lambda: reported(karmada) == 3)
    yield
    karmada.kubectl("karmada", "delete", "-f", str(file))


def until(done: Callable[[], bool], seconds: float = 240) -> None:
    """Wait."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(2)


def reported(fleet: Fleet) -> int:
    """The replicas of the Deployment that Karmada knows in the member, by its watch."""
    found = fleet.kubectl("karmada", "get", "resourcebinding", "web-deployment", "-o", "json", check=False)
    binding = json.loads(found.stdout) if found.returncode == 0 else {}
    items = binding.get("status", {}).get("aggregatedStatus") or [{}]
    return (items[0].get("status") or {}).get("replicas", 0) if items[0].get("health") == "Healthy" else 0


@pytest.mark.usefixtures("web")
def test_the_map_shows_the_clusters_and_where_a_workload_runs(karmada: Fleet, tmp_path: Path) -> None:
    file = tmp_path / "fleet.html"
    assert "1 federated object" in karmada.ops("map", "--output", str(file)).stdout
    shown = str(Words(file.read_text()))
    assert "All is well" in shown
    assert shown.count("\N{CHECK MARK} READY") == 2
    assert "default web Deployment in place \N{EN DASH} 3" in shown


def token_of(fleet: Fleet, secret: str, namespace: str) -> str:
    """A token in a Secret in Karmada."""
    found = fleet.kubectl("karmada", "-n", namespace, "get", "secret", secret, "-o", "json").stdout
    return base64.b64decode(json.loads(found)["data"]["token"]).decode()


def works(fleet: Fleet, context: str, token: str) -> bool:
    """Whether an API server lets the bearer of a token in."""
    config = json.loads(fleet.checkout.run("kubectl", "config", "view", "--raw", "-o", "json").stdout)
    (server,) = (one["cluster"]["server"] for one in config["clusters"] if one["name"] == context)
    argv = ("kubectl", "auth", "whoami", "--token", token, "--server", server, "--insecure-skip-tls-verify")
    return fleet.checkout.run(*argv, check=False, env={"KUBECONFIG": "/dev/null"}).returncode == 0


@pytest.mark.usefixtures("web")
def test_a_rotation_replaces_every_token_and_karmada_still_sees_what_changes(karmada: Fleet) -> None:
    # karmada-io/karmada#7562.
    member = token_of(karmada, OTHER, "karmada-cluster")
    programs = token_of(karmada, "federated-eks-programs", NAMESPACE)
    rotated = karmada.ops("rotate", "--yes").stdout
    for name in (HOST, OTHER):
        assert f"{name}: Ready by the token in Secret karmada-cluster/{name}.2; the old account is deleted" in rotated
    assert "karmada: Ready by the token in Secret karmada-system/federated-eks-programs.2" in rotated
    until(lambda: not works(karmada, OTHER, member) and not works(karmada, "karmada", programs))
    karmada.take_kubeconfig()
    found = clusters(karmada)
    assert {name: one["spec"]["secretRef"]["name"] for name, one in found.items()} == {
        HOST: f"{HOST}.2",
        OTHER: f"{OTHER}.2",
    }
    assert karmada.preview() == []
    karmada.kubectl("karmada", "scale", "deployment", "web", "--replicas", "5")
    until(lambda: reported(karmada) == 5)
