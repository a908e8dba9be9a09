"""An engine killed at twenty moments of a fleet's update, and at twenty of its destroy.

After each kill a person does what they do on AWS: `pulumi cancel`, `python -m ops recover`, and the same command again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field

import pytest

from sandbox.cli import daemon
from tests.faults.killing import kill, kinds, moments, resources
from tests.faults.ledger import Fault, Record, record
from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.live import Fleet

pytestmark = [pytest.mark.fleet, pytest.mark.long]

TIMES = 20
SEED = 150


@dataclass
class Life:
    """A fleet, and what it was before anybody was killed."""

    fleet: Fleet
    size: int = 0
    """The resources of its state."""
    kinds: Counter[str] = field(default_factory=Counter[str])
    """How often each kind of thing was in AWS."""

    def now(self) -> Counter[str]:
        """How often each kind of thing is in AWS."""
        return kinds(daemon.leftovers(self.fleet.checkout.paths) or [])

    def resources(self) -> int:
        """How many resources the state has."""
        folder = self.fleet.checkout.paths.pulumi_state
        return resources(folder / ".pulumi" / "stacks" / "federated-eks" / "sandbox.json")

    def killed(self, command: str, at: int) -> bool:
        """Begin `up` or `destroy`, kill it once the state has so many resources, and recover."""
        argv = ("pulumi", command, "--yes", "--skip-preview", "--non-interactive", "--stack", "sandbox")
        started = self.fleet.checkout.begin(*argv)
        assert started.stdout is not None
        with started.stdout as said:
            done = kill(started, lambda: self.resources() >= at if command == "up" else 0 <= self.resources() <= at)
            assert done or started.returncode == 0, said.read()
        if done:
            self.recover()
        return done

    def recover(self) -> str:
        """Lift the dead engine's lock, and recover; return what that prints."""
        self.fleet.checkout.run("pulumi", "cancel", "--yes", "--stack", "sandbox")
        argv = ("python", "-m", "ops", "recover", "--stack", "sandbox", "--yes", "--timeout", "5")
        return self.fleet.checkout.run(*argv, timeout=600).stdout


@pytest.fixture(scope="module")
def life() -> Generator[Life]:
    """A sandbox whose fleet was brought up once without a kill, and destroyed again."""
    with fresh() as checkout:
        life = Life(Fleet(checkout))
        checkout.sandbox("up", timeout=1200)
        life.size, life.kinds = life.resources(), life.now()
        checkout.sandbox("down", timeout=900)
        checkout.sandbox("start")
        life.fleet.checkout.run("pulumi", "stack", "select", "--create", "sandbox")
        yield life


def drifted(output: str) -> list[str]:
    """The lines of a refresh's preview that name a change, but for the stack's own reference to itself.

    It is one output behind after every update.
    """
    changes = re.findall(r"^ [-+~]+ +(\S+ \S+) (?:update|delete|create|replace)\b", output, re.MULTILINE)
    return [change for change in changes if not change.startswith("pulumi:pulumi:StackReference ")]


def test_an_update_killed_twenty_times_is_finished(life: Life, record_property: Record) -> None:
    """Everything exists once, is the stack's, and works."""
    killed = sum(life.killed("up", at) for at in moments(SEED, TIMES, life.size))
    again = life.recover()
    up = life.fleet.checkout.sandbox("up", check=False, timeout=1200)
    found = life.now()
    drift = drifted(life.fleet.pulumi("refresh", "--preview-only").stdout)
    lost = sum((life.kinds - found).values()) + len(drift)
    leaked = sum((found - life.kinds).values())
    survived = killed if up.returncode == 0 and not lost and not leaked else 0
    record(record_property, Fault(kind="engine killed", injected=killed, survived=survived, lost=lost, leaked=leaked))
    assert again.endswith("Nothing to recover.\n"), again
    assert up.returncode == 0, up.stdout
    assert found == life.kinds
    assert drift == []
    assert life.fleet.ready() == {"federated-eks-1": "True", "federated-eks-2": "True"}
    assert life.fleet.preview() == []
    assert killed == TIMES, "a moment came after the end of the update"


def test_a_destroy_killed_twenty_times_is_finished(life: Life, record_property: Record) -> None:
    """Nothing is left."""
    killed = sum(life.killed("destroy", at) for at in reversed(moments(SEED + 1, TIMES, life.size)))
    down = life.fleet.checkout.sandbox("down", check=False, timeout=900)
    left = [line for line in down.stdout.partition("Left (")[2].splitlines()[1:] if line.startswith("  ")]
    survived = killed if down.returncode == 0 else 0
    record(record_property, Fault(kind="engine killed", injected=killed, survived=survived, leaked=len(left)))
    assert down.returncode == 0, down.stdout
    assert life.fleet.checkout.processes() == {}
    assert killed == TIMES, "a moment came after the end of the destroy"
