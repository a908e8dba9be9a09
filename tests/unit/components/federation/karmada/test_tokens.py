"""The accounts and tokens of Karmada that an update replaces, and the wait for Karmada to use a new one."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from kubernetes import client
from pulumi import Output

from components.federation import diagnosis
from components.federation import tokens as shared
from components.federation.karmada import new_token, tokens
from tests.unit.components.federation.karmada.test_joining import CLUSTER, SETTINGS, plain
from tests.unit.engine import Engine, run, run_program

pytestmark = pytest.mark.unit

HOST, OTHER = "federated-eks-1", "federated-eks-2"
ACCESS: Mapping[str, Any] = {"current-context": "karmada"}


class Secret:
    """A Secret, as the client has it."""

    def __init__(self, name: str, **annotations: str) -> None:
        self.metadata = client.V1ObjectMeta(name=name, annotations=annotations)
        self.data = {"token": base64.b64encode(b"valid").decode()}


@pytest.fixture
def karmada(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], list[Secret] | Exception]:
    """The Secrets in Karmada, by namespace and selector. Every member lets the bearer of the token `valid` in."""
    served: dict[tuple[str, str], list[Secret] | Exception] = {
        ("karmada-cluster", "type=Opaque"): [Secret(HOST), Secret(f"{OTHER}.2"), Secret(f"{OTHER}-impersonator.2")],
        ("karmada-system", "metadata.name=federated-eks-programs"): [Secret("federated-eks-programs")],
    }

    def listed(_: object, namespace: str, *, field_selector: str, **__: Any) -> Any:
        found = served.get((namespace, field_selector), [])
        if isinstance(found, Exception):
            raise found
        return SimpleNamespace(items=found)

    monkeypatch.setattr(client.CoreV1Api, "list_namespaced_secret", listed)
    monkeypatch.setattr(shared, "connect", lambda _: client.ApiClient())
    monkeypatch.setattr(shared, "refusal", lambda _, __, token, ___: "" if token == "valid" else "refused")
    return served


SERIALS = {"karmada": 1, HOST: 1, OTHER: 2}
MEMBERS = ("karmada-cluster", "type=Opaque")
PROGRAMS = ("karmada-system", "metadata.name=federated-eks-programs")


def test_tokens_that_work_stay(karmada: Any) -> None:
    assert tokens.problems(ACCESS, SERIALS) == {}


def test_a_member_s_token_whose_rotation_is_asked_for_is_replaced(karmada: Any) -> None:
    karmada[MEMBERS][1] = Secret(f"{OTHER}.2", **{shared.ROTATE: "2026-01-01"})
    assert tokens.problems(ACCESS, SERIALS) == {OTHER: "the rotation of Karmada's token was requested"}


def test_the_programs_token_whose_rotation_is_asked_for_is_replaced(karmada: Any) -> None:
    karmada[PROGRAMS] = [Secret("federated-eks-programs", **{shared.ROTATE: "2026-01-01"})]
    assert tokens.problems(ACCESS, SERIALS) == {"karmada": "the rotation of the programs' token was requested"}
    assert tokens.problems(ACCESS, {**SERIALS, "karmada": 2}) == {}, "the Secret of an earlier token"


@pytest.mark.parametrize(("status", "lost"), [(401, ["karmada"]), (403, None)])
def test_a_programs_token_that_karmada_refuses_is_replaced(karmada: Any, status: int, lost: list[str] | None) -> None:
    karmada[MEMBERS] = client.ApiException(status=status)
    if lost is None:
        with pytest.raises(client.ApiException):
            tokens.problems(ACCESS, SERIALS)
    else:
        assert [*tokens.problems(ACCESS, SERIALS)] == lost


@pytest.mark.parametrize(("answer", "serial"), [({OTHER: "lost"}, 2), (OSError("no route"), 1)])
def test_a_serial_is_one_more_if_its_token_is_lost_and_stays_if_karmada_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, answer: Any, serial: int
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    monkeypatch.setattr(pulumi.log, "info", said.append)

    def problems(*_: object) -> dict[str, str]:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(tokens, "problems", problems)
    found: list[Any] = []

    def declare() -> None:
        issued = shared.Issued(
            serials=Output.from_input({"karmada": {"karmada": 1, OTHER: 1}, "kubefed": {OTHER: 3}}),
            kubeconfig=Output.from_input(json.dumps(ACCESS)),
        )
        tokens.current(issued).apply(found.append)

    run(declare)
    assert found == [{"karmada": 1, OTHER: serial}]
    assert said == [
        f"{OTHER}: lost; this update makes another account or token"
        if serial == 2
        else "Karmada doesn't answer, so Karmada's tokens are not checked: no route"
    ]


def test_another_serial_makes_another_account_and_tokens_and_the_programs_another_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    living = {"kube-system": {"metadata": {"uid": "uid-of-kube-system"}}}
    first = run_program(SETTINGS, Engine(living=living))
    assert first.outputs["plan"]["tokens"] == {"karmada": {"karmada": 1, HOST: 1, OTHER: 1}}
    monkeypatch.setattr(tokens, "problems", lambda *_: {OTHER: "lost", "karmada": "asked for"})
    left = {"plan": first.outputs["plan"], "kubeconfig": plain(first.outputs["kubeconfig"])}
    second = run_program(SETTINGS, Engine(living=living, standing=left))
    assert second.outputs["plan"]["tokens"] == {"karmada": {"karmada": 2, HOST: 1, OTHER: 2}}
    before = names(first)
    account = f"karmada-{OTHER}.2"
    assert {name: new for name, new in names(second).items() if before[name] != new} == {
        "federated-eks-programs-token": "federated-eks-programs.2",
        f"{OTHER}-member-account": account,
        f"{OTHER}-member-account-secret": account,
        f"{OTHER}-member-impersonator-secret": "karmada-impersonator.2",
        f"{OTHER}-member-role": f"karmada-controller-manager:{account}",
        f"{OTHER}-member-binding": f"karmada-controller-manager:{account}",
        f"{OTHER}-member-token": f"{OTHER}.2",
        f"{OTHER}-member-impersonator-token": f"{OTHER}-impersonator.2",
    }
    joined = second[CLUSTER][f"{OTHER}-member-cluster"]
    assert joined.inputs["spec"]["secretRef"]["name"] == f"{OTHER}.2"
    assert joined.inputs["spec"]["impersonatorSecretRef"]["name"] == f"{OTHER}-impersonator.2"
    assert joined.hooks["after_update"] == (f"{OTHER}-member-taken",)
    third = run_program({**SETTINGS, "clusters": SETTINGS["clusters"]}, Engine(living=living, standing=left))
    assert third.outputs["plan"]["tokens"] == second.outputs["plan"]["tokens"], "the same, until it is done"


def names(engine: Engine) -> dict[str, str]:
    """The names of the objects in clusters, by the resource's name."""
    return {
        one.name: one.inputs["metadata"]["name"]
        for one in engine.registered
        if one.type.startswith("kubernetes:") and "metadata" in one.inputs
    }


def cluster(secret: str, ready: str = "True") -> dict[str, Any]:
    return {
        "metadata": {"name": OTHER},
        "spec": {
            "apiEndpoint": "https://other",
            "secretRef": {"namespace": "karmada-cluster", "name": secret},
        },
        "status": {"conditions": [{"type": "Ready", "status": ready, "reason": "ClusterNotReachable"}]},
    }


def manager(generation: int = 2, *, updated: int = 1, replicas: int = 1) -> dict[str, Any]:
    return {
        "metadata": {"generation": 2},
        "spec": {"replicas": 1},
        "status": {
            "observedGeneration": generation,
            "replicas": replicas,
            "updatedReplicas": updated,
            "availableReplicas": 1,
        },
    }


def test_a_restart_changes_the_pods_of_karmada_s_controller_manager() -> None:
    patches: list[dict[str, Any]] = []
    kind = SimpleNamespace(patch=lambda **given: patches.append(given))
    host = SimpleNamespace(resources=SimpleNamespace(get=lambda **_: kind))
    new_token.restart(host)
    new_token.restart(host)
    assert {(each["namespace"], each["name"]) for each in patches} == {("karmada-system", "karmada-controller-manager")}
    (first, second) = (each["body"]["spec"]["template"]["metadata"]["annotations"] for each in patches)
    assert first[new_token.RESTARTED] != second[new_token.RESTARTED]


class Hook:
    """A run of the hook, against what the two API servers say."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *managers: dict[str, Any], ready: str = "True") -> None:
        self.restarts = 0
        self.looks = 0
        self.refused = ""
        self.tried: list[tuple[Any, ...]] = []
        monkeypatch.setattr(new_token, "PAUSE", 0.0)
        monkeypatch.setattr(diagnosis, "connect", lambda kubeconfig: kubeconfig)
        monkeypatch.setattr(new_token, "restart", self.restart)

        def get(where: str, object: Any) -> Any:
            if object["kind"] == "Deployment":
                assert where == "the host's"
                self.looks += 1
                return managers[min(self.looks, len(managers)) - 1]
            assert where == "Karmada's"
            if object["kind"] == "Secret":
                data = {"caBundle": "PEM", "token": base64.b64encode(b"new").decode()}
                return {"metadata": object["metadata"], "data": data}
            return {**cluster(f"{OTHER}.2", ready), "apiVersion": "cluster.karmada.io/v1alpha1", "kind": "Cluster"}

        def refusal(access: Any, name: str, token: str, engine: str) -> str:
            self.tried.append((access["clusters"][0]["cluster"]["server"], name, token, engine))
            return self.refused

        monkeypatch.setattr(diagnosis, "get", get)
        monkeypatch.setattr(shared, "refusal", refusal)

    def restart(self, host: str) -> None:
        assert host == "the host's"
        self.restarts += 1

    def run(self, old: Any, new: Any) -> None:
        running: list[Any] = []

        def declare() -> None:
            hook = new_token.taken("taken", Output.secret("Karmada's"), Output.secret("the host's"), 0.2)
            changed = pulumi.ResourceHookArgs("urn", "id", "name", "type", new_inputs=new, old_inputs=old)
            running.append(asyncio.ensure_future(hook(changed)))  # type: ignore[arg-type]

        run(declare)
        asyncio.get_event_loop().run_until_complete(running[0])


def test_a_new_token_is_tried_and_karmada_s_controller_manager_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    hook = Hook(monkeypatch, manager(1), manager(updated=0), manager(replicas=2), manager())
    hook.run(cluster(OTHER), cluster(f"{OTHER}.2"))
    assert hook.tried == [("https://other", OTHER, "new", "Karmada")]
    assert (hook.restarts, hook.looks) == (1, 4)


@pytest.mark.parametrize("old", [None, cluster(OTHER)])
def test_another_change_of_a_member_restarts_nothing(monkeypatch: pytest.MonkeyPatch, old: Any) -> None:
    hook = Hook(monkeypatch, manager())
    hook.run(old, cluster(OTHER))
    assert (hook.restarts, hook.looks, hook.tried) == (0, 0, [])


def test_a_new_token_that_the_cluster_refuses_fails_the_update_and_restarts_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hook = Hook(monkeypatch, manager())
    hook.refused = "its API server refuses Karmada's token (401 Unauthorized)"
    with pytest.raises(pulumi.RunError, match=rf"Cluster {OTHER}: not Ready by its new token: its API server refuses"):
        hook.run(cluster(OTHER), cluster(f"{OTHER}.2"))
    assert hook.restarts == 0


@pytest.mark.parametrize(
    ("managers", "ready", "why"),
    [
        ([manager(1)], "True", "the pods of karmada-controller-manager are not replaced yet"),
        ([manager()], "False", r"Ready is False \(ClusterNotReachable\)"),
    ],
)
def test_a_karmada_that_does_not_come_back_fails_the_update(
    monkeypatch: pytest.MonkeyPatch, managers: list[dict[str, Any]], ready: str, why: str
) -> None:
    hook = Hook(monkeypatch, *managers, ready=ready)
    with pytest.raises(pulumi.RunError, match=f"not Ready by its new token: {why}"):
        hook.run(cluster(OTHER), cluster(f"{OTHER}.2"))
