"""Requests to an API server that fail by the fault switch."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.clusters.client import Api, ApiError
from sandbox.clusters.manager import ControlPlaneManager
from sandbox.clusters.persistence import folder
from sandbox.faults.switch import Switch
from sandbox.paths import Paths
from tests.sandbox.clusters import fleet
from tests.sandbox.clusters.conftest import tools_linked
from tests.sandbox.clusters.fleet import HOST, Kubectl

pytestmark = pytest.mark.kubernetes

Rule = Callable[..., None]


class Fronted:
    """A cluster whose control plane has started while the fault switch was on."""

    def __init__(self, paths: Paths, scratch: Path) -> None:
        self.paths = paths
        self.rule()
        self.switch = Switch(paths.faults)
        self.manager = ControlPlaneManager(paths, fleet.identity(), self.switch)
        fleet.create(self.manager, HOST, version="1.36")
        fleet.await_ready(self.manager, HOST)
        self.kubectl = Kubectl(paths, self.endpoint, HOST, f"{HOST.name}:admin", scratch)
        self.api = Api(self.endpoint, folder(paths, HOST) / "ca.crt")

    @property
    def endpoint(self) -> str:
        """The URL that EKS shows."""
        return self.manager.status(HOST).endpoint

    def rule(self, **of: Any) -> None:
        """Let one rule of the cluster be all that the switch has; without arguments, none."""
        rules = [{"cluster": HOST.name, **of}] if of else []
        self.paths.faults.write_text(json.dumps({"clusters": rules}))

    def injected(self) -> int:
        """The faults of the rule so far."""
        return sum(one["times"] for one in self.switch.injected())


@pytest.fixture(scope="module")
def fronted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fronted]:
    made = Fronted(tools_linked(tmp_path_factory.mktemp("front")), tmp_path_factory.mktemp("scratch"))
    yield made
    made.manager.stop()


def test_what_does_not_fail_is_passed_on(fronted: Fronted) -> None:
    fronted.rule()
    fronted.kubectl("create", "configmap", "large", f"--from-literal=text={'x' * 100_000}")
    assert len(fronted.kubectl.json("configmap", "large")["data"]["text"]) == 100_000
    watched = fronted.kubectl("get", "configmaps", "--watch", "--request-timeout=2s", check=False)
    assert "large" in watched.stdout


def test_an_internal_error_is_the_api_servers_own(fronted: Fronted) -> None:
    fronted.rule(method="POST", path="/api/v1/namespaces", fault="error", first=1)
    failed = fronted.kubectl("create", "ns", "errors", check=False)
    assert "Error from server (InternalError)" in failed.stderr
    assert fronted.kubectl("get", "ns", "errors", check=False).returncode != 0
    fronted.kubectl("create", "ns", "errors")
    assert fronted.injected() == 1


def test_a_client_waits_and_asks_again_when_it_is_throttled(fronted: Fronted) -> None:
    fronted.rule(method="POST", path="/api/v1/namespaces", fault="throttle", first=2)
    begun = time.monotonic()
    fronted.kubectl("create", "ns", "throttled")
    assert time.monotonic() - begun >= 2
    assert fronted.injected() == 2


def test_a_connection_is_closed_without_a_response(fronted: Fronted) -> None:
    fronted.rule(path="/readyz", fault="refuse", first=1)
    with pytest.raises(ApiError) as caught:
        fronted.api.get("/readyz/ping")
    assert caught.value.status != 0
    assert not fronted.api.ready()
    assert fronted.api.ready()


def test_a_response_is_late(fronted: Fronted) -> None:
    fronted.rule(path="/readyz", fault="latency", seconds=1, first=1)
    begun = time.monotonic()
    assert fronted.api.ready()
    assert time.monotonic() - begun >= 1


def test_an_upgrade_keeps_the_switch_in_front(fronted: Fronted) -> None:
    fronted.rule()
    before = fronted.endpoint
    fleet.create(fronted.manager, HOST)
    fleet.await_ready(fronted.manager, HOST)
    assert fronted.endpoint == before
    assert fronted.kubectl("version", "-o", "json").stdout.count('"minor": "37"') >= 1
    fronted.rule(path="/readyz", fault="refuse", first=1)
    assert not fronted.api.ready()
    assert fronted.api.ready()
