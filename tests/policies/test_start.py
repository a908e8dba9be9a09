"""The pack's start, as a language host has it: in its own folder, and with the project's Python alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Generator

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from policies.pack import RULES
from policies.rule import Level
from tests.sandbox.checkout import PROJECT

pytestmark = pytest.mark.policies

FOLDER = PROJECT / "policies"


@pytest.fixture(params=[".", str(FOLDER)])
def started(request: pytest.FixtureRequest) -> Generator[subprocess.Popen[str]]:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    argv = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", request.param]
    with subprocess.Popen(argv, cwd=FOLDER, env=env, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_it_says_where_it_answers_tells_its_rules_and_ends_when_it_is_told_to(started: subprocess.Popen[str]) -> None:
    assert started.stdout is not None
    port = int(started.stdout.readline())
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        info = analyzer_pb2_grpc.AnalyzerStub(channel).GetAnalyzerInfo(empty_pb2.Empty())
    assert [policy.name for policy in info.policies] == [rule.id for rule in RULES]
    mandatory = [policy.name for policy in info.policies if policy.enforcementLevel == analyzer_pb2.MANDATORY]
    assert mandatory == [rule.id for rule in RULES if rule.level is Level.MANDATORY]
    started.send_signal(signal.SIGTERM)
    assert started.wait(10) == 0
    assert started.stdout.read() == ""
