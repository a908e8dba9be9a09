"""`python -m ops rotate`: which members, in which order, and what it says of an update that fails."""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from components.federation import tokens
from components.federation.karmada import account, readiness
from ops import outputs
from ops.__main__ import main
from ops.errors import UserError
from ops.map.model import Engine
from ops.rotate import host as hosts
from ops.rotate import run as rotation
from ops.rotate.host import Connection, Member
from ops.rotate.update import Pulumi
from tests.unit.ops.map.fleets import outputs_of
from tests.unit.ops.map.test_gather import kubeconfig_of, without_proxy

pytestmark = pytest.mark.unit

ONE = Member(engine=Engine.KUBEFED, name="fleet-1", secret="fleet-1", trouble="")
TWO = Member(engine=Engine.KUBEFED, name="fleet-2", secret="fleet-2.3", trouble="")
PREVIEW = "preview --expect-no-changes --non-interactive --color never --stack dev"
UP = "up --yes --skip-preview --non-interactive --color never --stack dev"


class FakeHost:
    """A host; its members have the tokens `after` once `updated` is called."""

    def __init__(self, *members: Member, after: list[Member] | None = None) -> None:
        self.now, self.after, self.marked = list(members), after, list[str]()

    def members(self) -> list[Member]:
        return self.now

    def mark(self, member: Member) -> None:
        self.marked.append(member.secret)

    def updated(self) -> None:
        self.now = self.after or [replace(one, secret=f"{one.secret}.new") for one in self.now]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A program `pulumi` that keeps its calls in this file; the file `<command>` has its output and exit code."""
    program = tmp_path / "bin" / "pulumi"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$*" >> {tmp_path}/calls\n'
        f"if test -e {tmp_path}/$1; then cat {tmp_path}/$1; exit 255; fi\necho ' +  Secret created'\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / "calls"


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch, calls: Path) -> FakeHost:
    """A fleet of two members, with the program `pulumi`."""
    made = FakeHost(ONE, TWO)
    monkeypatch.setattr(outputs, "whatever", lambda *_: outputs_of(2))
    monkeypatch.setattr(hosts, "Connection", lambda *_: made)
    update = Pulumi.update

    def updated(self: Pulumi) -> None:
        update(self)
        made.updated()

    monkeypatch.setattr(Pulumi, "update", updated)
    return made


def test_every_token_is_marked_replaced_and_shown(
    fleet: FakeHost, calls: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rotate", "--stack", "dev", "--yes"]) == 0
    assert fleet.marked == ["fleet-1", "fleet-2.3"]
    assert calls.read_text().splitlines() == [PREVIEW, UP]
    captured = capsys.readouterr()
    stages = captured.err.splitlines()
    (done,) = [line for line in stages if line.startswith("dev: pulumi up: ")]
    log = Path(done.removeprefix("dev: pulumi up: done, all of it in ").removesuffix(" (0 s)"))
    assert log.read_text() == " +  Secret created\n"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stages == [
        "dev: looking for other changes ...",
        "dev: looking for other changes: none (0 s)",
        "dev: pulumi up ...",
        done,
    ]
    assert captured.out.splitlines() == [
        "fleet-1: marked; its next update replaces the token in Secret kube-federation-system/fleet-1",
        "fleet-2: marked; its next update replaces the token in Secret kube-federation-system/fleet-2.3",
        "fleet-1: Ready by the token in Secret kube-federation-system/fleet-1.new; the old account is deleted",
        "fleet-2: Ready by the token in Secret kube-federation-system/fleet-2.3.new; the old account is deleted",
    ]


def test_the_host_is_called_as_the_stack_signs_in_and_pulumi_as_the_caller(
    fleet: FakeHost, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles: list[str | None] = []
    monkeypatch.setattr(outputs, "whatever", lambda *_: outputs_of(2) | {"signIn": {"profile": "fleet"}})
    monkeypatch.setattr(hosts, "Connection", lambda *_: profiles.append(os.environ.get("AWS_PROFILE")) or fleet)
    program = calls.parent / "bin" / "pulumi"
    program.write_text(program.read_text() + f'echo "profile: $AWS_PROFILE" >> {calls}\n')
    monkeypatch.setenv("AWS_PROFILE", "mine")
    assert main(["rotate", "--stack", "dev", "--yes"]) == 0
    assert profiles == ["fleet"] * 3
    assert calls.read_text().splitlines() == [PREVIEW, "profile: mine", UP, "profile: mine"]


def test_a_member_may_be_rotated_alone(fleet: FakeHost) -> None:
    assert main(["rotate", "--stack", "dev", "--yes", "--member", "fleet-2"]) == 0
    assert fleet.marked == ["fleet-2.3"]


def test_a_mark_leaves_the_update_to_others(fleet: FakeHost, calls: Path) -> None:
    assert main(["rotate", "--stack", "dev", "--mark"]) == 0
    assert fleet.marked == ["fleet-1", "fleet-2.3"]
    assert not calls.exists()


def test_other_changes_come_first(fleet: FakeHost, calls: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (calls.parent / "preview").write_text("error: no changes were expected but changes were proposed\n")
    assert main(["rotate", "--stack", "dev", "--yes"]) == 1
    assert capsys.readouterr().err.endswith(
        "\nerror: --stack: dev: its preview fails, or has other changes (no changes were expected but changes were "
        "proposed); run pulumi up -s dev first, and then this again\n"
    )
    assert fleet.marked == []


def test_an_update_that_fails_says_what_pulumi_says(
    fleet: FakeHost, calls: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (calls.parent / "up").write_text("  error: KubeFedCluster fleet-2: not Ready\nResources:\n    12 unchanged\n")
    assert main(["rotate", "--stack", "dev", "--yes"]) == 1
    printed = capsys.readouterr()
    (log,) = calls.parent.glob("rotate-dev-*.log")
    assert "    12 unchanged\n" in log.read_text()
    assert f"correct what {log} says and run pulumi up -s dev" in printed.err
    assert "the update failed (KubeFedCluster fleet-2: not Ready), and every member still has" in printed.err
    assert "which goes on with the rotation" in printed.err


@pytest.mark.parametrize("answer", ["yes", ""])
def test_nothing_is_marked_before_the_answer(
    fleet: FakeHost, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert main(["rotate", "--stack", "dev"]) == 1
    assert "nothing was rotated, because the answer was another than the stack's name" in capsys.readouterr().err
    assert fleet.marked == []
    monkeypatch.setattr("builtins.input", lambda _: "dev")
    assert main(["rotate", "--stack", "dev"]) == 0


def test_without_a_terminal_the_answer_is_an_option(fleet: FakeHost, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rotate", "--stack", "dev"]) == 1
    assert "\nerror: --yes: missing, and there is no terminal to ask at; add it" in capsys.readouterr().err


def test_a_name_of_no_member_is_refused(fleet: FakeHost, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rotate", "--stack", "dev", "--member", "fleet-3"]) == 1
    assert capsys.readouterr().err == ("error: --member: fleet-3 is no member of dev; use one of fleet-1, fleet-2\n")


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (
            [ONE, replace(TWO, secret="fleet-2.4")],
            "fleet-1 still has the token in Secret kube-federation-system/fleet-1",
        ),
        ([replace(TWO, secret="fleet-2.4")], "fleet-1 still has the token in Secret kube-federation-system/fleet-1"),
        (
            [replace(ONE, secret="fleet-1.2", trouble="ClusterNotReachable: Unauthorized"), TWO],
            "fleet-1 is not Ready: ClusterNotReachable: Unauthorized; fleet-2 still has the token in Secret "
            "kube-federation-system/fleet-2.3",
        ),
    ],
)
def test_a_rotation_that_did_not_come_about_is_no_success(
    fleet: FakeHost, after: list[Member], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.after = after
    assert main(["rotate", "--stack", "dev", "--yes"]) == 1
    assert f"\nerror: --stack: {told}; see `kubectl get kubefedclusters" in capsys.readouterr().err


def test_without_pulumi_one_line_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=r"^pulumi: not found on PATH; install the Pulumi CLI"):
        Pulumi("dev", {}).check_unchanged()


def joined(name: str, secret: str, ready: str) -> dict[str, Any]:
    """A KubeFedCluster."""
    condition = {"type": "Ready", "status": ready, "reason": "ClusterNotReady", "message": "no"}
    return {
        "metadata": {"name": name},
        "spec": {"secretRef": {"name": secret}},
        "status": {"conditions": [condition]},
    }


class Answering(BaseHTTPRequestHandler):
    """An API server's end of a connection, which logs nothing."""

    def reply(self, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_the_host_tells_its_members_and_keeps_the_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    patches: list[tuple[str, Any]] = []

    class Api(Answering):
        def do_GET(self) -> None:
            self.reply({"items": [joined("fleet-2", "fleet-2.3", "False"), joined("fleet-1", "fleet-1", "True")]})

        def do_PATCH(self) -> None:
            patches.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.reply({"metadata": {"name": "fleet-1"}})

    without_proxy(monkeypatch)
    with HTTPServer(("127.0.0.1", 0), Api) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        config = kubeconfig_of(f"http://127.0.0.1:{server.server_port}", "federated-eks-1")
        host = Connection("dev", outputs_of(1) | {"kubeconfig": config})
        assert host.members() == [ONE, replace(TWO, trouble="ClusterNotReady: no")]
        host.mark(ONE)
        server.shutdown()
    ((path, patch),) = patches
    assert path == "/api/v1/namespaces/kube-federation-system/secrets/fleet-1"
    assert list(patch["metadata"]["annotations"]) == [tokens.ROTATE]


def secret(name: str, account: str, created: str) -> dict[str, Any]:
    """A service account's token in Karmada, without the token."""
    annotations = {"kubernetes.io/service-account.name": account}
    return {"metadata": {"name": name, "annotations": annotations, "creationTimestamp": created}}


def test_karmada_tells_its_members_and_the_programs_token(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens_of_programs = [
        secret("federated-eks-programs.2", hosts.ACCOUNT, "2026-02-01T00:00:00Z"),
        secret("federated-eks-programs", hosts.ACCOUNT, "2026-01-01T00:00:00Z"),
        secret("another", "default", "2026-03-01T00:00:00Z"),
    ]
    chosen = "fieldSelector=type%3Dkubernetes.io/service-account-token"
    answers = {
        "/apis/cluster.karmada.io/v1alpha1/clusters": [joined("fleet-1", "fleet-1.2", "True")],
        f"/api/v1/namespaces/karmada-system/secrets?{chosen}": tokens_of_programs,
    }
    marked: list[str] = []

    class Api(Answering):
        def do_GET(self) -> None:
            self.reply({"items": answers[self.path]})

        def do_PATCH(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            marked.append(self.path)
            self.reply({"metadata": {"name": "x"}})

    without_proxy(monkeypatch)
    with HTTPServer(("127.0.0.1", 0), Api) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        config = kubeconfig_of(f"http://127.0.0.1:{server.server_port}", "karmada", "federated-eks-1")
        host = Connection("dev", with_karmada(config))
        found = host.members()
        for member in found:
            host.mark(member)
        server.shutdown()
    assert [(each.name, each.namespace, each.secret, each.trouble) for each in found] == [
        ("fleet-1", "karmada-cluster", "fleet-1.2", ""),
        ("karmada", "karmada-system", "federated-eks-programs.2", ""),
    ]
    assert marked == [
        "/api/v1/namespaces/karmada-cluster/secrets/fleet-1.2",
        "/api/v1/namespaces/karmada-system/secrets/federated-eks-programs.2",
    ]


def test_the_tokens_of_both_engines_are_marked_each_at_its_own_api(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        "/apis/core.kubefed.io/v1beta1/namespaces/kube-federation-system/kubefedclusters": "fleet-1",
        "/apis/cluster.karmada.io/v1alpha1/clusters": "fleet-1.2",
    }
    marked: list[tuple[str, str | None]] = []

    class Api(Answering):
        def do_GET(self) -> None:
            found = answers.get(self.path)
            self.reply({"items": [joined("fleet-1", found, "True")] if found else []})

        def do_PATCH(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            marked.append((self.path.removeprefix("/api/v1/namespaces/"), self.headers["Authorization"]))
            self.reply({"metadata": {"name": "x"}})

    without_proxy(monkeypatch)
    with HTTPServer(("127.0.0.1", 0), Api) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        config = kubeconfig_of(f"http://127.0.0.1:{server.server_port}", "karmada", "federated-eks-1")
        host = Connection("dev", with_karmada(config, beside="kubefed"))
        members = host.members()
        rotation.mark(host, members, lambda _: None)
        server.shutdown()
    assert [member.token for member in rotation.chosen("dev", members, ["fleet-1"])] == [
        "Secret karmada-cluster/fleet-1.2",
        "Secret kube-federation-system/fleet-1",
    ]
    assert marked == [
        ("karmada-cluster/secrets/fleet-1.2", "Bearer token-of-karmada"),
        ("kube-federation-system/secrets/fleet-1", "Bearer token-of-federated-eks-1"),
    ]


def test_a_member_that_one_of_two_engines_has_not_rotated_is_named(
    fleet: FakeHost, capsys: pytest.CaptureFixture[str]
) -> None:
    karmada = Member(engine=Engine.KARMADA, name="fleet-1", secret="fleet-1.2", namespace="karmada-cluster", trouble="")
    fleet.now = [ONE, karmada]
    fleet.after = [replace(ONE, secret="fleet-1.3"), karmada]
    assert main(["rotate", "--stack", "dev", "--yes"]) == 1
    said = capsys.readouterr()
    assert "fleet-1: Ready by the token in Secret kube-federation-system/fleet-1.3" in said.out
    assert "\nerror: --stack: fleet-1 still has the token in Secret karmada-cluster/fleet-1.2; see" in said.err


def with_karmada(kubeconfig: str, beside: str | None = None) -> dict[str, Any]:
    found = outputs_of(1)
    found["plan"].update(engine="karmada", beside=beside)
    return {**found, "kubeconfig": kubeconfig}


def test_the_programs_token_is_rotated_like_a_member_s_and_read_again(
    fleet: FakeHost, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.now = [replace(ONE, engine=Engine.KARMADA, name="karmada", done="programs need the output kubeconfig again")]
    connected: list[str] = []
    kubeconfigs = iter(["first", "first", "second"])
    monkeypatch.setattr(outputs, "whatever", lambda *_: with_karmada(next(kubeconfigs), beside="kubefed"))
    monkeypatch.setattr(hosts, "Connection", lambda _, found: connected.append(found["kubeconfig"]) or fleet)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    asked: list[str] = []
    monkeypatch.setattr("builtins.input", lambda prompt: asked.append(prompt) or "dev")
    assert main(["rotate", "--stack", "dev", "--member", "karmada"]) == 0
    assert connected == ["first", "first", "second"], "the old token has ended by then"
    assert "replace the tokens of Karmada in karmada" in asked[0]
    assert (
        "karmada: Ready by the token in Secret kube-federation-system/fleet-1.new; programs need"
        in capsys.readouterr().out
    )


def test_a_karmada_that_is_not_reached_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxy(monkeypatch)
    nowhere = with_karmada(kubeconfig_of("https://127.0.0.1:9", "karmada"))
    with pytest.raises(UserError, match=r"^karmada: Karmada's API can't be called: .*; sign in as"):
        Connection("dev", nowhere).members()


@pytest.mark.parametrize("call", [lambda host: host.members(), lambda host: host.mark(ONE)])
def test_a_host_that_is_not_reached_is_one_line(monkeypatch: pytest.MonkeyPatch, call: Any) -> None:
    without_proxy(monkeypatch)
    nowhere = outputs_of(1) | {"kubeconfig": kubeconfig_of("https://127.0.0.1:9", "federated-eks-1")}
    with pytest.raises(UserError, match=r"^federated-eks-1: the host's API server can't be called: .*; sign in as"):
        call(Connection("dev", nowhere))


def test_a_kubeconfig_without_the_host_is_one_line() -> None:
    with pytest.raises(UserError, match=r"^federated-eks-1: the host's API server can't be called"):
        Connection("dev", outputs_of(1) | {"kubeconfig": kubeconfig_of("https://127.0.0.1:9", "another")})


def test_the_command_knows_the_program_s_mark() -> None:
    assert hosts.ROTATE == tokens.ROTATE
    assert (hosts.MEMBERS, hosts.PROGRAMS, hosts.ACCOUNT) == (readiness.MEMBERS, account.NAMESPACE, account.ACCOUNT)
    assert rotation.chosen("dev", [ONE, TWO], []) == [ONE, TWO]
