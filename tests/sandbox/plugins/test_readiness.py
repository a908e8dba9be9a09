"""The wait for an API server under the real engine: before its provider is created, and at no other time."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.sandbox.plugins.engine import PROJECT, Stack
from tests.unit.components.cluster.test_readiness import Server, kubeconfig

pytestmark = pytest.mark.kubernetes

PROGRAM = f"""
    import sys
    sys.path.insert(0, {str(PROJECT)!r})
    import pulumi, pulumi_kubernetes as k
    from components.cluster import readiness
    readiness.PATIENCE, readiness.PAUSE = 1, 0.1
    config = pulumi.Output.secret(open("kubeconfig.json").read())
    hook = readiness.lets_in("answers", "fleet-1", config)
    hooks = pulumi.ResourceHookBinding(before_create=[hook])
    k.Provider("fleet", kubeconfig=config, opts=pulumi.ResourceOptions(hooks=hooks))
"""


@pytest.fixture
def server(tmp_path: Path) -> Generator[Server]:
    server = Server(tmp_path, (401, "Unauthorized"))
    yield server
    server.stop()


def test_a_provider_is_created_once_its_api_server_lets_the_caller_in(
    stacks: Callable[..., Stack], server: Server
) -> None:
    stack = stacks().program(PROGRAM)
    (stack.folder / "kubeconfig.json").write_text(kubeconfig(server.address, server.authority))
    preview = stack.preview()
    assert preview.ok, preview.text
    assert server.asked == []

    failed = stack.up()
    assert not failed.ok
    assert f"fleet-1: the API server at {server.address} does not know this caller" in failed.text
    assert "pulumi:providers:kubernetes fleet" not in stack.resources()

    server.answers = [(401, "Unauthorized"), (200, "ok")]
    up = stack.up()
    assert up.ok, up.text
    assert "sesame" not in up.text
    asked = len(server.asked)
    assert stack.up().changes == {}
    assert len(server.asked) == asked
