"""The wait for a load balancer: its end, its limit, and a cluster that doesn't answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
import urllib3
from kubernetes import client
from pulumi.output import UNKNOWN

from components.federation import diagnosis
from components.federation.names import balancer, waiting
from components.federation.names.waiting import Awaited

pytestmark = pytest.mark.unit

OBJECT = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}}
READY = {**OBJECT, "status": {"loadBalancer": {"ingress": [{"hostname": "a-1"}]}}}
Look = Callable[[], dict[str, Any]]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PAUSE", 0)
    monkeypatch.setattr(diagnosis, "connect", lambda _, context=None: context)
    monkeypatch.setattr(diagnosis, "read", lambda *_: iter(["SyncLoadBalancerFailed: no subnet", "again"]))


def await_(
    monkeypatch: pytest.MonkeyPatch, *looks: Any, obstacle: str = "", recorded: str = "", preview: bool = False
) -> Any:
    """Wait; each look is an object or an error, and the last one stays. The limit is over at once."""
    seen = [*looks]

    def look(*_: object) -> Any:
        look = seen.pop(0) if len(seen) > 1 else seen[0]
        if isinstance(look, Exception):
            raise look
        return look

    monkeypatch.setattr(waiting, "look", look)
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: preview)

    async def wait() -> Any:
        async def word() -> str:
            return obstacle

        async def record() -> str:
            return recorded

        return await Awaited(
            cluster="fleet-2",
            object=OBJECT,
            kubeconfig=pulumi.Output.from_input("{}"),
            minutes=1 if len(looks) > 1 else 0,
            obstacle=word,
            recorded=record,
        ).hostname()

    return asyncio.run(wait())


def test_it_ends_with_the_hostname(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await_(monkeypatch, {}, OBJECT, ConnectionError("no route"), READY) == "a-1"


def test_past_its_limit_the_engine_s_word_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told = (
        r"^Service web in fleet-2 has no load balancer after 0 minutes \(CreationFailed\); remove the cause and run "
        "the update again, or take the cluster out of the placement$"
    )
    with pytest.raises(pulumi.RunError, match=told):
        await_(monkeypatch, OBJECT, obstacle="CreationFailed")


def test_without_one_the_object_s_own_warnings_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pulumi.RunError, match=r"minutes \(SyncLoadBalancerFailed: no subnet; again\); remove"):
        await_(monkeypatch, OBJECT)


def test_a_silent_cluster_keeps_the_load_balancer_of_its_record(monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    silent = [ConnectionError("no route")] * 4
    assert await_(monkeypatch, *silent, recorded="old-1") == "old-1"
    assert warned == ["Service web in fleet-2: the cluster doesn't answer (no route); its record stays at old-1"]


def test_a_silent_cluster_without_a_record_ends_the_update(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pulumi.RunError, match=r"no load balancer after 0 minutes \(no route\)"):
        await_(monkeypatch, ConnectionError("no route"))


@pytest.mark.parametrize("look", [OBJECT, ConnectionError("no route")])
def test_a_preview_does_not_wait(monkeypatch: pytest.MonkeyPatch, look: Any) -> None:
    assert await_(monkeypatch, look, look, look, look, preview=True) is UNKNOWN


KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "fleet-2", "cluster": {"server": "https://fleet-2.example.org"}}],
    "users": [{"name": "fleet-2", "user": {"token": "t"}}],
    "contexts": [{"name": "fleet-2", "context": {"cluster": "fleet-2", "user": "fleet-2"}}],
    "current-context": "fleet-2",
}


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (200, {"metadata": {"name": "web"}, "status": {"loadBalancer": {"ingress": [{"hostname": "a-1"}]}}}, "a-1"),
        (200, {"metadata": {"name": "web"}, "status": {"loadBalancer": {}}}, ""),
        (404, {"kind": "Status"}, ""),
    ],
)
@pytest.mark.parametrize(("kind", "path"), [("Service", "api/v1"), ("Ingress", "apis/networking.k8s.io/v1")])
def test_a_cluster_is_asked_within_a_limit(
    monkeypatch: pytest.MonkeyPatch, kind: str, path: str, status: int, body: Any, found: str
) -> None:
    asked: list[tuple[str, Any]] = []

    def request(_: object, method: str, url: str, **more: Any) -> Any:
        asked.append((url, more["timeout"].total))
        answer = SimpleNamespace(status=status, reason="", data=json.dumps(body).encode(), headers={})
        return SimpleNamespace(**vars(answer), getheaders=dict, getheader=lambda *_: None)

    monkeypatch.setattr(urllib3.PoolManager, "request", request)
    object = waiting.look(json.dumps(KUBECONFIG), "fleet-2", {**OBJECT, "kind": kind})
    assert balancer.hostname(object) == found
    plural = {"Service": "services", "Ingress": "ingresses"}[kind]
    assert asked == [(f"https://fleet-2.example.org/{path}/namespaces/shop/{plural}/web", diagnosis.TIMEOUT)]


def test_a_cluster_that_is_not_there_is_called_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []

    def connect(pool: Any) -> Any:
        calls.append(pool)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(urllib3.connectionpool.HTTPConnectionPool, "_new_conn", connect)
    nowhere = json.loads(json.dumps(KUBECONFIG).replace("https:", "http:"))
    with pytest.raises(urllib3.exceptions.HTTPError):
        waiting.look(json.dumps(nowhere), "fleet-2", OBJECT)
    assert len(calls) == 1


def test_a_refusal_is_no_absence(monkeypatch: pytest.MonkeyPatch) -> None:
    def request(*_: object, **__: object) -> Any:
        return SimpleNamespace(status=403, reason="Forbidden", data=b"{}", headers={}, getheaders=dict)

    monkeypatch.setattr(urllib3.PoolManager, "request", request)
    with pytest.raises(client.ApiException, match="Forbidden"):
        waiting.look(json.dumps(KUBECONFIG), "fleet-2", OBJECT)
