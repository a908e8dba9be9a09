"""Karmada's etcd as real processes, with the flags of its pods: three members that find each other by name."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from components.federation.karmada import pki
from components.federation.karmada.certificates import today
from components.federation.karmada.etcd import FILES
from components.federation.karmada.etcd_members import FOLDER, flags
from sandbox.clusters.kubelet.commands import Command, Place, command
from sandbox.clusters.proxy import EgressProxy
from sandbox.paths import Paths
from tests.sandbox.clusters.conftest import tools_linked
from tests.sandbox.clusters.fleet import until

pytestmark = pytest.mark.kubernetes

NAMESPACE = "karmada-system"
MEMBERS = 3
NAME = re.compile(rf"etcd-(\d)\.etcd\.{NAMESPACE}\.svc\.cluster\.local")


@dataclass
class Members:
    """The processes of the members, which reach each other by a proxy that knows their names."""

    paths: Paths
    commands: dict[int, Command] = field(default_factory=dict[int, Command])
    processes: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict[int, "subprocess.Popen[bytes]"])

    def resolve(self, host: str, port: int) -> int | None:
        """The local port of a member's."""
        found = NAME.fullmatch(host)
        return self.commands[int(found[1])].ports.get(port) if found else None

    def start(self, proxy: EgressProxy) -> None:
        """Start them all."""
        pems = self.paths.root / "pki"
        pems.mkdir()
        found = {**(keys := pki.keys(NAMESPACE, today())), **pki.certificates(NAMESPACE, keys, today())}
        for file, source in FILES.items():
            (pems / file).write_text(found[source])
        for number in range(MEMBERS):
            name = f"etcd-{number}"
            container = {
                "name": "etcd",
                "image": "registry.k8s.io/etcd:3.6.6-0",
                "command": ["/usr/local/bin/etcd", *flags(NAMESPACE, MEMBERS)],
                "env": [{"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
            }
            place = Place(
                namespace=NAMESPACE,
                kubeconfig=Path("/none"),
                mounts={FOLDER: self.paths.root / name, "/etc/etcd/pki": pems},
                fields={"metadata.name": name},
                proxy=proxy.port,
            )
            self.commands[number] = command(self.paths, container, place)
        for number, made in self.commands.items():
            log = (self.paths.root / f"etcd-{number}.log").open("wb")
            self.processes[number] = subprocess.Popen(made.argv, env=made.env, stdout=log, stderr=log)

    def ready(self, number: int) -> bool:
        """Whether a member's readiness probe holds."""
        url = f"http://127.0.0.1:{self.commands[number].ports[2381]}/readyz"
        return subprocess.run(["curl", "-sf", "-o", "/dev/null", url], check=False).returncode == 0


@pytest.fixture
def members(tmp_path: Path) -> Generator[Members]:
    """Three members, just started."""
    made = Members(tools_linked(tmp_path))
    proxy = EgressProxy(tmp_path / "proxy", made.resolve)
    proxy.start()
    try:
        made.start(proxy)
        yield made
    finally:
        for process in made.processes.values():
            process.kill()
            process.wait()
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
