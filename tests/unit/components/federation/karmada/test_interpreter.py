"""The health of custom types over Karmada, and the arguments that don't say it."""

import json
from typing import Any

import pytest
from lupa.lua51 import LuaRuntime

from components.federation import Host, TypeHealth, TypeHealthArgs, diagnosis, served
from tests.unit.components.federation.karmada.fleet import SERVED
from tests.unit.engine import Registered, run

pytestmark = pytest.mark.unit

INTERPRETER = "kubernetes:config.karmada.io/v1alpha1:ResourceInterpreterCustomization"


@pytest.fixture(autouse=True)
def fleet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host whose API server is Karmada's."""
    monkeypatch.setattr(served, "ask", lambda _: SERVED)
    monkeypatch.setattr(diagnosis, "connect", lambda _: None)
    monkeypatch.setattr(diagnosis, "listed", lambda *_: [])


def interpreter(api_version: str, kind: str, **more: Any) -> Registered:
    """The object that is registered for a type's health."""

    def declare() -> None:
        host = Host.by_kubeconfig(json.dumps({"current-context": "karmada"}))
        TypeHealth("health", TypeHealthArgs(host=host, api_version=api_version, kind=kind, **more))

    (found,) = run(declare)[INTERPRETER].values()
    return found


def test_a_type_s_interpreter_has_its_name_and_the_program_s_script() -> None:
    found = interpreter("monitoring.coreos.com/v1", "Prometheus", lua="function InterpretHealth(o) return true end")
    assert found.inputs["metadata"]["name"] == "prometheus.v1.monitoring.coreos.com"
    assert found.inputs["spec"] == {
        "target": {"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus"},
        "customizations": {
            "healthInterpretation": {"luaScript": "function InterpretHealth(o) return true end"},
        },
    }


def test_a_condition_becomes_a_script_that_reads_it_whatever_its_letters() -> None:
    found = interpreter("example.org/v1", "Widget", condition='Ready "1"')
    script = found.inputs["spec"]["customizations"]["healthInterpretation"]["luaScript"]
    assert r'if condition.type == "Ready \"1\"" then' in script


@pytest.mark.parametrize(
    ("status", "healthy"),
    [
        (None, False),
        ({}, False),
        ({"conditions": []}, False),
        ({"conditions": [{"type": "Ready", "status": "True"}]}, True),
        ({"conditions": [{"type": "Ready", "status": "False"}]}, False),
        ({"conditions": [{"type": "Other", "status": "True"}]}, False),
        ({"conditions": [{"type": "Other", "status": "False"}, {"type": "Ready", "status": "True"}]}, True),
        ({"conditions": [{"type": "Ready", "status": "True", "observedGeneration": 2}]}, True),
        ({"conditions": [{"type": "Ready", "status": "True", "observedGeneration": 1}]}, False),
    ],
)
def test_the_script_finds_an_object_healthy_by_its_condition_of_the_present_generation(
    status: dict[str, Any] | None, healthy: bool
) -> None:
    found = interpreter("example.org/v1", "Widget", condition="Ready")
    lua: Any = LuaRuntime(unpack_returned_tuples=False)
    lua.execute(found.inputs["spec"]["customizations"]["healthInterpretation"]["luaScript"])
    observed = {"metadata": {"generation": 2}, **({} if status is None else {"status": status})}
    assert lua.globals().InterpretHealth(lua.table_from(observed, recursive=True)) is healthy


@pytest.mark.parametrize("given", [{}, {"condition": "Available", "lua": "function"}])
def test_a_rule_is_a_condition_or_a_script(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"^Widget: condition .* and lua .* are set, and one of them decides"):
        interpreter("example.org/v1", "Widget", **given)
