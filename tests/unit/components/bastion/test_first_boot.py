"""The bastion's first boot: the script as it is made, and as it runs with nothing but stand-ins on its PATH."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pytest

from components.bastion import first_boot, fleet_list
from components.bastion.first_boot import FirstBoot, newest, script

pytestmark = pytest.mark.unit

CLUSTERS = {"federated-eks-1": "eu-west-1", "federated-eks-2": "eu-west-3"}
TOOLS = ("kubectl", "helm", "eksctl", "kubefedctl")


def boot(**changed: Any) -> FirstBoot:
    given: dict[str, Any] = {
        "fleet": "federated-eks",
        "region": "eu-west-1",
        "log_group": "sessions",
        "parameter": "/federated-eks/bastion/fleet",
        "internet": True,
    }
    return FirstBoot(**{**given, **changed})


@dataclass
class Machine:
    """A folder that stands for a machine, and the commands that the script finds there."""

    root: Path

    def __post_init__(self) -> None:
        (self.root / "bin").mkdir()
        (self.root / "published").mkdir()
        (self.root / "etc").mkdir()
        (self.root / "var/lib/cloud/data").mkdir(parents=True)
        (self.root / "var/lib/cloud/data/instance-id").write_text("i-1\n")
        for name in TOOLS:
            self.publish(name)
        self.command("dnf", 'echo "$@" >> "$ROOT/dnf"')
        self.command("systemctl", 'echo "$@" >> "$ROOT/systemctl"')
        # A download: the file of that name, wherever it is asked for.
        self.command(
            "curl",
            'for last; do :; done; while [ "$1" != --output ]; do shift; done; cp "$ROOT/published/${last##*/}" "$2"',
        )
        self.command(
            "aws",
            'echo "$@" >> "$ROOT/calls"',
            'if [ "$1" = eks ]; then',
            '  case "$*" in *"$ABSENT"*) [ -n "$ABSENT" ] && { echo "No cluster found" >&2; exit 254; } ;; esac',
            '  while [ "$1" != --name ]; do shift; done; name=$2',
            '  while [ "$1" != --kubeconfig ]; do shift; done; echo "$name" >> "$2"',
            "fi",
            'if [ "$1 $2" = "ssm get-parameter" ]; then cat "$ROOT/parameter"; fi',
        )
        self.list(CLUSTERS)

    def list(self, clusters: dict[str, str], kubernetes: str = "1.35") -> None:
        """Have the parameter list these clusters."""
        (self.root / "parameter").write_text(fleet_list.text(clusters, kubernetes) + "\n")

    def command(self, name: str, *lines: str) -> None:
        file = self.root / "bin" / name
        file.write_text("#!/bin/bash\n" + "\n".join(lines) + "\n")
        file.chmod(0o755)

    def publish(self, name: str) -> None:
        """A program under its publisher's names, with the checksums as that publisher gives them."""
        program = f"#!/bin/sh\necho {name}\n".encode()
        version = {"kubectl": "", "helm": f"v{first_boot.HELM}", "kubefedctl": first_boot.KUBEFEDCTL, "eksctl": ""}[
            name
        ]
        file = {
            "kubectl": "kubectl",
            "helm": f"helm-{version}-linux-amd64.tar.gz",
            "eksctl": "eksctl_Linux_amd64.tar.gz",
            "kubefedctl": f"kubefedctl-{version}-linux-amd64.tgz",
        }[name]
        data = program if name == "kubectl" else _archive("linux-amd64/helm" if name == "helm" else name, program)
        sum_ = hashlib.sha256(data).hexdigest()
        sums = {
            "kubectl": ("kubectl.sha256", sum_),
            "helm": (f"{file}.sha256sum", f"{sum_}  {file}\n"),
            "eksctl": ("eksctl_checksums.txt", f"{'0' * 64}  eksctl_Darwin_amd64.tar.gz\n{sum_}  {file}\n"),
            "kubefedctl": (f"{file}.sha", f"{sum_}  {file}\n"),
        }[name]
        (self.root / "published" / file).write_bytes(data)
        (self.root / "published" / sums[0]).write_text(sums[1])

    def run(self, *arguments: str, absent: str = "", **changed: Any) -> int:
        file = self.root / "user-data"
        file.write_text(script(boot(root=str(self.root), **changed)))
        env = {"PATH": f"{self.root}/bin:{os.environ['PATH']}", "ROOT": str(self.root), "ABSENT": absent}
        # The stand-ins are told where they are; the script's own ROOT is read-only.
        return subprocess.run(["bash", str(file), *arguments], env=env, check=False, timeout=20).returncode

    def read(self, path: str) -> str:
        return (self.root / path).read_text()

    @property
    def tools(self) -> set[str]:
        found = self.root / "usr/local/bin"
        return {file.name for file in found.iterdir()} if found.exists() else set()


def _archive(path: str, data: bytes) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        member = tarfile.TarInfo(path)
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return held.getvalue()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_its_settings_stand_at_its_head_and_nothing_else_is_filled_in() -> None:
    text = script(boot())
    settings = [line for line in text.splitlines() if line.startswith("readonly ") and "$" not in line]
    assert settings == [
        "readonly FLEET=federated-eks",
        "readonly REGION=eu-west-1",
        "readonly LOG_GROUP=sessions",
        "readonly INTERNET=yes",
        "readonly PARAMETER=/federated-eks/bastion/fleet",
        "readonly HELM=3.19.0",
        "readonly EKSCTL=0.215.0",
        "readonly KUBEFEDCTL=0.10.0",
        "readonly ROOT=''",
    ]
    without = "\n".join(line for line in text.splitlines() if line not in settings)
    assert without == first_boot.TEMPLATE.read_text().replace("@SETTINGS@\n", "").rstrip("\n")


def test_bash_reads_it() -> None:
    assert subprocess.run(["bash", "-n"], input=script(boot()), text=True, check=False).returncode == 0


def test_user_data_and_the_list_of_a_cluster_in_every_region_are_as_small_as_aws_takes() -> None:
    assert len(script(boot(fleet="f" * 40)).encode()) < 16 * 1024, "EC2 user guide, Run commands at launch"
    everywhere = {f"{'c' * 38}{number:02}": region.value for number, region in enumerate(aws.Region)}
    assert len(fleet_list.text(everywhere, "1.35")) <= 4096, "a standard parameter of Systems Manager"


def test_kubectl_is_of_the_newest_cluster_s_minor() -> None:
    assert newest(["1.9", "1.36", "1.35"]) == "1.36"
    assert newest([None, "1.9"]) == first_boot.KUBERNETES


def test_as_user_data_it_installs_itself_as_a_service_that_starts_every_minute(machine: Machine) -> None:
    assert machine.command("systemctl", 'echo "$@" >> "$ROOT/systemctl"') is None
    (machine.root / "etc/systemd/system").mkdir(parents=True)
    assert machine.run() == 0
    unit = machine.read("etc/systemd/system/fleet-first-boot.service")
    assert "Type=oneshot" in unit and "StartLimitIntervalSec=0" in unit
    timer = machine.read("etc/systemd/system/fleet-first-boot.timer")
    assert "OnActiveSec=0\nOnUnitInactiveSec=60\n" in timer and "WantedBy=timers.target" in timer
    assert f"ExecStart={machine.root}/usr/local/sbin/fleet-first-boot run" in unit
    assert machine.read("systemctl").splitlines()[-1] == "enable --now --no-block fleet-first-boot.timer"
    assert machine.read("usr/local/sbin/fleet-first-boot") == machine.read("user-data")


def test_it_installs_every_tool_and_writes_every_context_the_host_s_first_and_current(machine: Machine) -> None:
    assert machine.run("run") == 0
    assert machine.tools == set(TOOLS)
    for name in TOOLS:
        told = subprocess.run([machine.root / "usr/local/bin" / name], capture_output=True, text=True, check=True)
        assert told.stdout == f"{name}\n"
    assert machine.read("etc/kubefed/kubeconfig").split() == [*CLUSTERS, "federated-eks-1"]
    assert f"KUBECONFIG=${{KUBECONFIG:-{machine.root}/etc/kubefed/kubeconfig}}" in machine.read(
        "etc/profile.d/fleet.sh"
    )
    assert "MISSING" not in machine.read("etc/motd")


def test_what_is_not_what_its_publisher_says_is_not_installed_and_told(machine: Machine) -> None:
    (machine.root / "published/kubectl").write_text("#!/bin/sh\necho changed\n")
    # Another file's sum is no sum of this one.
    listed = machine.root / "published/eksctl_checksums.txt"
    listed.write_text(listed.read_text().replace("eksctl_Linux_amd64.tar.gz", "eksctl_Linux_arm64.tar.gz"))
    assert machine.run("run") != 0
    assert machine.tools == {"helm", "kubefedctl"}
    told = machine.read("etc/motd")
    assert "MISSING, tried again every minute: kubectl 1.35.0: https://dl.k8s.io/release/v1.35.0/" in told
    assert "eksctl 0.215.0:" in told and "is not what" in told


def test_a_cluster_that_is_not_there_yet_is_missing_until_it_is(machine: Machine) -> None:
    assert machine.run("run", absent="federated-eks-2") != 0
    assert "MISSING, tried again every minute: context federated-eks-2: No cluster found" in machine.read("etc/motd")
    assert set(machine.read("etc/kubefed/kubeconfig").split()) == {"federated-eks-1"}
    assert machine.run("run") == 0
    assert "MISSING" not in machine.read("etc/motd")


def test_a_region_that_joins_the_list_gets_its_context_and_one_that_leaves_loses_it(machine: Machine) -> None:
    assert machine.run("run") == 0
    machine.list({"federated-eks-1": "eu-west-1", "federated-eks-3": "us-east-1"})
    assert machine.run("run", absent="federated-eks-3") != 0
    assert "context federated-eks-3: No cluster found" in machine.read("etc/motd"), "it is made after the list"
    assert machine.run("run") == 0
    assert set(machine.read("etc/kubefed/kubeconfig").split()) == {"federated-eks-1", "federated-eks-3"}
    assert "MISSING" not in machine.read("etc/motd")


def test_an_upgrade_of_the_fleet_brings_another_kubectl(machine: Machine) -> None:
    machine.run("run")
    machine.list(CLUSTERS, kubernetes="1.36")
    assert machine.run("run") == 0
    assert machine.read("var/lib/fleet-first-boot/kubectl") == "1.36.0\n"


def test_the_same_list_again_is_one_call_and_nothing_else(machine: Machine) -> None:
    machine.run("run")
    (machine.root / "calls").unlink()
    assert machine.run("run") == 0
    assert machine.read("calls").splitlines() == [
        "ssm get-parameter --region eu-west-1 --name /federated-eks/bastion/fleet --query Parameter.Value --output text"
    ]
    assert len(machine.read("dnf").splitlines()) == 1


def test_a_list_that_cannot_be_read_is_missing_and_the_contexts_stay(machine: Machine) -> None:
    machine.run("run")
    before = machine.read("etc/kubefed/kubeconfig")
    (machine.root / "parameter").rename(machine.root / "away")
    assert machine.run("run") != 0
    assert "MISSING, tried again every minute: the list of clusters: " in machine.read("etc/motd")
    assert machine.read("etc/kubefed/kubeconfig") == before
    (machine.root / "away").rename(machine.root / "parameter")
    assert machine.run("run") == 0
    assert "MISSING" not in machine.read("etc/motd")


def test_what_changed_is_told_to_the_log_group_once(machine: Machine) -> None:
    for _ in range(3):
        machine.run("run", absent="federated-eks-2")
    told = [line for line in machine.read("calls").splitlines() if line.startswith("logs put-log-events")]
    assert len(told) == 1
    assert "--log-group-name sessions --log-stream-name first-boot/i-1" in told[0]
    assert "context federated-eks-2" in told[0]


def test_a_tool_that_is_there_is_not_fetched_again(machine: Machine) -> None:
    machine.run("run", absent="federated-eks-2")
    machine.command("curl", "exit 1")
    assert machine.run("run") == 0
    assert machine.tools == set(TOOLS)


def test_without_a_way_to_the_internet_it_says_so_and_is_done(machine: Machine) -> None:
    machine.command("curl", "exit 1")
    assert machine.run("run", internet=False) == 0
    assert machine.tools == set()
    assert "Its network has no way to the internet: kubectl, helm, eksctl and kubefedctl can't" in machine.read(
        "etc/motd"
    )
