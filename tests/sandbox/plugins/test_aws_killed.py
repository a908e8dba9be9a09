"""An engine killed while it makes things in AWS: the next one finishes, and nothing is there twice."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest

from sandbox.cli import recovery
from tests.sandbox.plugins import aws_cloud, engine

pytestmark = pytest.mark.aws

PROGRAM = Path(__file__).with_name("aws_program.py").read_text()


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Generator[aws_cloud.Aws]:
    with aws_cloud.running(tmp_path_factory.mktemp("aws")) as running:
        yield running


def up_killed(stack: engine.Stack, resources: int) -> None:
    """Begin an update, and kill its engine as soon as the state has so many resources."""
    state = stack.folder.parent / "state" / ".pulumi" / "stacks" / "tiny" / "dev.json"
    command = ["pulumi", "up", "--refresh", "--yes", "--skip-preview", "--non-interactive"]
    with subprocess.Popen(command, cwd=stack.folder, env=stack.env, stdout=subprocess.DEVNULL) as started:
        end = time.monotonic() + 60
        while kept(state) < resources and started.poll() is None:
            assert time.monotonic() < end, "the update does not get on"
            time.sleep(0.01)
        assert started.poll() is None, "the update ended before it could be killed"
        plugins = psutil.Process(started.pid).children(recursive=True)
        started.kill()
    # They notice within half a second that their engine is gone.
    _, alive = psutil.wait_procs(plugins, timeout=20)
    assert not alive


def kept(state: Path) -> int:
    """How many resources the state has."""
    try:
        return len(json.loads(state.read_text())["checkpoint"]["latest"].get("resources") or [])
    except (OSError, ValueError, KeyError):
        return 0


def recover(stack: engine.Stack) -> list[str]:
    """What the command line does before its next update; the creates that had been cut off."""
    assert stack.run("cancel", "--yes").ok
    exported = json.loads(stack.run("stack", "export", "--show-secrets").text)
    operations = exported["deployment"].get("pending_operations") or []
    asked = subprocess.run(
        [engine.PROJECT / ".venv" / "bin" / "python", "-m", "sandbox.plugins.aws.adopt"],
        cwd=engine.PROJECT,
        env=stack.env,
        input=json.dumps(exported),
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    found = {one["urn"]: one["id"] for one in json.loads(asked.stdout)}
    settled = stack.folder / "settled.json"
    settled.write_text(json.dumps(recovery.settle(exported, found)))
    imported = stack.run("stack", "import", "--file", str(settled))
    assert imported.ok, imported.text
    return [operation["resource"]["urn"] for operation in operations if operation["type"] == "creating"]


def test_the_next_update_finishes_and_nothing_is_there_twice(aws: aws_cloud.Aws, tmp_path: Path) -> None:
    stack = engine.stack(tmp_path, aws.env).program(PROGRAM)
    assert stack.run("config", "set", "phase", "1").ok
    cut_off: list[str] = []
    for resources in (6, 16, 28, 42):
        up_killed(stack, resources)
        cut_off += recover(stack)
    assert cut_off, "no kill hit a create"
    done = stack.up("--refresh")
    assert done.ok, done.text
    assert stack.up().changes == {}
    made = Counter(one["type"].split("::")[-1] for one in stack.resources().values())
    ec2, far = aws.client("ec2"), aws.client("ec2", "eu-west-3")
    assert made["aws:ec2/vpc:Vpc"] == sum(
        not vpc["IsDefault"] for client in (ec2, far) for vpc in client.describe_vpcs()["Vpcs"]
    )
    assert made["aws:ec2/eip:Eip"] == len(ec2.describe_addresses()["Addresses"])
    assert made["aws:ec2/natGateway:NatGateway"] == len(ec2.describe_nat_gateways()["NatGateways"])
    gone = stack.destroy()
    assert gone.ok, gone.text
    assert aws.left() == []
