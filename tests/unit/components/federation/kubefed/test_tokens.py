"""The accounts of kubefed that an update replaces, and the wait for kubefed to use a new token."""

from __future__ import annotations

import asyncio
import base64
import http.server
import json
import re
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from pulumi import Output

from components.cluster import merge_kubeconfigs
from components.federation import diagnosis
from components.federation import tokens as shared
from components.federation.kubefed import tokens
from tests.unit.engine import Engine, kubeconfig, run, run_program

pytestmark = pytest.mark.unit

HOST, MEMBER = "federated-eks-1", "federated-eks-2"
TWO = {"clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3"}]}
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
SECRETS = "/api/v1/namespaces/kube-federation-system/secrets?fieldSelector=type%3DOpaque"


def secret(name: str, token: str | None, **annotations: str) -> dict[str, Any]:
    """A Secret of the host with kubefed's token."""
    data = {} if token is None else {"token": base64.b64encode(token.encode()).decode()}
    return {"metadata": {"name": name, "annotations": annotations}, "data": data}


@dataclass
class Clusters:
    """The API servers of a host and its members, on one address."""

    secrets: list[dict[str, Any]] = field(
        default_factory=lambda: [secret(HOST, "host's token"), secret(MEMBER, "member's token")]
    )
    valid: dict[str, bool] = field(default_factory=lambda: {"host's token": True, "member's token": True})
    """The tokens that are let in, and whether they have all rights."""
    refusals: int | None = None
    """How often a token is refused; None for always."""
    status: int = 200
    """The status of the host's response."""
    address: str = ""
    asked: list[str] = field(default_factory=list[str])

    def respond(self, path: str, token: str) -> tuple[int, Any]:
        self.asked.append(path)
        if path == SECRETS:
            return self.status, {"items": self.secrets}
        assert path == REVIEWS
        if token in self.valid and self.refusals is None:
            return 201, {"spec": {}, "status": {"allowed": self.valid[token]}}
        if self.refusals == 0:
            return 201, {"spec": {}, "status": {"allowed": True}}
        self.refusals = None if self.refusals is None else self.refusals - 1
        return 401, {"message": "Unauthorized"}

    def kubeconfig(self) -> str:
        """The output `kubeconfig`."""
        names = (HOST, MEMBER)
        return json.dumps(
            {
                "clusters": [{"name": name, "cluster": {"server": self.address}} for name in names],
                "users": [{"name": name, "user": {"token": "the caller's"}} for name in names],
                "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in names],
                "current-context": HOST,
            }
        )


@pytest.fixture
def clusters(monkeypatch: pytest.MonkeyPatch) -> Generator[Clusters, None, None]:
    monkeypatch.setattr(shared, "PAUSE", 0.0)
    made = Clusters()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body = made.respond(self.path, (self.headers["Authorization"] or "").removeprefix("Bearer "))
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the program logs."""
    lines: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text: lines.append(text))
    monkeypatch.setattr(pulumi.log, "info", lambda text: lines.append(text))
    return lines


def serials(kubeconfig: str | None, **left: int) -> dict[str, int]:
    """The serials after an update that found these."""
    found: list[Any] = []

    def declare() -> None:
        before = {name.replace("_", "-"): serial for name, serial in left.items()}
        issued = shared.Issued(
            serials=Output.from_input({"kubefed": before, "karmada": {HOST: 9}}),
            kubeconfig=Output.from_input(kubeconfig),
        )
        tokens.current(issued, HOST).apply(found.append)

    run(declare)
    return found[0]


BOTH = {"federated_eks_1": 1, "federated_eks_2": 1}


def test_tokens_that_work_stay(clusters: Clusters, said: list[str]) -> None:
    assert serials(clusters.kubeconfig(), **BOTH) == {HOST: 1, MEMBER: 1}
    assert said == []


@pytest.mark.parametrize(
    ("secrets", "valid", "why"),
    [
        ([secret(MEMBER, "member's token")], {}, r"its API server refuses kubefed's token \(401 Unauthorized\)"),
        ([secret(MEMBER, "another")], {"member's token": True}, r"its API server refuses kubefed's token"),
        ([secret(MEMBER, "member's token")], {"member's token": False}, "kubefed's account there has lost its rights"),
        ([], {"member's token": True}, f"the host has no Secret {MEMBER} with kubefed's token"),
        ([secret(MEMBER, None)], {"member's token": True}, f"the host's Secret {MEMBER} has no token"),
        (
            [secret(MEMBER, "member's token", **{shared.ROTATE: "2026-01-01"})],
            {"member's token": True},
            "the rotation of kubefed's token was requested",
        ),
    ],
    ids=["revoked", "another token", "without rights", "no Secret", "no token", "rotation"],
)
def test_a_token_that_does_not_work_is_named_and_replaced(
    clusters: Clusters, said: list[str], secrets: list[Any], valid: dict[str, bool], why: str
) -> None:
    clusters.secrets = [secret(HOST, "host's token"), *secrets]
    clusters.valid = {"host's token": True, **valid}
    assert serials(clusters.kubeconfig(), **BOTH) == {HOST: 1, MEMBER: 2}
    (line,) = said
    assert re.fullmatch(rf"{MEMBER}: {why}.*; this update gives kubefed a new account and token there", line)


def test_the_secret_of_a_later_account_has_its_serial(clusters: Clusters, said: list[str]) -> None:
    clusters.secrets = [secret(HOST, "host's token"), secret(f"{MEMBER}.3", "member's token")]
    assert serials(clusters.kubeconfig(), federated_eks_1=1, federated_eks_2=3) == {HOST: 1, MEMBER: 3}
    assert serials(clusters.kubeconfig(), federated_eks_1=1, federated_eks_2=2) == {HOST: 1, MEMBER: 3}


def test_a_refusal_that_passes_is_none(clusters: Clusters, said: list[str]) -> None:
    clusters.refusals = 1
    assert serials(clusters.kubeconfig(), federated_eks_2=1) == {MEMBER: 1}
    assert clusters.asked.count(REVIEWS) == 2


@pytest.mark.parametrize(
    ("status", "reason"), [(401, "401 Unauthorized"), (403, "403 Forbidden"), (500, "500 Internal Server Error")]
)
def test_a_host_that_does_not_let_the_caller_in_changes_nothing(
    clusters: Clusters, said: list[str], status: int, reason: str
) -> None:
    clusters.status, clusters.valid = status, {}
    assert serials(clusters.kubeconfig(), **BOTH) == {HOST: 1, MEMBER: 1}
    assert said == [f"the host doesn't answer, so kubefed's tokens are not checked: {reason}"]


def test_a_member_that_does_not_answer_changes_nothing(clusters: Clusters, said: list[str]) -> None:
    access = json.loads(clusters.kubeconfig())
    access["clusters"][1]["cluster"]["server"] = "http://127.0.0.1:1"
    clusters.secrets = [secret(HOST, "host's token"), secret(MEMBER, "lost")]
    assert serials(json.dumps(access), **BOTH) == {HOST: 1, MEMBER: 1}
    assert said == []


def test_before_the_first_update_nothing_is_asked(clusters: Clusters) -> None:
    assert serials(None) == {}
    assert serials(None, federated_eks_1=2) == {HOST: 2}
    assert clusters.asked == []


@pytest.fixture(scope="module")
def program() -> Engine:
    return run_program(TWO)


def names(engine: Engine) -> dict[tuple[str, str], str]:
    """The names of the objects in clusters, by type and name of the resource."""
    return {
        (one.type, one.name): one.inputs["metadata"]["name"]
        for one in engine.registered
        if one.type.startswith("kubernetes:") and "metadata" in one.inputs
    }


def test_a_lost_token_makes_a_new_account_of_that_member_alone(
    program: Engine, clusters: Clusters, said: list[str]
) -> None:
    clusters.secrets = [secret(HOST, "host's token"), secret(MEMBER, "lost")]
    left: dict[str, Any] = {"plan": program.outputs["plan"], "kubeconfig": clusters.kubeconfig()}
    assert left["plan"]["tokens"] == {"kubefed": {HOST: 1, MEMBER: 1}}
    engine = run_program(TWO, Engine(standing=left))
    changed = {name: new for name, new in names(engine).items() if names(program)[name] != new}
    account = f"{MEMBER}-{HOST}.2"
    assert changed == {
        ("kubernetes:core/v1:ServiceAccount", f"{MEMBER}-member-account"): account,
        ("kubernetes:core/v1:Secret", f"{MEMBER}-member-account-token"): account,
        ("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", f"{MEMBER}-member-role"): (
            f"kubefed-controller-manager:{account}"
        ),
        ("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", f"{MEMBER}-member-binding"): (
            f"kubefed-controller-manager:{account}"
        ),
        ("kubernetes:core/v1:Secret", f"{MEMBER}-member-token"): f"{MEMBER}.2",
    }
    binding = engine["kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"][f"{MEMBER}-member-binding"]
    assert binding.inputs["subjects"][0]["name"] == account
    joined = engine["kubernetes:core.kubefed.io/v1beta1:KubeFedCluster"][f"{MEMBER}-member-kubefedcluster"]
    assert joined.inputs["spec"]["secretRef"] == {"name": f"{MEMBER}.2"}
    assert joined.hooks["after_update"] == (f"{MEMBER}-member-probed",)
    assert engine.outputs["plan"]["tokens"] == {"kubefed": {HOST: 1, MEMBER: 2}}


def test_a_member_that_leaves_is_not_asked_and_one_that_joins_begins_anew(
    program: Engine, clusters: Clusters, said: list[str]
) -> None:
    plan = program.outputs["plan"]
    clusters.secrets = [secret(HOST, "host's token")]
    left = {
        "plan": {**plan, "clusters": [one | {"protected": False} for one in plan["clusters"]]},
        "kubeconfig": clusters.kubeconfig(),
    }
    engine = run_program(
        {"clusters": [{"region": "eu-west-1"}, {"region": "us-east-1", "number": 3}]}, Engine(standing=left)
    )
    assert engine.outputs["plan"]["tokens"] == {"kubefed": {HOST: 1, "federated-eks-3": 1}}
    assert said == []


def test_the_host_is_called_as_the_stack_signs_in(program: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[Any] = []

    def problems(access: Any, _: Any) -> dict[str, str]:
        called.extend(user["user"]["exec"]["args"] for user in access["users"])
        return {}

    monkeypatch.setattr(tokens, "problems", problems)
    merged = merge_kubeconfigs({name: kubeconfig(name) for name in (HOST, MEMBER)})
    left = {"plan": program.outputs["plan"], "kubeconfig": merged}
    run_program({**TWO, "aws:profile": "fleet"}, Engine(standing=left))
    assert called == [[HOST, "--profile", "fleet"], [MEMBER, "--profile", "fleet"]]


def cluster(ready: str, probe: str, secret: str = MEMBER) -> dict[str, Any]:
    """A KubeFedCluster."""
    message = {"reason": "ClusterNotReachable", "message": "Unauthorized"} if ready != "True" else {}
    type_ = {"type": "Ready" if ready == "True" else "Offline", "status": "True", "lastProbeTime": probe, **message}
    return {
        "metadata": {"name": MEMBER, "namespace": "kube-federation-system"},
        "spec": {"secretRef": {"name": secret}},
        "status": {"conditions": [type_]},
    }


def hooked(monkeypatch: pytest.MonkeyPatch, old: Any, new: Any, *living: dict[str, Any]) -> int:
    """Run the hook on a change; the host's KubeFedCluster is `living`, one after the other. How many it looked at."""
    monkeypatch.setattr(tokens, "PAUSE", 0.0)
    monkeypatch.setattr(diagnosis, "connect", lambda _: "the host")
    looks: list[Any] = []

    def get(_: Any, object: Any) -> Any:
        assert (object["kind"], object["metadata"]["name"]) == ("KubeFedCluster", MEMBER)
        looks.append(living[min(len(looks), len(living) - 1)])
        return looks[-1]

    monkeypatch.setattr(diagnosis, "get", get)
    running: list[Any] = []

    def declare() -> None:
        hook = tokens.probed("probed", Output.secret("a kubeconfig"), 0.2)
        changed = pulumi.ResourceHookArgs("urn", "id", "name", "type", new_inputs=new, old_inputs=old)
        running.append(asyncio.ensure_future(hook(changed)))  # type: ignore[arg-type]

    run(declare)
    asyncio.get_event_loop().run_until_complete(running[0])
    return len(looks)


def test_a_new_token_is_taken_once_kubefed_has_probed_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before, offline, after = cluster("True", "10:00:00"), cluster("False", "10:00:10"), cluster("True", "10:00:20")
    assert hooked(monkeypatch, before, cluster("", "", f"{MEMBER}.2"), before, before, offline, after) == 4


@pytest.mark.parametrize("old", [None, cluster("True", "10:00:00")])
def test_another_change_of_a_member_does_not_wait(monkeypatch: pytest.MonkeyPatch, old: Any) -> None:
    assert hooked(monkeypatch, old, cluster("True", "10:00:00"), cluster("True", "10:00:00")) == 0


def test_a_new_token_that_kubefed_is_refused_with_fails_the_update(monkeypatch: pytest.MonkeyPatch) -> None:
    before, offline = cluster("True", "10:00:00"), cluster("False", "10:00:10")
    with pytest.raises(pulumi.RunError, match=rf"KubeFedCluster {MEMBER}: not Ready by its new token: .*Unauthorized"):
        hooked(monkeypatch, before, cluster("", "", f"{MEMBER}.2"), before, offline)


def test_a_kubefed_that_does_not_look_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    before = cluster("True", "10:00:00")
    with pytest.raises(pulumi.RunError, match="not Ready by its new token: kubefed has not probed it since"):
        hooked(monkeypatch, before, cluster("", "", f"{MEMBER}.2"), before)
