"""The engine of a host."""

import json
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

from components.federation import Host, served
from components.federation.karmada.engine import KarmadaEngine
from components.federation.karmada.kubeconfig import kubeconfig
from components.federation.karmada.usual_types import USUAL
from components.federation.kubefed.engine import KubeFedEngine
from components.federation.served import Served
from tests.unit.components.federation.karmada.fleet import SERVED
from tests.unit.engine import Engine, run

pytestmark = pytest.mark.unit

FLEET = {"kubeconfig": json.dumps({"current-context": "fleet-1"})}
MARKED = {"kubeconfig": kubeconfig("https://a", "PEM", "a", {"token": "secret"})}


def host(outputs: dict[str, str] = FLEET) -> tuple[list[Host], Engine]:
    """The host of a fleet's stack, and what was registered."""
    found: list[Host] = []

    def declare() -> None:
        fleet = pulumi.StackReference("organization/federated-eks/test")
        found.append(Host.by_kubeconfig(fleet.require_output("kubeconfig")))

    engine = Engine()
    engine.standing = outputs
    return found, run(declare, engine)


def kubefed(_: str) -> Served:
    return Served(types={}, groups=frozenset({"", "types.kubefed.io"}))


def silent(_: str) -> Served:
    raise ConnectionError("no route")


@pytest.mark.parametrize(
    ("ask", "engine", "reason"),
    [
        (lambda _: SERVED, KarmadaEngine, "karmada-reason"),
        (kubefed, KubeFedEngine, "kubefed-reason"),
        (silent, KubeFedEngine, "kubefed-reason"),
    ],
)
def test_a_host_has_the_engine_that_its_api_server_tells(
    monkeypatch: pytest.MonkeyPatch, ask: Any, engine: type, reason: str
) -> None:
    monkeypatch.setattr(served, "ask", ask)
    (found,), registered = host()
    assert isinstance(found.engine, engine)
    assert [*registered.error_hooks] == [reason]
    provider = registered["pulumi:providers:kubernetes"]["fleet"]
    assert rpc.is_rpc_secret(provider.inputs["kubeconfig"])


def test_the_api_server_is_asked_by_the_kubeconfig_of_the_fleet_s_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(served, "ask", lambda kubeconfig: asked.append(kubeconfig) or SERVED)
    host()
    assert asked == [FLEET["kubeconfig"]]


@pytest.mark.parametrize(("ask", "known"), [(lambda _: SERVED, SERVED), (kubefed, kubefed("")), (silent, USUAL)])
def test_a_kubeconfig_with_karmada_s_mark_is_karmada_s_whatever_its_api_server_says(
    monkeypatch: pytest.MonkeyPatch, ask: Any, known: Served
) -> None:
    monkeypatch.setattr(served, "ask", ask)
    (found,), registered = host(MARKED)
    assert isinstance(found.engine, KarmadaEngine)
    assert found.engine.served == known
    assert registered["pulumi:providers:kubernetes"]["fleet"].inputs["clusterIdentifier"] == "karmada"
