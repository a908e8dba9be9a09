"""Karmada's etcd as real processes, with the flags of its pods: three members that find each other by name."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from components.federation.karmada import pki
from components.federation.karmada.certificates import today
from components.federation.karmada.etcd import FILES
from components.federation.karmada.etcd_members import FOLDER, PKI, flags, identity_flags
from components.federation.karmada.snapshots import SnapshotJobArgs, Snapshots, cron_job, restoring
from sandbox.clusters.kubelet.commands import Command, Place, command
from sandbox.clusters.proxy import EgressProxy
from sandbox.paths import Paths, tool
from tests.sandbox.clusters.conftest import PROJECT, tools_linked
from tests.sandbox.clusters.fleet import until

pytestmark = pytest.mark.kubernetes

NAMESPACE = "karmada-system"
MEMBERS = 3
NAME = re.compile(rf"etcd-(\d)\.etcd\.{NAMESPACE}\.svc\.cluster\.local|etcd-client\.{NAMESPACE}\.svc\.cluster\.local")
SIGNED = [f"--cacert={PKI}/ca.crt", f"--cert={PKI}/tls.crt", f"--key={PKI}/tls.key"]
ENDPOINT = f"--endpoints=https://etcd-client.{NAMESPACE}.svc.cluster.local:2379"


@dataclass
class Members:
    """The processes of the members, which reach each other by a proxy that knows their names."""

    paths: Paths
    commands: dict[int, Command] = field(default_factory=dict[int, Command])
    processes: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict[int, "subprocess.Popen[bytes]"])

    def resolve(self, host: str, port: int) -> int | None:
        """The local port of a member's; the clients' Service leads to the first."""
        found = NAME.fullmatch(host)
        return self.commands[int(found[1] or 0)].ports.get(port) if found else None

    def prepare(self, proxy: EgressProxy) -> None:
        """Write the certificates."""
        self.proxy = proxy
        self.pems.mkdir()
        found = {**(keys := pki.keys(NAMESPACE, today())), **pki.certificates(NAMESPACE, keys, today())}
        for file, source in FILES.items():
            (self.pems / file).write_text(found[source])

    @property
    def pems(self) -> Path:
        """The folder of the certificates."""
        return self.paths.root / "pki"

    def start(self) -> None:
        """Start them all."""
        for number in range(MEMBERS):
            self.commands[number] = self.command(number, ["/usr/local/bin/etcd", *flags(NAMESPACE, MEMBERS)])
        for number, made in self.commands.items():
            log = (self.paths.root / f"etcd-{number}.log").open("wb")
            self.processes[number] = subprocess.Popen(made.argv, env=made.env, stdout=log, stderr=log)

    def stop(self) -> None:
        """End them all."""
        for process in self.processes.values():
            process.kill()
            process.wait()

    def command(self, number: int, argv: list[str], **more: Any) -> Command:
        """The process for a container of a member's pod."""
        container = {
            "name": "etcd",
            "image": "registry.k8s.io/etcd:3.6.6-0",
            "command": argv,
            "env": [{"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
            **more,
        }
        name = f"etcd-{number}"
        mounts = {FOLDER: self.paths.root / name, PKI: self.pems, "/snapshot": self.paths.root}
        place = Place(
            namespace=NAMESPACE,
            kubeconfig=Path("/none"),
            mounts=mounts,
            fields={"metadata.name": name},
            proxy=self.proxy.port,
        )
        return command(self.paths, container, place)

    def run(self, number: int, argv: list[str], **more: Any) -> str:
        """What a container of a member's pod says; it has to succeed."""
        made = self.command(number, argv, **more)
        return subprocess.run(made.argv, env=made.env, check=True, capture_output=True, text=True).stdout

    def ready(self, number: int) -> bool:
        """Whether a member's readiness probe holds."""
        url = f"http://127.0.0.1:{self.commands[number].ports[2381]}/readyz"
        return subprocess.run(["curl", "-sf", "-o", "/dev/null", url], check=False).returncode == 0


@pytest.fixture
def members(tmp_path: Path) -> Generator[Members]:
    """Three members, just started."""
    made = Members(tools_linked(tmp_path))
    for name in ("etcdctl", "etcdutl"):
        (made.paths.bin / name).symlink_to(tool(Paths(PROJECT), name))
    proxy = EgressProxy(tmp_path / "proxy", made.resolve)
    proxy.start()
    try:
        made.prepare(proxy)
        made.start()
        yield made
    finally:
        made.stop()
        proxy.stop()


def test_three_members_find_each_other_by_name_and_outlive_one_of_them(members: Members) -> None:
    until(lambda: all(members.ready(number) for number in range(MEMBERS)), "all members are ready")
    members.processes[0].kill()
    members.processes[0].wait()
    time.sleep(2)
    until(lambda: members.ready(1) and members.ready(2), "the other members go on")
    members.processes[1].kill()
    members.processes[1].wait()
    until(lambda: not members.ready(2), "a member without a majority is not ready")


def test_members_with_empty_volumes_begin_with_a_snapshot_and_others_stay_as_they_are(members: Members) -> None:
    ready = lambda: all(members.ready(number) for number in range(MEMBERS))  # noqa: E731
    client = ["/usr/local/bin/etcdctl", ENDPOINT, *SIGNED]
    until(ready, "all members are ready")
    members.run(0, [*client, "put", "kept", "before"])
    members.run(0, saving())
    members.run(0, [*client, "put", "kept", "after"])
    revision = int(json.loads(members.run(0, [*client, "get", "kept", "-w", "json"]))["header"]["revision"])
    members.stop()
    for number in range(MEMBERS):
        begin(members, number)
    members.start()
    until(ready, "all members are ready again")
    assert members.run(0, [*client, "get", "kept", "--print-value-only"]).strip() == "after"
    members.stop()
    for number in range(MEMBERS):
        shutil.rmtree(members.paths.root / f"etcd-{number}")
        (members.paths.root / f"etcd-{number}").mkdir()
        begin(members, number)
        assert [found.name for found in (members.paths.root / f"etcd-{number}").iterdir()] == ["data"]
    members.start()
    until(ready, "all members are ready after the restore")
    found = json.loads(members.run(1, [*client, "get", "kept", "-w", "json"]))
    assert base64.b64decode(found["kvs"][0]["value"]) == b"before"
    assert int(found["header"]["revision"]) > revision, "watches of the time before end"


SNAPSHOTS = Snapshots(bucket="snapshots", folder="fleet/test", schedule="0 * * * *", restore="fleet/test/one.db")
IMAGE = "registry.k8s.io/etcd:3.6.6-0"


def saving() -> list[str]:
    """The command of the job's first step."""
    args: Any = SnapshotJobArgs(
        namespace=NAMESPACE,
        snapshots=SNAPSHOTS,
        etcd_image=IMAGE,
        shell_image="docker.io/alpine/k8s:1.35.4",
        provider=None,  # type: ignore[arg-type]  # the spec has none
        after=[],
    )
    return cron_job(args)["job_template"]["spec"]["template"]["spec"]["init_containers"][0]["command"]


def begin(members: Members, number: int) -> None:
    """Run the steps with which a member's pod begins, but for the download."""
    added = restoring(
        SNAPSHOTS,
        etcd_image=IMAGE,
        shell_image="docker.io/alpine/k8s:1.35.4",
        flags=identity_flags(NAMESPACE, MEMBERS),
    )
    for step in added["init_containers"][1:]:
        members.run(number, step["command"], image=step["image"])
