"""Tunnels: the kubeconfig through them, the errors, and that no process and no file remains."""

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
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ops.configuration import PROJECT
from ops.errors import UserError
from ops.tunnel import session
from ops.tunnel.kubeconfig import endpoints, through
from ops.tunnel.stop import SIGNALS, Stop
from sandbox.clusters.pki import Authority
from tests import session_manager

pytestmark = pytest.mark.unit


def kubeconfig(**servers: str) -> str:
    """A kubeconfig in JSON, as the stack exports it."""
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


def test_a_certificate_s_own_name_is_expected_through_a_tunnel_too() -> None:
    config = json.loads(kubeconfig(one="https://a.elb.amazonaws.com:5443"))
    config["clusters"][0]["cluster"]["tls-server-name"] = "api.svc.cluster.local"
    (found,) = endpoints(json.dumps(config))
    assert (found.host, found.server_name) == ("a.elb.amazonaws.com", "api.svc.cluster.local")
    (after,) = json.loads(through(json.dumps(config), {"one": 4001}))["clusters"]
    assert after["cluster"]["tls-server-name"] == "api.svc.cluster.local"


class Server:
    """An API server that only does the TLS handshake."""

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
    """A stack's outputs, and the programs on PATH."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder = folder
        self.server = server
        self.bastion: Any = {"region": "eu-west-1", "group": "bastion-1"}
        self.authority = server.authority

    @contextmanager
    def begin(
        self, *arguments: str, instance: str = "i-1", failure: str = "", **env: str
    ) -> Generator[subprocess.Popen[str]]:
        """Start the command, and kill it if it is not over by the end."""
        cluster = {"server": f"https://127.0.0.1:{self.server.port}", "certificate-authority-data": self.authority}
        config = {"clusters": [{"name": "one", "cluster": cluster}]}
        outputs = {"plan": {"bastion": {}}, "clusters": {}, "peerings": {}, "kubeconfig": json.dumps(config)}
        if self.bastion:
            outputs["bastion"] = self.bastion
        path = session_manager.install(self.folder / "bin", instance=instance, failure=failure)
        pulumi = self.folder / "bin/pulumi"
        pulumi.write_text(f"#!/bin/sh\ncat <<'EOF'\n{json.dumps(outputs)}\nEOF\n")
        pulumi.chmod(0o755)
        process = subprocess.Popen(
            [sys.executable, "-m", "ops", "tunnel", "--stack", "dev", *arguments],
            cwd=PROJECT,
            env={**os.environ, **path, "TMPDIR": str(self.folder / "tmp"), **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def run(self, *arguments: str, **more: str) -> tuple[int, str]:
        """Run the command to its end; return its exit code and its output."""
        with self.begin(*arguments, **more) as process:
            output, _ = process.communicate(timeout=25)
        return process.returncode, output

    @property
    def left(self) -> list[str]:
        """The remaining files and processes of tunnels."""
        files = [str(file) for file in (self.folder / "tmp").rglob("*")]
        listed = subprocess.run(["pgrep", "-f", str(self.folder / "bin")], capture_output=True, text=True, check=False)
        return files + listed.stdout.split()


@pytest.fixture
def private_fleet(tmp_path: Path, server: Server) -> Generator[Fleet, None, None]:
    (tmp_path / "tmp").mkdir()
    yield Fleet(tmp_path, server)


def test_a_command_has_the_kubeconfig_its_exit_code_counts_and_nothing_is_left(private_fleet: Fleet) -> None:
    code, output = private_fleet.run("--", "sh", "-c", "stat -c %a $KUBECONFIG; cat $KUBECONFIG; exit 7")
    assert code == 7, output
    mode, _, config = output.partition("\n")
    assert mode == "600"
    assert json.loads(config)["clusters"][0]["cluster"]["tls-server-name"] == "127.0.0.1"
    assert private_fleet.left == []


def test_a_command_ended_by_a_signal_has_a_shells_exit_code(private_fleet: Fleet) -> None:
    code, output = private_fleet.run("--", "sh", "-c", "kill -TERM $$")
    assert code == 143, output
    assert private_fleet.left == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_without_a_command_a_signal_closes_the_tunnels(private_fleet: Fleet, number: signal.Signals, code: int) -> None:
    with private_fleet.begin() as process:
        assert process.stdout
        line = next(line for line in process.stdout if line.startswith("export"))
        assert Path(line.strip().removeprefix("export KUBECONFIG=")).exists()
        process.send_signal(number)
        assert process.wait(20) == code
    assert private_fleet.left == []


def test_a_signal_is_sent_on_to_the_command(private_fleet: Fleet) -> None:
    with private_fleet.begin(
        "--", "sh", "-c", "trap 'exit 9' TERM; echo ready; while :; do sleep 0.1; done"
    ) as process:
        assert process.stdout
        assert next(process.stdout) == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 9
    assert private_fleet.left == []


def test_a_missing_command_is_named_and_nothing_is_left(private_fleet: Fleet) -> None:
    code, output = private_fleet.run("--", "no-such-program")
    assert (code, output) == (
        1,
        "error: no-such-program: can't be run: No such file or directory; name a program on PATH\n",
    )
    assert private_fleet.left == []


def test_a_server_with_another_certificate_is_refused(private_fleet: Fleet, tmp_path: Path) -> None:
    private_fleet.authority = base64.b64encode(Authority(tmp_path / "other", "other").pem).decode()
    code, output = private_fleet.run("--", "true")
    assert code == 1
    assert output.startswith("error: one: another server answers for 127.0.0.1: "), output
    assert private_fleet.left == []


@pytest.mark.parametrize(
    ("reason", "fix"),
    [
        ("An error occurred (TargetNotConnected)", "a new one takes two minutes"),
        ("An error occurred (AccessDeniedException)", "allow ssm:StartSession"),
        ("An error occurred (Throttling)", "open a shell on the bastion: pulumi stack output bastionSession"),
    ],
)
def test_a_refused_session_is_an_error_with_cluster_cause_and_fix(private_fleet: Fleet, reason: str, fix: str) -> None:
    code, output = private_fleet.run("--", "true", failure=reason)
    assert code == 1
    assert output.startswith(f"error: one: its session ended at once: {reason}; ") and fix in output, output
    assert private_fleet.left == []


@pytest.fixture
def stop() -> Generator[Stop, None, None]:
    """A Stop whose signal handlers are removed afterwards."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield Stop()
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_cluster_that_does_not_answer_is_an_error_with_its_endpoint(
    stop: Stop,
    private_fleet: Fleet,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(session, "TIMEOUT", 0.5)
    for name, value in session_manager.install(tmp_path / "bin").items():
        monkeypatch.setenv(name, value)
    one = session.Endpoint(
        cluster="one",
        host="127.0.0.1",
        port=1,
        server_name="127.0.0.1",
        authority=base64.b64decode(private_fleet.authority).decode(),
    )
    with (
        pytest.raises(UserError, match=r"^one: 127.0.0.1 does not answer through the bastion .*; check that the"),
        session.Session(
            session.Bastion(region="eu-west-1", instance="i-1"), one, session.free_ports([one])["one"]
        ) as it,
    ):
        it.wait(stop)
    assert private_fleet.left == []


def test_a_missing_plugin_is_an_error_of_one_line(tmp_path: Path, private_fleet: Fleet) -> None:
    (tmp_path / "only").mkdir()
    (tmp_path / "only/aws").symlink_to("/bin/true")
    code, output = private_fleet.run(PATH=str(tmp_path / "only"))
    assert (code, output) == (
        1,
        "error: session-manager-plugin: not found on PATH; install the AWS CLI's Session Manager plugin, or put its "
        "directory on PATH\n",
    )


def test_a_bastion_that_does_not_run_is_an_error_with_where_to_look(private_fleet: Fleet) -> None:
    code, output = private_fleet.run("--", "true", instance="None")
    assert code == 1
    assert output.startswith(
        "error: bastion: Auto Scaling group bastion-1 has no running instance in eu-west-1; wait"
    ), output


def test_a_refusal_by_aws_is_an_error_with_how_to_sign_in(private_fleet: Fleet) -> None:
    code, output = private_fleet.run("--", "true", instance="")
    assert code == 1
    assert "error: bastion: aws can't look it up in eu-west-1: " in output and output.endswith(
        "sign in to the fleet's account\n"
    )


def test_a_fleet_without_a_bastion_is_an_error_with_how_to_get_one(private_fleet: Fleet) -> None:
    private_fleet.bastion = None
    code, output = private_fleet.run("--", "true")
    assert code == 1
    assert output.startswith("error: --stack: dev has no bastion; set federated-eks:bastion.enabled: true"), output
