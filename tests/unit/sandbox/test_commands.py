import json
import os
import signal
import stat
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from sandbox import processes
from sandbox.cli import commands, daemon, main, prepare
from sandbox.errors import UserError
from sandbox.paths import Paths

pytestmark = pytest.mark.unit

PULUMI = """
echo "$*" >> calls
case "$1 $2" in
  "stack output") cat outputs ;;
  "stack select") mkdir -p .sandbox/state/.pulumi/stacks/federated-eks
                  echo '{}' > .sandbox/state/.pulumi/stacks/federated-eks/sandbox.json ;;
  "up "*|"destroy "*) [ ! -e broken ] ;;
esac
"""

OPS = """
import sys
from pathlib import Path

if sys.argv[1] == "parallel":
    sys.exit("error: no number") if Path("countless").exists() else print(24)
else:
    with Path("calls").open("a") as calls:
        print(*sys.argv[1:], file=calls)
    if not Path("held").exists():
        Path("left").unlink(missing_ok=True)
"""

KUBECONFIG = {"contexts": [{"name": "federated-eks-1"}], "current-context": "federated-eks-1"}


@pytest.fixture
def fake_project(
    paths: Paths, write_script: Callable[[Path, str], Path], monkeypatch: pytest.MonkeyPatch
) -> Generator[Paths, None, None]:
    """A project whose tools and cloud only pretend."""

    def prepared(paths: Paths) -> None:
        pass

    monkeypatch.setattr(prepare, "prepare", prepared)
    monkeypatch.setattr(main, "Paths", lambda _: paths)
    write_script(paths.bin / "pulumi", PULUMI)
    write_script(paths.bin / "kubectl", 'echo "kubectl $*"')
    (paths.project / "ops").mkdir()
    (paths.project / "ops" / "__init__.py").touch()
    (paths.project / "ops" / "__main__.py").write_text(OPS)
    (paths.project / "outputs").write_text(json.dumps({"kubeconfig": json.dumps(KUBECONFIG)}))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield paths
    for number, handler in handlers.items():
        signal.signal(number, handler)


def calls(paths: Paths) -> list[str]:
    file = paths.project / "calls"
    return file.read_text().splitlines() if file.exists() else []


def test_up_starts_the_cloud_runs_pulumi_and_shows_the_clusters(
    fake_project: Paths, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["up"]) == 0
    assert [call.split()[0] for call in calls(fake_project)] == ["stack", "up", "stack"]
    assert calls(fake_project)[1] == "up --yes --skip-preview --parallel 24 --stack sandbox --color never"
    said = capfd.readouterr().out
    assert "kubectl --context federated-eks-1 -n kube-federation-system get kubefedclusters" in said
    assert said.endswith("To look around: source .sandbox/env\n")
    assert json.loads(fake_project.kubeconfig.read_text()) == KUBECONFIG
    assert stat.S_IMODE(fake_project.kubeconfig.stat().st_mode) == 0o600


def test_up_shows_the_clusters_of_a_stack_with_karmada(fake_project: Paths, capfd: pytest.CaptureFixture[str]) -> None:
    config = {"contexts": [{"name": "karmada"}, {"name": "federated-eks-1"}], "current-context": "karmada"}
    (fake_project.project / "outputs").write_text(json.dumps({"kubeconfig": json.dumps(config)}))
    settings = {"config": {"federated-eks:engine": "karmada"}}
    (fake_project.project / "Pulumi.sandbox.yaml").write_text(json.dumps(settings))
    assert main.main(["up"]) == 0
    assert "kubectl --context karmada get clusters.cluster.karmada.io" in capfd.readouterr().out


def test_pulumi_is_not_started_without_a_number_of_places(
    fake_project: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    (fake_project.project / "countless").touch()
    assert main.main(["up"]) == 1
    assert capsys.readouterr().err == "error: `python -m ops parallel`: no number\n"
    assert [call.split()[0] for call in calls(fake_project)] == ["stack"]


@pytest.mark.parametrize("outputs", [{}, {"kubeconfig": ""}])
def test_a_program_without_a_kubeconfig_is_told(
    fake_project: Paths, outputs: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    (fake_project.project / "outputs").write_text(json.dumps(outputs))
    assert main.main(["up"]) == 1
    assert "error: the stack has no output `kubeconfig`" in capsys.readouterr().err


def test_a_failed_update_leaves_the_cloud_up_to_go_on(fake_project: Paths, capfd: pytest.CaptureFixture[str]) -> None:
    (fake_project.project / "broken").touch()
    assert main.main(["up"]) == 1
    assert "`make up` goes on from here" in capfd.readouterr().out
    assert daemon.healthy(fake_project)


def test_down_destroys_stops_and_forgets(fake_project: Paths, capfd: pytest.CaptureFixture[str]) -> None:
    main.main(["up"])
    assert main.main(["down"]) == 0
    assert calls(fake_project)[-1] == "destroy --yes --skip-preview --parallel 24 --stack sandbox --color never"
    assert capfd.readouterr().out.endswith("Nothing is left.\n")
    assert processes.ours(fake_project.root) == {}
    assert {path.name for path in fake_project.root.iterdir()} <= commands.KEPT


@pytest.mark.parametrize("left", [[], ["eu-west-1 logs log group /aws/eks/one/cluster"]])
def test_down_deletes_what_the_clusters_made_before_and_what_is_left_after(
    fake_project: Paths, capfd: pytest.CaptureFixture[str], left: list[str]
) -> None:
    main.main(["up"])
    state = fake_project.pulumi_state / ".pulumi" / "stacks" / "federated-eks" / "sandbox.json"
    pulumi = fake_project.bin / "pulumi"
    state.write_text(json.dumps({"checkpoint": {"latest": {"resources": [{"type": "aws:ec2/vpc:Vpc"}]}}}))
    pulumi.write_text(pulumi.read_text().replace('"stack select") ', '"stack select") exit 0;; "select") '))
    if left:
        # What comes after the destroy: EKS writes its log group again.
        again = f"echo '{json.dumps(left)}' > left; [ ! -e broken ]"
        pulumi.write_text(pulumi.read_text().replace("[ ! -e broken ]", again))
    assert main.main(["down"]) == 0
    deletion = "leftovers --stack sandbox --delete --yes --timeout 2"
    destroy = "destroy --yes --skip-preview --parallel 24 --stack sandbox --color never"
    told = [call for call in calls(fake_project) if call.split()[0] in ("leftovers", "destroy")]
    assert told == [deletion, destroy, *([deletion] if left else [])]
    assert capfd.readouterr().out.endswith("Nothing is left.\n")


def test_down_lists_what_is_left_and_says_so_by_its_exit_code(
    fake_project: Paths, capfd: pytest.CaptureFixture[str]
) -> None:
    main.main(["up"])
    (fake_project.project / "left").write_text(json.dumps(["eu-west-1 vpc vpc-1", "iam role stray"]))
    (fake_project.project / "held").touch()
    assert main.main(["down"]) == 1
    assert capfd.readouterr().out.endswith("Left (2):\n  eu-west-1 vpc vpc-1\n  iam role stray\n")


def test_a_failed_destroy_stops_the_processes_and_keeps_the_world(
    fake_project: Paths, capfd: pytest.CaptureFixture[str]
) -> None:
    main.main(["up"])
    (fake_project.project / "broken").touch()
    assert main.main(["down"]) == 1
    assert "`make down` tries again" in capfd.readouterr().out
    assert processes.ours(fake_project.root) == {}
    assert fake_project.aws.exists()
    (fake_project.project / "broken").unlink()
    assert main.main(["down"]) == 0


def test_down_brings_a_killed_cloud_back_to_destroy_in_it(fake_project: Paths) -> None:
    main.main(["up"])
    processes.end(processes.ours(fake_project.root), grace=0)
    assert main.main(["down"]) == 0
    assert calls(fake_project)[-1].startswith("destroy")


def test_down_ends_what_runs_even_if_the_cloud_cannot_come_back(
    fake_project: Paths, capfd: pytest.CaptureFixture[str]
) -> None:
    main.main(["up"])
    processes.end(processes.ours(fake_project.root), grace=0)
    processes.start(fake_project.root, "etcd", ["sleep", "60"], fake_project.log / "etcd.log")
    (fake_project.project / "mode").write_text("busy")
    assert main.main(["down"]) == 1
    said = capfd.readouterr()
    assert "error: the sandbox ended while it started: port 4566 is in use" in said.err
    assert "all of the fleet" in said.out
    assert processes.ours(fake_project.root) == {}


def test_down_where_nothing_is_up_does_nothing(fake_project: Paths, capfd: pytest.CaptureFixture[str]) -> None:
    assert main.main(["down"]) == 0
    assert capfd.readouterr().out == "Nothing is left.\n"
    assert calls(fake_project) == []


def test_a_stack_whose_aws_is_gone_is_noticed(fake_project: Paths, capfd: pytest.CaptureFixture[str]) -> None:
    main.main(["up"])
    main.main(["stop"])
    state = fake_project.pulumi_state / ".pulumi" / "stacks" / "federated-eks" / "sandbox.json"
    state.write_text(json.dumps({"checkpoint": {"latest": {"resources": [{}, {}]}}}))
    fake_project.aws.rmdir()
    assert main.main(["up"]) == 1
    assert "does not exist, and the stack has 2 resources in it; run `make clean`" in capfd.readouterr().err
    assert main.main(["clean"]) == 0
    assert main.main(["up"]) == 0


def test_stop_keeps_the_world_and_up_finds_it_again(fake_project: Paths) -> None:
    main.main(["up"])
    assert main.main(["stop"]) == 0
    assert processes.ours(fake_project.root) == {}
    assert fake_project.aws.exists()
    assert main.main(["status"]) == 1
    assert main.main(["start"]) == 0
    assert main.main(["status"]) == 0


def test_preview_changes_nothing(fake_project: Paths) -> None:
    assert main.main(["preview"]) == 0
    assert calls(fake_project)[-1] == "preview --diff --policy-pack policies --stack sandbox"


def test_two_commands_at_once_are_refused(fake_project: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    with main.locks.alone(fake_project.root / "lock", "held"):
        assert main.main(["up"]) == 1
    assert f"another command is at work on this sandbox (process {os.getpid()})" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (UserError("x: no; yes"), 1, "error: x: no; yes\n"),
        (OSError(28, "No space left on device", "/a"), 1, "error: /a: No space left on device; mend that and run "),
        (KeyboardInterrupt(), 130, "\ninterrupted; `make up` goes on from here"),
    ],
)
def test_every_end_is_one_line(
    fake_project: Paths,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    told: str,
) -> None:
    def fail(paths: Paths) -> None:
        raise error

    monkeypatch.setattr(prepare, "prepare", fail)
    assert main.main(["start"]) == code
    assert capsys.readouterr().err.startswith(told)
