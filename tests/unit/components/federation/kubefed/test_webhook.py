"""The fate of kubefed's webhook before an upgrade of its release."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from kubernetes import client
from pulumi import Output

from components.federation import diagnosis
from components.federation.kubefed import webhook
from tests.unit.engine import run


class Webhooks:
    """The webhooks of a cluster: how many its configuration has, or what a call of it ends in."""

    def __init__(self, found: int | Exception) -> None:
        self.found, self.patches = found, list[Any]()

    def read_validating_webhook_configuration(self, name: str, **_: Any) -> Any:
        assert name == "validations.core.kubefed.io"
        if isinstance(self.found, Exception):
            raise self.found
        return SimpleNamespace(webhooks=[object()] * self.found)

    def patch_validating_webhook_configuration(self, _: str, patch: Any, **__: Any) -> None:
        self.patches.append(patch)


def hooked(monkeypatch: pytest.MonkeyPatch, webhooks: Webhooks) -> None:
    """Run the hook on a cluster that has these webhooks."""
    monkeypatch.setattr(diagnosis, "connect", lambda _: SimpleNamespace(client="the host"))
    monkeypatch.setattr(client, "AdmissionregistrationV1Api", lambda api: {"the host": webhooks}[api])
    running: list[Any] = []

    def declare() -> None:
        hook = webhook.spares_helm("spare", Output.secret("a kubeconfig"))
        made = pulumi.ResourceHookArgs("urn", "id", "name", "type")
        running.append(asyncio.ensure_future(hook(made)))  # type: ignore[arg-type]

    run(declare)
    asyncio.get_event_loop().run_until_complete(running[0])


def test_every_webhook_leaves_out_what_helm_has_made(monkeypatch: pytest.MonkeyPatch) -> None:
    webhooks = Webhooks(3)
    hooked(monkeypatch, webhooks)
    (patch,) = webhooks.patches
    assert [one["path"] for one in patch] == [f"/webhooks/{index}/objectSelector" for index in range(3)]
    assert {one["op"] for one in patch} == {"add"}
    assert all(one["value"]["matchExpressions"][0]["operator"] == "NotIn" for one in patch)


def test_a_release_that_never_came_to_its_webhook_has_nothing_to_prepare(monkeypatch: pytest.MonkeyPatch) -> None:
    webhooks = Webhooks(client.ApiException(status=404))
    hooked(monkeypatch, webhooks)
    assert webhooks.patches == []


@pytest.mark.parametrize("error", [client.ApiException(status=403, reason="Forbidden"), OSError("no route")])
def test_a_host_that_does_not_let_it_is_told_before_the_upgrade(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with pytest.raises(pulumi.RunError, match=r"validations\.core\.kubefed\.io .* can't be prepared .*run the update"):
        hooked(monkeypatch, Webhooks(error))
