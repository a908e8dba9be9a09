"""An update in one line: its progress, its counts, and what of it is printed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.cli import update
from sandbox.paths import Paths

pytestmark = pytest.mark.unit

PRINTED = """Updating (sandbox):

 +  pulumi:pulumi:Stack federated-eks-sandbox creating (0s)
@ updating....
 +  aws:ec2:Vpc federated-eks-1-vpc creating (0s)
 +  aws:ec2:Vpc federated-eks-1-vpc created (1s)
 ++ aws:eks:NodeGroup federated-eks-1-nodes created replacement (2s)
 -  aws:ec2:Eip federated-eks-1-nat deleted (0.10s)
Diagnostics:
  pulumi:pulumi:Stack (federated-eks-sandbox):
    warning: federated-eks-2: its token is refused

    2 messages

Outputs:
  + kubeconfig: [secret]

Resources:
    + 2 created
    - 1 deleted
    3 changes. 271 unchanged

Duration: 2m3s
"""
SAID = """pulumi:pulumi:Stack (federated-eks-sandbox):
  warning: federated-eks-2: its token is refused
  2 messages"""


def test_the_state_counts_what_is_done() -> None:
    assert update.state(PRINTED) == "3 resources, the last is federated-eks-1-nat"
    assert update.state("Updating (sandbox):\n") == ""


def test_the_summary_has_pulumi_s_counts() -> None:
    assert update.summary(PRINTED) == "2 created, 1 deleted, 3 changes. 271 unchanged"
    assert update.summary("\nResources:\n    274 unchanged\n\nDuration: 3s\n") == "274 unchanged"


def test_warnings_and_errors_are_taken_whole() -> None:
    assert update.diagnostics(PRINTED) == SAID
    assert update.diagnostics("\nResources:\n    274 unchanged\n") == ""


@pytest.fixture
def pulumi(running: Paths, write_script: Callable[[Path, str], Path]) -> Callable[[str, int], None]:
    """Make `pulumi` print a text and end with a code."""

    def prints(text: str, code: int) -> None:
        (running.project / "printed").write_text(text)
        write_script(running.bin / "pulumi", f"cat printed\nexit {code}\n")

    return prints


def test_an_update_is_a_line_with_its_log(
    running: Paths, pulumi: Callable[[str, int], None], capfd: pytest.CaptureFixture[str]
) -> None:
    pulumi(PRINTED, 0)
    assert update.run(running, "up", "--yes") == 0
    counts = "2 created, 1 deleted, 3 changes. 271 unchanged"
    log = "all of it in .sandbox/log/up.log"
    assert (
        capfd.readouterr().out == f"Bringing the fleet up ...\nBringing the fleet up: {counts}, {log} (0 s)\n{SAID}\n"
    )
    assert update.log(running, "up").read_text() == PRINTED


def test_an_update_that_fails_shows_why(
    running: Paths, pulumi: Callable[[str, int], None], capfd: pytest.CaptureFixture[str]
) -> None:
    pulumi(PRINTED, 255)
    assert update.run(running, "destroy") == 255
    assert capfd.readouterr().out.endswith(f"failed, all of it in .sandbox/log/destroy.log (0 s)\n{SAID}\n")
    pulumi("error: failed to load checkpoint\n", 255)
    assert update.run(running, "destroy") == 255
    assert capfd.readouterr().out.endswith("(0 s)\nerror: failed to load checkpoint\n")
