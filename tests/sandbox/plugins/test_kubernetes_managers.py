"""Who manages an object's fields: a random manager that is in the state alone, and a fixed one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.plugins.conftest import Cluster
from tests.sandbox.plugins.engine import Stack

pytestmark = pytest.mark.kubernetes

ACCOUNT = "kubernetes:core/v1:ServiceAccount account"
PATH = "/api/v1/namespaces/default/serviceaccounts/account"
PROGRAM = """
    import pulumi_kubernetes as k
    k.core.v1.ServiceAccount("account", metadata=METADATA)
"""


def account(stack: Stack, labels: dict[str, str], manager: str = "") -> Stack:
    annotations = {"annotations": {"pulumi.com/patchFieldManager": manager}} if manager else {}
    metadata = {"name": "account", "namespace": "default", "labels": labels, **annotations}
    return stack.program(PROGRAM.replace("METADATA", repr(metadata)))


def inputs(stack: Stack) -> dict[str, Any]:
    """Those that are kept beside the object, a secret."""
    return json.loads(stack.resources(secrets=True)[ACCOUNT]["outputs"]["__inputs"]["plaintext"])


def managers(cluster: Cluster) -> set[str]:
    return {entry["manager"] for entry in cluster.api.get(PATH)["metadata"]["managedFields"]}


@pytest.fixture
def taking_over(kube: Stack) -> Stack:
    kube.env["PULUMI_K8S_UPSERT_EXISTING_OBJECTS"] = "true"
    return kube


def changes(stack: Stack) -> dict[str, int]:
    up = stack.up()
    assert up.ok, up.text
    return up.changes


def lose(stack: Stack) -> None:
    """The state of an update that was killed amid the creation."""
    urn = stack.resources()[ACCOUNT]["urn"]
    lost = stack.run("state", "delete", urn, "--yes")
    assert lost.ok, lost.text


def test_a_manager_is_random_and_kept_in_the_state(taking_over: Stack, cluster: Cluster) -> None:
    assert changes(account(taking_over, {"tier": "a"}))
    first = taking_over.resources()[ACCOUNT]["outputs"]
    assert first["__fieldManager"].startswith("pulumi-kubernetes-")
    assert first["__initialApiVersion"] == "v1"
    assert inputs(taking_over)["metadata"]["labels"] == {"tier": "a"}
    assert managers(cluster) == {first["__fieldManager"]}
    assert changes(account(taking_over, {"tier": "b"})) == {"update": 1}
    second = taking_over.resources()[ACCOUNT]["outputs"]
    assert second["__fieldManager"] == first["__fieldManager"]
    assert inputs(taking_over)["metadata"]["labels"] == {"tier": "b"}
    assert taking_over.refresh().changes == {}

    lose(taking_over)
    assert changes(taking_over) == {"create": 1}
    third = taking_over.resources()[ACCOUNT]["outputs"]["__fieldManager"]
    assert managers(cluster) == {first["__fieldManager"], third}
    conflict = account(taking_over, {"tier": "c"}).up()
    assert not conflict.ok
    assert "server-side apply field conflict detected" in conflict.text.lower()
    assert f'The resource managed by field manager "{third}" had an apply conflict' in conflict.text
    assert f'conflict with "{first["__fieldManager"]}"' in conflict.text
    assert ".metadata.labels.tier" in conflict.text
    assert taking_over.destroy().ok


def test_an_object_with_a_fixed_manager_is_taken_over_and_changed(taking_over: Stack, cluster: Cluster) -> None:
    assert changes(account(taking_over, {"tier": "a", "old": "1"}, "fleet"))
    lose(taking_over)
    assert changes(taking_over) == {"create": 1}
    changed = account(taking_over, {"tier": "b"}, "fleet").up()
    assert changed.ok, changed.text
    found = cluster.api.get(PATH)["metadata"]
    assert found["labels"] == {"tier": "b"}
    assert managers(cluster) == {"fleet"}
    assert taking_over.destroy().ok


def test_a_manager_that_changes_gives_its_fields_up(taking_over: Stack, cluster: Cluster) -> None:
    assert changes(account(taking_over, {"tier": "a"}))
    assert changes(account(taking_over, {"tier": "a"}, "fleet")) == {"update": 1}
    assert managers(cluster) == {"fleet"}
    assert changes(account(taking_over, {"tier": "b"}, "fleet")) == {"update": 1}
    assert taking_over.destroy().ok


def test_a_secret_input_is_nowhere_in_the_state(taking_over: Stack, cluster: Cluster) -> None:
    program = PROGRAM.replace(
        "METADATA", '{"name": "account", "annotations": {"word": pulumi.Output.secret("sesame")}}'
    )
    up = taking_over.program(f"    import pulumi\n{program}").up()
    assert up.ok, up.text
    assert "sesame" not in up.text + json.dumps(taking_over.resources())
    assert taking_over.up().changes == {}
    assert taking_over.destroy().ok
