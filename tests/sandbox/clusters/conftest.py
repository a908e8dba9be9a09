"""Real control planes for all tests, and kubefed on them for those that need it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.clusters.manager import ControlPlaneManager
from sandbox.paths import Paths, tool
from tests.sandbox.clusters import fleet
from tests.sandbox.clusters.fleet import HOST, MEMBER, Fleet
from tests.sandbox.clusters.kubefed import KubeFed

PROJECT = Path(__file__).resolve().parents[3]

TOOLS = (
    *("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"),
    *("kubectl", "kwok", "helm", "hyperfed", "kubefed-webhook", "prometheus-operator"),
)


def tools_linked(folder: Path) -> Paths:
    """A sandbox of its own in a folder, with the tools of this checkout."""
    paths = Paths(folder)
    paths.bin.mkdir(parents=True)
    for name in TOOLS:
        (paths.bin / name).symlink_to(tool(Paths(PROJECT), name))
    return paths


@pytest.fixture
def own_paths() -> Iterator[Paths]:
    """A second sandbox, apart from the fleet's."""
    with tempfile.TemporaryDirectory(prefix="fek-test-") as made:
        yield tools_linked(Path(made))


@pytest.fixture(scope="session")
def planes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A host with a node in each of three zones, and a member with one node on Kubernetes 1.34."""
    with tempfile.TemporaryDirectory(prefix="fek-test-") as made:
        paths, identity = tools_linked(Path(made)), fleet.identity()
        manager = ControlPlaneManager(paths, identity)
        try:
            fleet.create(manager, HOST)
            fleet.create(manager, MEMBER, version="1.34")
            for number, zone in enumerate("abc"):
                manager.add_node(HOST, fleet.node(HOST, zone, number))
            manager.add_node(MEMBER, fleet.node(MEMBER, "a", 0))
            fleet.await_ready(manager, HOST)
            fleet.await_ready(manager, MEMBER)
            yield Fleet(paths, manager, identity, tmp_path_factory.mktemp("fleet"))
        finally:
            manager.stop()


@pytest.fixture(scope="session")
def kubefed(planes: Fleet) -> KubeFed:
    """kubefed on the host, installed by Helm with its webhooks and its hook job."""
    made = KubeFed(planes, tool(planes.paths, "hyperfed"))
    made.install()
    return made
