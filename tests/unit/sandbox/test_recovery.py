import json
from typing import Any

import pytest

from sandbox.cli import recovery
from sandbox.errors import UserError
from sandbox.paths import Paths

pytestmark = pytest.mark.unit

VPC = {"urn": "urn:vpc", "type": "aws:ec2/vpc:Vpc", "custom": True, "inputs": {"cidrBlock": "172.21.0.0/16"}}

COMMAND = """
import os, sys
from pathlib import Path

Path("asked").write_text(" ".join(sys.argv[1:]) + " " + os.environ["PULUMI_CONFIG_PASSPHRASE"])
sys.exit(int(Path("code").read_text()) if Path("code").exists() else 0)
"""


@pytest.fixture
def killed(running: Paths) -> Paths:
    """A project whose last pulumi was killed; its `ops` only pretends."""
    (running.project / "ops").mkdir()
    (running.project / "ops" / "__main__.py").write_text(COMMAND)
    write(running, {"pending_operations": [{"type": "creating", "resource": VPC}]})
    return running


def write(paths: Paths, deployment: dict[str, Any]) -> None:
    state = paths.pulumi_state / ".pulumi" / "stacks" / "federated-eks" / "sandbox.json"
    state.parent.mkdir(parents=True, exist_ok=True)
    state.write_text(json.dumps({"checkpoint": {"latest": deployment}}))


def asked(paths: Paths) -> str:
    file = paths.project / "asked"
    return file.read_text() if file.exists() else ""


def test_what_was_cut_off_is_recovered_by_the_program_s_own_command(
    killed: Paths, capfd: pytest.CaptureFixture[str]
) -> None:
    recovery.resume(killed)
    assert asked(killed) == "recover --stack sandbox --yes --timeout 5 sandbox"
    assert "killed during 1 operations" in capfd.readouterr().out


def test_a_stack_that_was_not_cut_off_is_left_as_it_is(killed: Paths) -> None:
    write(killed, {"resources": []})
    recovery.resume(killed)
    assert asked(killed) == ""


def test_a_recovery_that_fails_stops_the_update(killed: Paths) -> None:
    (killed.project / "code").write_text("1")
    with pytest.raises(UserError, match="can't be recovered, see above; run `make clean`"):
        recovery.resume(killed)


@pytest.mark.parametrize(("outputs", "again"), [({}, True), ({"a": 1}, False)])
def test_a_recovery_that_was_cut_off_itself_is_gone_on_with(killed: Paths, outputs: Any, again: bool) -> None:
    write(killed, {"resources": [{**VPC, "id": "vpc-1", "outputs": outputs}]})
    recovery.resume(killed)
    assert bool(asked(killed)) is again
