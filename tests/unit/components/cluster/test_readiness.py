"""The wait for an API server that refuses, doesn't know its caller yet, and answers."""

from __future__ import annotations

import asyncio
import base64
import datetime
import http.server
import json
import ssl
import sys
import threading
from collections.abc import Callable, Generator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pulumi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pulumi import Output

from components.cluster import readiness
from tests.unit.engine import Engine, run, run_program

pytestmark = pytest.mark.unit

TOKEN = "k8s-aws-v1.sesame"
CREDENTIAL = {
    "apiVersion": "client.authentication.k8s.io/v1beta1",
    "kind": "ExecCredential",
    "status": {"token": TOKEN},
}
SIGN_IN = f"import json; print(json.dumps({CREDENTIAL}))"
Answer = tuple[int, str]


class Server:
    """An API server that gives its answers in turn, the last one for ever."""

    def __init__(self, folder: Path, *answers: Answer) -> None:
        self.answers, self.asked = list(answers), list[tuple[str, str | None]]()
        self.authority = _certify(folder)
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.crt", folder / "server.key")
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.address = f"https://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append((self.path, self.headers.get("Authorization")))
                status, body = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


def _certify(folder: Path) -> bytes:
    """Write a certificate of 127.0.0.1 and its key; the certificate, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kubernetes")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    (folder / "server.crt").write_bytes(certificate)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.key").write_bytes(private)
    return certificate


@pytest.fixture
def serve(tmp_path: Path) -> Generator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*answers: Answer) -> Server:
        servers.append(Server(tmp_path, *answers))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def kubeconfig(server: str, authority: bytes = b"", command: str = sys.executable) -> str:
    sign_in = {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": command, "args": ["-c", SIGN_IN]}
    cluster = {"server": server, "certificate-authority-data": base64.b64encode(authority).decode()}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "kubernetes", "cluster": cluster if authority else {"server": server}}],
            "users": [{"name": "aws", "user": {"exec": sign_in}}],
            "contexts": [{"name": "aws", "context": {"cluster": "kubernetes", "user": "aws"}}],
            "current-context": "aws",
        }
    )


def waited(text: str) -> None:
    """Call the hook as the engine does."""
    waiting: list[Any] = []

    def declare() -> None:
        hook = readiness.lets_in("why", "fleet-1", Output.secret(text))
        waiting.append(asyncio.ensure_future(hook.callback(pulumi.ResourceHookArgs("urn", "", "name", "type"))))  # type: ignore[arg-type]

    engine = Engine()
    run(declare, engine)
    asyncio.get_event_loop().run_until_complete(waiting[0])


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "PAUSE", 0.01)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a wait that ends in vain."""
    monkeypatch.setattr(readiness, "PATIENCE", 0.5)


def test_the_wait_ends_once_the_caller_is_let_in(serve: Callable[..., Server]) -> None:
    server = serve((401, "Unauthorized"), (500, "etcd failed"), (401, "Unauthorized"), (200, "ok"))
    waited(kubeconfig(server.address, server.authority))
    assert server.asked == [("/readyz", f"Bearer {TOKEN}")] * 4


def test_a_caller_who_may_not_see_the_health_is_let_in(serve: Callable[..., Server]) -> None:
    server = serve((403, "forbidden"))
    waited(kubeconfig(server.address, server.authority))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((401, "Unauthorized"), r"does not know this caller \(401 Unauthorized\); check .*access\.principals"),
        ((500, "[-]etcd failed"), r"is not ready \(HTTP 500: \[-\]etcd failed\); look at the cluster's health in EKS"),
    ],
)
def test_a_refusal_that_stays_names_the_endpoint_and_what_to_check(
    serve: Callable[..., Server], answer: Answer, said: str
) -> None:
    server = serve(answer)
    with pytest.raises(pulumi.RunError, match=rf"^fleet-1: the API server at {server.address} {said}") as error:
        waited(kubeconfig(server.address, server.authority))
    assert str(error.value).endswith("; then run the update again")
    assert TOKEN not in str(error.value)


@pytest.mark.usefixtures("impatient")
def test_an_endpoint_without_an_answer_is_named() -> None:
    with pytest.raises(
        pulumi.RunError, match=r"https://127\.0\.0\.1:1 does not answer \(.*refused.*endpoint\.allowedCi"
    ):
        waited(kubeconfig("https://127.0.0.1:1"))


@pytest.mark.usefixtures("impatient")
def test_a_server_of_another_authority_does_not_count_as_answering(serve: Callable[..., Server]) -> None:
    server = serve((200, "ok"))
    with pytest.raises(pulumi.RunError, match=r"does not answer \(.*certificate"):
        waited(kubeconfig(server.address))
    assert server.asked == []


@pytest.mark.parametrize(("command", "said"), [("/nowhere/aws", "/nowhere/aws"), ("false", "process returned 1")])
def test_a_sign_in_that_fails_is_named_and_nobody_is_called(
    serve: Callable[..., Server], command: str, said: str
) -> None:
    server = serve((200, "ok"))
    with pytest.raises(pulumi.RunError, match=rf"signing in failed \(.*{said}.*install the AWS CLI"):
        waited(kubeconfig(server.address, server.authority, command))
    assert server.asked == []


def test_each_provider_is_created_after_its_api_server_answers() -> None:
    program = run_program({"clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3"}]})
    hooks = {
        name: provider.hooks
        for name, provider in program["pulumi:providers:kubernetes"].items()
        if name.endswith("-kubernetes")
    }
    assert hooks == {
        f"federated-eks-{number}-kubernetes": {"before_create": (f"federated-eks-{number}-answers",)}
        for number in (1, 2)
    }
    for hook in program.resource_hooks.values():
        assert not (hook.opts and hook.opts.on_dry_run)
