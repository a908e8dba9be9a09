"""A whole run: its order, its consent, what it never touches, and what it calls."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from ops import aws as calls
from ops import outputs
from ops.aws import AwsError
from ops.errors import UserError
from ops.leftovers import clusters, kube
from ops.leftovers.clusters import Cluster, Named
from ops.leftovers.find import Kind
from ops.leftovers.kube import Reference
from ops.leftovers.run import Options, Result, Run
from ops.leftovers.waiting import Patience
from tests.unit.ops.leftovers.aws import REGION, Account, owned
from tests.unit.ops.leftovers.cluster import FakeApi, claim, made
from tests.unit.ops.leftovers.test_karmada import outputs as outputs_with

pytestmark = pytest.mark.unit

ALIVE = Cluster(name="fleet-1", region=REGION, status="ACTIVE")
SERVICE = owned("fleet-1", **{"kubernetes.io/service-name": "shop/web"})
CSI = {"CSIVolumeName": "pvc-1"}

Start = Callable[..., Result]


@pytest.fixture
def start(aws: Account, monkeypatch: pytest.MonkeyPatch) -> Start:
    """A run on one cluster; by default it exists no more, and consent is given."""
    monkeypatch.setattr(clusters, "named", lambda stack, only: ([Named(REGION, "fleet-1")], set()))

    def started(
        cluster: Cluster | None = Cluster(name="fleet-1", region=REGION),  # noqa: B008
        api: FakeApi | None = None,
        karmada: FakeApi | None = None,
        consent: Callable[[str], bool] = lambda _: True,
        **options: Any,
    ) -> Result:
        monkeypatch.setattr(clusters, "look_up", lambda *_, **__: cluster)

        def connect(called: Cluster, *_: object) -> FakeApi:
            found = karmada if called.name == "karmada" else api
            assert found is not None
            return found

        settings = Options(stack="dev", delete=options.pop("delete", True), **options)
        run = Run(
            settings,
            consent=consent,
            say=lambda _: None,
            begin=lambda _: None,
            call=aws.call,
            connect=connect,
            patience=Patience(0.1, pause=0.01),
        )
        return run.result()

    return started


def test_a_list_calls_no_api_server_and_deletes_nothing(aws: Account, start: Start) -> None:
    aws.classic("a1", aws.group("k8s-elb-a1", **owned("fleet-1")), **SERVICE)
    result = start(ALIVE, delete=False)
    assert [one.kind for one in result.left] == [Kind.CLASSIC, Kind.GROUP]
    assert (result.tried, [each for each in aws.actions if ":Delete" in each]) == (False, [])


def test_the_cluster_s_objects_go_first_and_aws_is_left_what_their_controllers_left(aws: Account, start: Start) -> None:
    aws.classic("a1", aws.group("k8s-elb-a1", **owned("fleet-1")), **SERVICE)
    order: list[str] = []
    api = FakeApi(made("Service", "web", type="LoadBalancer"), *claim("data"))
    api.on_delete = lambda reference: order.append(f"{reference} before {len(aws.actions)} calls")
    shown: list[str] = []
    result = start(ALIVE, api, consent=lambda listed: bool(shown.append(listed)) or True)
    assert (list(result.left), result.failed) == ([], False)
    assert api.deleted == ["Service shop/web", "PersistentVolumeClaim shop/data"]
    assert not any(":Delete" in each for each in aws.actions[: int(order[-1].split()[-2])])
    assert "fleet-1: Service shop/web" in shown[0] and "a1" in shown[0]


def test_what_karmada_has_placed_goes_in_karmada_and_what_it_runs_on_stays(
    aws: Account, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"kubernetes.io/service-name": "karmada-system/karmada-api"}
    aws.classic("a1", aws.group("k8s-elb-a1", **owned("fleet-1")), **owned("fleet-1", **own))
    volume = {"kubernetes.io/created-for/pvc/namespace": "karmada-system", "kubernetes.io/created-for/pvc/name": "etcd"}
    aws.volume(**owned("fleet-1", **volume))
    service = made("Service", "web", type="LoadBalancer")
    service["metadata"]["labels"] = {"karmada.io/managed": "true"}
    api, karmada = FakeApi(service), FakeApi(made("Service", "web", type="LoadBalancer"))
    karmada.on_delete = lambda _: api.objects.clear()
    monkeypatch.setattr(outputs, "whatever", lambda _: outputs_with("karmada", "fleet-1"))
    result = start(ALIVE, api, karmada=karmada)
    assert (list(result.left), result.failed) == ([], False)
    assert karmada.deleted == ["Service shop/web"]
    assert not [each for each in aws.actions if ":Delete" in each]


def test_without_consent_nothing_goes(aws: Account, start: Start) -> None:
    aws.volume(**owned("fleet-1", **CSI))
    api = FakeApi(made("Service", "web", type="LoadBalancer"))
    with pytest.raises(UserError, match="nothing was deleted"):
        start(ALIVE, api, consent=lambda _: False)
    assert api.deleted == []
    assert not [each for each in aws.actions if ":Delete" in each]


def test_a_kept_volume_stays_and_says_why_until_it_is_given_up(aws: Account, start: Start) -> None:
    volume, other = aws.volume(**owned("fleet-1", **CSI)), aws.volume(**owned("fleet-1", **CSI))
    objects = claim("data", policy="Retain")
    objects[1]["spec"]["csi"]["volumeHandle"] = volume
    result = start(ALIVE, FakeApi(*objects))
    assert [one.id for one in result.left] == [volume]
    assert "add --retained to delete it" in result.why[volume]
    assert other not in {one["VolumeId"] for one in aws.ec2.describe_volumes()["Volumes"]}
    assert list(start(ALIVE, FakeApi(*objects), retained=True).left) == []


def test_another_stack_s_cluster_of_that_name_is_not_touched(aws: Account, start: Start) -> None:
    aws.classic("a1", aws.group("k8s-elb-a1", **owned("fleet-1")), **SERVICE)
    result = start(None)
    assert list(result.left) == []
    assert result.notes == [
        "fleet-1 in eu-west-1 is no cluster of this stack: its tag `stack` names another. It was skipped."
    ]
    assert aws.actions == []


def test_an_object_that_stays_fails_the_run(aws: Account, start: Start) -> None:
    result = start(ALIVE, FakeApi(made("Service", "web", type="LoadBalancer", finalizers=["a.b/c"])))
    assert result.failed
    assert result.notes == ["fleet-1: Service shop/web: its finalizers wait: a.b/c"]


def test_a_right_that_is_missing_is_one_error(aws: Account, start: Start) -> None:
    aws.errors = [("describe-volumes", "UnauthorizedOperation")]
    with pytest.raises(
        UserError, match=r"AWS refuses: UnauthorizedOperation: planned; allow the actions that docs/leftovers.md"
    ):
        start(delete=False)


# AWS and the API server.


class Answers(BaseHTTPRequestHandler):
    """EC2, as far as it is asked: volumes on two pages, and a security group in use."""

    def do_POST(self) -> None:
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if asked["Action"] == ["DeleteSecurityGroup"]:
            error = "<Error><Code>DependencyViolation</Code><Message>sg-1 has a dependent object</Message></Error>"
            return self.answer(400, f"<Response><Errors>{error}</Errors></Response>")
        page = "2" if "NextToken" in asked else "1"
        more = "" if page == "2" else "<nextToken>more</nextToken>"
        volume = f"<volumeSet><item><volumeId>vol-{page}</volumeId></item></volumeSet>"
        return self.answer(200, f"<DescribeVolumesResponse>{volume}{more}</DescribeVolumesResponse>")

    def answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    yield
    server.shutdown()
    server.server_close()


def test_a_call_returns_every_page_and_an_error_has_aws_s_code(ec2: None) -> None:
    found = calls.call("ec2", "describe-volumes", REGION, Filters=[])
    assert [volume["VolumeId"] for volume in found["Volumes"]] == ["vol-1", "vol-2"]
    with pytest.raises(AwsError, match="DependencyViolation: sg-1 has a dependent object") as caught:
        calls.call("ec2", "delete-security-group", REGION, GroupId="sg-1")
    assert not caught.value.gone


def test_a_call_is_signed_as_whoever_is_signed_in_now(ec2: None, monkeypatch: pytest.MonkeyPatch) -> None:
    calls.call("ec2", "describe-volumes", REGION)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(UserError, match=r"ec2 describe-volumes in eu-west-1: .*credentials; sign in to the fleet's"):
        calls.call("ec2", "describe-volumes", REGION)


def kubeconfig(file: Path, authority: str) -> None:
    cluster = f'{{"server": "https://127.0.0.1:1", "certificate-authority-data": "{authority}"}}'
    file.write_text(
        f'{{"clusters": [{{"name": "fleet-1", "cluster": {cluster}}}], "users": [{{"name": "u", "user": {{}}}}], '
        '"contexts": [{"name": "fleet-1", "context": {"cluster": "fleet-1", "user": "u"}}]}'
    )


def test_a_tunnel_s_kubeconfig_is_used_if_it_is_of_the_same_cluster(tmp_path: Path) -> None:
    cluster = Cluster(name="fleet-1", region=REGION, status="ACTIVE", endpoint="https://eks", authority="Q0E=")
    kubeconfig(tmp_path / "tunnel", "Q0E=")
    kubeconfig(tmp_path / "another", "b3RoZXI=")
    (tmp_path / "broken").write_text("{")

    def server(*files: str) -> str:
        environ = {"KUBECONFIG": ":".join(str(tmp_path / file) for file in files)}
        return str(kube.kubeconfig(cluster, environ)["clusters"][0]["cluster"]["server"])

    assert server("broken", "another", "tunnel") == "https://127.0.0.1:1"
    assert server("broken", "another", "missing") == server() == "https://eks"


def test_a_cluster_that_does_not_answer_says_how_it_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setattr(kube, "TIMEOUT", 0.5)
    cluster = Cluster(name="fleet-1", region=REGION, status="ACTIVE", endpoint="https://127.0.0.1:1", authority="Q0E=")
    with pytest.raises(UserError) as caught:
        kube.Connection(cluster, "dev")
    assert str(caught.value).startswith("fleet-1: its API server doesn't answer (")
    assert str(caught.value).endswith(
        "python -m ops tunnel --stack dev -- python -m ops leftovers --stack dev --delete"
    )


def test_a_reference_says_its_kind_namespace_and_name() -> None:
    where = {"cluster": "one", "api_version": "v1", "name": "a", "uid": "1"}
    assert str(Reference(kind="Service", namespace="shop", **where)) == "Service shop/a"
    assert str(Reference(kind="Namespace", namespace="", **where)) == "Namespace a"
