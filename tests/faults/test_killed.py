"""An engine killed, or its disk full, in the middle of an update or a destroy, on a program with every type of AWS.

Then a person does what they do on AWS: `pulumi cancel`, `python -m ops recover`, and the same command again.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.aws import census
from tests.faults.killing import PATIENCE, comes, creating, kill, kinds, moments, resources
from tests.faults.ledger import Fault, Record, record
from tests.sandbox.plugins import aws_cloud, engine

pytestmark = pytest.mark.aws

PROGRAM = (engine.PROJECT / "tests" / "sandbox" / "plugins" / "aws_program.py").read_text()
MOST = 66
"""The program's resources."""

SEED, TIMES = 15, 3


@dataclass
class Life:
    """A stack of the program, and its AWS."""

    stack: engine.Stack
    aws: aws_cloud.Aws

    @property
    def state(self) -> Path:
        """The file with the stack's state."""
        return self.stack.folder.parent / "state" / ".pulumi" / "stacks" / "tiny" / "dev.json"

    @property
    def size(self) -> int:
        """How many resources the state has."""
        return resources(self.state)

    def killed(self, command: str, at: int) -> bool:
        """Begin `up` or `destroy`, and kill it once the state has grown, or shrunk, to so many resources."""
        started = self.stack.begin(command, "--yes", "--skip-preview")
        assert started.stdout is not None
        with started.stdout as said:
            done = kill(started, lambda: self.size >= at if command == "up" else 0 <= self.size <= at)
            assert done or started.returncode == 0, said.read()
        return done

    def rolled_back(self, to: int, at: int) -> bool:
        """Kill `up` at so many resources, and restore the state that it had at fewer; return whether it did."""
        started = self.stack.begin("up", "--yes", "--skip-preview")
        assert started.stdout is not None
        with started.stdout:
            assert comes(started, lambda: self.size >= to), "the update ended before its state was copied"
            copy = self.state.read_text()
            done = kill(started, lambda: self.size >= at)
        self.state.write_text(copy)
        return done

    @property
    def copy(self) -> Path:
        """The file's copy, from before its last write."""
        return self.state.with_name(f"{self.state.name}.bak")

    def out_of_disk(self, amid: str) -> subprocess.CompletedProcess[str]:
        """Run `up`, whose engine can't write a larger state from the first creation of this type on.

        It creates one resource at a time. So the state is not written again before AWS has created this one, and the
        copy is from before: nothing but AWS knows of it.
        """
        started = self.stack.begin("up", "--yes", "--skip-preview", "--parallel", "1")
        assert comes(started, lambda: amid in creating(self.state)), "the update ended before its disk was full"
        full = self.state.stat().st_size
        # A limit on the size of a file fails a write as a full disk does, for this engine alone.
        resource.prlimit(started.pid, resource.RLIMIT_FSIZE, (full, full))
        said, _ = started.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(started.args, started.returncode, said)

    def recover(self) -> str:
        """Lift the dead engine's lock, and recover; return what that prints."""
        assert self.stack.run("cancel", "--yes").ok
        argv = [sys.executable, "-m", "ops", "recover", "--stack", "dev", "--yes"]
        done = subprocess.run(
            argv,
            cwd=self.stack.folder,
            env=self.stack.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def kinds(self) -> Counter[str]:
        """How often each kind of thing is in AWS."""
        return kinds(census.beyond_new())


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Generator[Life]:
    with aws_cloud.running(tmp_path_factory.mktemp("aws")) as aws:
        stack = engine.stack(tmp_path_factory.mktemp("stack"), aws.env).program(PROGRAM)
        # The commands find a stack's configuration in the folder that they are in.
        for name in ("components", "ops", "progress.py", "settings", "wire.py"):
            (stack.folder / name).symlink_to(engine.PROJECT / name)
        assert stack.run("config", "set", "phase", "1").ok
        yield Life(stack, aws)


@pytest.fixture(scope="module")
def undisturbed(life: Life) -> Counter[str]:
    """What AWS has after an update that nobody killed; it is destroyed again."""
    up = life.stack.up()
    assert up.ok, up.text
    assert life.size == MOST
    found = life.kinds()
    assert life.stack.destroy().ok
    delete_logs(life)
    return found


def delete_logs(life: Life) -> None:
    """Delete the log group that EKS leaves."""
    logs = life.aws.client("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        logs.delete_log_group(logGroupName=group["logGroupName"])


def test_an_update_killed_again_and_again_is_finished(
    life: Life, undisturbed: Counter[str], record_property: Record
) -> None:
    """Everything exists once, and is the stack's."""
    killed = [at for at in moments(SEED, TIMES, MOST) if life.killed("up", at) and life.recover()]
    again = life.recover() if killed else ""
    up = life.stack.up()
    refreshed, settled = life.stack.refresh(), life.stack.up()
    found = life.kinds()
    lost, leaked = sum((undisturbed - found).values()), sum((found - undisturbed).values())
    lost += sum(refreshed.changes.values())
    survived = len(killed) if up.ok and not lost and not leaked else 0
    record(
        record_property, Fault(kind="engine killed", injected=len(killed), survived=survived, lost=lost, leaked=leaked)
    )
    assert len(killed) == TIMES, "a moment came after the end of the update"
    assert again == "Nothing to recover.\n"
    assert up.ok, up.text
    assert refreshed.ok and refreshed.changes == {}, refreshed.text
    assert settled.ok and settled.changes == {}, settled.text
    assert found == undisturbed


def test_a_destroy_killed_again_and_again_is_taken_back_or_finished(
    life: Life, undisturbed: Counter[str], record_property: Record
) -> None:
    """An update brings everything back; another destroy leaves nothing."""
    first, *others = sorted(moments(SEED + 1, TIMES, MOST), reverse=True)
    killed = [first] if life.killed("destroy", first) and life.recover() else []
    up = life.stack.up()
    back = life.kinds()
    killed += [at for at in others if life.killed("destroy", at) and life.recover()]
    gone = life.stack.destroy()
    delete_logs(life)
    left = life.kinds()
    lost = sum((undisturbed - back).values())
    leaked = left.total() + sum((back - undisturbed).values())
    survived = len(killed) if up.ok and gone.ok and not lost and not leaked else 0
    record(
        record_property, Fault(kind="engine killed", injected=len(killed), survived=survived, lost=lost, leaked=leaked)
    )
    assert len(killed) == TIMES, "a moment came after the end of the destroy"
    assert up.ok, up.text
    assert back == undisturbed
    assert gone.ok, gone.text
    assert left == Counter()


@pytest.mark.long  # The rounds of its recovery, with a preview each, take a minute.
def test_an_update_goes_on_from_an_older_copy_of_the_state(
    life: Life, undisturbed: Counter[str], record_property: Record
) -> None:
    """Whatever was created since the copy exists once, and is the stack's."""
    killed = life.rolled_back(MOST // 4, MOST * 3 // 4)
    life.recover()
    again, up = life.recover(), life.stack.up()
    refreshed, found = life.stack.refresh(), life.kinds()
    lost = sum((undisturbed - found).values()) + sum(refreshed.changes.values())
    leaked = sum((found - undisturbed).values())
    survived = int(killed and up.ok and not lost and not leaked)
    record(record_property, Fault(kind="state restored", injected=1, survived=survived, lost=lost, leaked=leaked))
    assert killed
    assert again == "Nothing to recover.\n"
    assert up.ok, up.text
    assert refreshed.ok and refreshed.changes == {}, refreshed.text
    assert found == undisturbed


@pytest.mark.long  # The engine tries each write of the state for half a minute.
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "amid", ["aws:ec2/route:Route", "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:iam/role:Role"]
)
def test_an_update_on_a_full_disk_is_finished(
    life: Life, undisturbed: Counter[str], record_property: Record, amid: str
) -> None:
    """The engine cuts the state's file, whose copy is whole. With that, the next update finishes once there is room."""
    assert life.stack.destroy().ok
    delete_logs(life)
    failed = life.out_of_disk(amid)
    cut = life.size == -1
    shutil.copyfile(life.copy, life.state)
    unknown = amid not in creating(life.state)
    recovered = life.recover()
    up = life.stack.up()
    refreshed, found = life.stack.refresh(), life.kinds()
    lost = sum((undisturbed - found).values()) + sum(refreshed.changes.values())
    leaked = sum((found - undisturbed).values())
    survived = int(failed.returncode != 0 and up.ok and not lost and not leaked)
    record(record_property, Fault(kind="disk full", injected=1, survived=survived, lost=lost, leaked=leaked))
    assert failed.returncode != 0 and cut and unknown
    assert recovered.startswith("DO "), "recovery has found nothing"
    assert "An IO error occurred while writing the new snapshot file" in failed.stdout, failed.stdout[-3000:]
    assert up.ok, up.text
    assert refreshed.ok and refreshed.changes == {}, refreshed.text
    assert found == undisturbed
