"""Calls of AWS, answered by a server of this process."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ops import aws
from ops.errors import UserError

pytestmark = pytest.mark.unit

REGION = "eu-west-1"
FOUND = (200, "", {"cluster": {"name": "fleet-1"}})
THROTTLED = (429, "ThrottlingException", {"message": "Rate exceeded"})
BROKEN = (500, "ServerException", {"message": "internal"})
MISSING = (404, "ResourceNotFoundException", {"message": "No cluster found"})

Response = tuple[int, str, dict[str, object]]
Eks = Callable[..., list[str]]


@pytest.fixture
def eks(monkeypatch: pytest.MonkeyPatch) -> Generator[Eks]:
    """Set the responses of EKS, the last one for all further calls; returns the paths that are called."""
    responses: list[Response] = []
    called: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(self.path)
            status, code, body = responses.pop(0) if len(responses) > 1 else responses[0]
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if code:
                self.send_header("x-amzn-ErrorType", code)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    # botocore's own tries, and its waits between them, are not what is tested.
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    def respond(*planned: Response) -> list[str]:
        responses[:] = planned
        return called

    yield respond
    server.shutdown()


def describe() -> object:
    return aws.call("eks", "describe-cluster", REGION, name="fleet-1")


@pytest.mark.parametrize("passing", [THROTTLED, BROKEN])
def test_a_call_that_is_throttled_or_fails_in_aws_is_made_again(eks: Eks, passing: Response) -> None:
    called = eks(*[passing] * (aws.ROUNDS - 1), FOUND)
    assert describe() == {"cluster": {"name": "fleet-1"}}
    assert called == ["/clusters/fleet-1"] * aws.ROUNDS


def test_a_call_that_stays_throttled_ends_with_the_error_of_aws(eks: Eks) -> None:
    called = eks(THROTTLED)
    with pytest.raises(aws.AwsError, match=r"^ThrottlingException: Rate exceeded$"):
        describe()
    assert len(called) == aws.ROUNDS


def test_any_other_error_is_final(eks: Eks) -> None:
    called = eks(MISSING, FOUND)
    with pytest.raises(aws.AwsError, match="No cluster found") as raised:
        describe()
    assert raised.value.gone
    assert len(called) == 1


def test_an_aws_that_cannot_be_reached_is_not_called_again(eks: Eks, monkeypatch: pytest.MonkeyPatch) -> None:
    called = eks(FOUND)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(UserError, match="sign in to the fleet's account"):
        describe()
    assert called == []
