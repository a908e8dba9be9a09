"""Tunnels: the kubeconfig they make, what is told where there can be none, and that nothing stays."""

from __future__ import annotations

import base64
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from ops import outputs
from ops.errors import UserError
from ops.tunnel import session
from ops.tunnel.kubeconfig import endpoints, through
from ops.tunnel.stop import SIGNALS, Stop
from sandbox.kubernetes.pki import Authority
from tests import session_manager

pytestmark = pytest.mark.unit

PROJECT = outputs.PROJECT


def kubeconfig(**servers: str) -> str:
    """JSON, as the stack exports it."""
    authority = base64.b64encode(b"PEM").decode()
    return json.dumps(
        {
            "clusters": [
                {"name": name, "cluster": {"server": server, "certificate-authority-data": authority}}
                for name, server in servers.items()
            ],
            "users": [{"name": name, "user": {"exec": {"command": "aws"}}} for name in servers],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in servers],
            "current-context": next(iter(servers)),
        }
    )


def test_each_cluster_is_called_here_and_known_by_its_own_name() -> None:
    before = kubeconfig(one="https://A1.gr7.eu-west-1.eks.amazonaws.com", two="https://10.0.0.1:6443")
    after = json.loads(through(before, {"one": 4001, "two": 4002}))
    assert [(entry["cluster"]["server"], entry["cluster"]["tls-server-name"]) for entry in after["clusters"]] == [
        ("https://127.0.0.1:4001", "a1.gr7.eu-west-1.eks.amazonaws.com"),
        ("https://127.0.0.1:4002", "10.0.0.1"),
    ]
    assert all(entry["cluster"]["certificate-authority-data"] for entry in after["clusters"])
    same = ("users", "contexts", "current-context")
    assert {key: after[key] for key in same} == {key: json.loads(before)[key] for key in same}


def test_an_endpoint_s_port_is_443_unless_it_says_another() -> None:
    found = endpoints(kubeconfig(one="https://a.eks.amazonaws.com", two="https://10.0.0.1:6443"))
    assert [(each.cluster, each.host, each.port) for each in found] == [
        ("one", "a.eks.amazonaws.com", 443),
        ("two", "10.0.0.1", 6443),
    ]


class Server:
    """An API server, as far as its handshake goes."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder, "authority")
        pair = authority.server("server", "server", ["127.0.0.1"])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        self._listening = context.wrap_socket(session.socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.port: int = self._listening.getsockname()[1]
        self.authority = base64.b64encode(authority.pem).decode()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                self._listening.accept()[0].close()
            except ssl.SSLError:
                continue
            except OSError:
                return

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def server(tmp_path: Path) -> Generator[Server, None, None]:
    server = Server(tmp_path / "pki")
    yield server
    server.close()


class Fleet:
    """A stack's outputs and what is on PATH."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder = folder
        self.server = server
        self.bastion: Any = {"region": "eu-west-1", "group": "bastion-1"}
        self.authority = server.authority

    def run(self, *arguments: str, instance: str = "i-1", failure: str = "", **env: str) -> tuple[int, str]:
        """The command's exit code, and what it printed."""
        cluster = {"server": f"https://127.0.0.1:{self.server.port}", "certificate-authority-data": self.authority}
        config = {"clusters": [{"name": "one", "cluster": cluster}]}
        found = {"plan": {"bastion": {}}, "clusters": {}, "peerings": {}, "kubeconfig": json.dumps(config)}
        if self.bastion:
            found["bastion"] = self.bastion
        path = session_manager.install(self.folder / "bin", instance=instance, failure=failure)
        pulumi = self.folder / "bin/pulumi"
        pulumi.write_text(f"#!/bin/sh\ncat <<'EOF'\n{json.dumps(found)}\nEOF\n")
        pulumi.chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-m", "ops", "tunnel", "--stack", "dev", *arguments],
            cwd=PROJECT,
            env={**os.environ, **path, "TMPDIR": str(self.folder / "tmp"), **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=25,
        )
        return done.returncode, done.stdout

    @property
    def left(self) -> list[str]:
        """Files, and processes, of tunnels."""
        files = [str(file) for file in (self.folder / "tmp").rglob("*")]
        listed = subprocess.run(["pgrep", "-f", str(self.folder / "bin")], capture_output=True, text=True, check=False)
        return files + listed.stdout.split()


@pytest.fixture
def fleet(tmp_path: Path, server: Server) -> Generator[Fleet, None, None]:
    (tmp_path / "tmp").mkdir()
    yield Fleet(tmp_path, server)


def test_a_command_has_the_kubeconfig_its_exit_code_counts_and_nothing_is_left(fleet: Fleet) -> None:
    code, told = fleet.run("--", "sh", "-c", "stat -c %a $KUBECONFIG; cat $KUBECONFIG; exit 7")
    assert code == 7, told
    mode, _, config = told.partition("\n")
    assert mode == "600"
    assert json.loads(config)["clusters"][0]["cluster"]["tls-server-name"] == "127.0.0.1"
    assert fleet.left == []


def test_a_signal_to_the_command_is_told_as_a_shell_does(fleet: Fleet) -> None:
    code, told = fleet.run("--", "sh", "-c", "kill -TERM $$")
    assert code == 143, told
    assert fleet.left == []


def test_a_command_that_is_not_there_is_named_and_nothing_is_left(fleet: Fleet) -> None:
    code, told = fleet.run("--", "no-such-program")
    assert (code, told) == (
        1,
        "error: no-such-program: can't be run: No such file or directory; name a program on PATH\n",
    )
    assert fleet.left == []


def test_another_server_than_the_cluster_s_is_refused(fleet: Fleet, tmp_path: Path) -> None:
    fleet.authority = base64.b64encode(Authority(tmp_path / "other", "other").pem).decode()
    code, told = fleet.run("--", "true")
    assert code == 1
    assert told.startswith("error: one: what answers for 127.0.0.1 is another: "), told
    assert fleet.left == []


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        ("An error occurred (TargetNotConnected)", "a new one takes two minutes"),
        ("An error occurred (AccessDeniedException)", "have ssm:StartSession allowed"),
        ("An error occurred (Throttling)", "open a shell on the bastion: pulumi stack output bastionSession"),
    ],
)
def test_a_session_that_is_refused_is_told_with_cluster_cause_and_fix(fleet: Fleet, said: str, fix: str) -> None:
    code, told = fleet.run("--", "true", failure=said)
    assert code == 1
    assert told.startswith(f"error: one: its session ended at once: {said}; ") and fix in told, told
    assert fleet.left == []


@pytest.fixture
def stop() -> Generator[Stop, None, None]:
    """The signals are the tests' own again afterwards."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield Stop()
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_cluster_that_does_not_answer_is_told_with_its_endpoint(
    stop: Stop,
    fleet: Fleet,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(session, "PATIENCE", 0.5)
    for name, value in session_manager.install(tmp_path / "bin").items():
        monkeypatch.setenv(name, value)
    one = session.Endpoint(
        cluster="one", host="127.0.0.1", port=1, authority=base64.b64decode(fleet.authority).decode()
    )
    with (
        pytest.raises(UserError, match=r"^one: 127.0.0.1 does not answer through the bastion .*; see that the"),
        session.Session(
            session.Bastion(region="eu-west-1", instance="i-1"), one, session.free_ports([one])["one"]
        ) as it,
    ):
        it.wait(stop)
    assert fleet.left == []


def test_without_the_plugin_one_line_says_so(tmp_path: Path, fleet: Fleet) -> None:
    (tmp_path / "only").mkdir()
    (tmp_path / "only/aws").symlink_to("/bin/true")
    code, told = fleet.run(PATH=str(tmp_path / "only"))
    assert (code, told) == (
        1,
        "error: session-manager-plugin: not found on PATH; install the AWS CLI's Session Manager plugin, or put its "
        "directory on PATH\n",
    )


def test_a_bastion_that_does_not_run_is_told_with_what_may_keep_it(fleet: Fleet) -> None:
    code, told = fleet.run("--", "true", instance="None")
    assert code == 1
    assert told.startswith("error: bastion: Auto Scaling group bastion-1 has no running instance in eu-west-1; wait"), (
        told
    )


def test_an_account_that_is_not_signed_in_to_is_told_as_aws_does(fleet: Fleet) -> None:
    code, told = fleet.run("--", "true", instance="")
    assert code == 1
    assert "error: bastion: aws can't look it up in eu-west-1: " in told and told.endswith(
        "sign in to the fleet's account\n"
    )


def test_a_fleet_without_a_bastion_says_how_to_get_one(fleet: Fleet) -> None:
    fleet.bastion = None
    code, told = fleet.run("--", "true")
    assert code == 1
    assert told.startswith("error: --stack: dev has no bastion; set federated-eks:bastion.enabled: true"), told
