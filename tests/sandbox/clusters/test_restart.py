"""What is kept when the daemon or one of its processes dies, and what is left after a deletion."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import urllib3

from sandbox import processes
from sandbox.clusters import record
from sandbox.clusters.manager import ControlPlaneManager
from sandbox.clusters.persistence import folder
from sandbox.contract import Phase
from sandbox.paths import Paths
from tests.sandbox.clusters import fleet
from tests.sandbox.clusters.fleet import HOST, MEMBER, Fleet, Kubectl, until

pytestmark = pytest.mark.kubernetes

ADMIN = "federated-eks-1:admin"
PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def manager(own_paths: Paths) -> Iterator[ControlPlaneManager]:
    """A second manager, beside the fleet's."""
    made = ControlPlaneManager(own_paths, fleet.identity())
    yield made
    made.stop()


def _killed_after_it_served(paths: Paths, scratch: Path) -> list[str]:
    """Run a daemon, make a namespace through it, kill it; what it said of its cluster."""
    argv = [sys.executable, "-m", "tests.sandbox.clusters.serve", str(paths.project)]
    with subprocess.Popen(argv, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout
        said = json.loads(daemon.stdout.readline())
        Kubectl(paths, said[0], HOST, ADMIN, scratch)("create", "ns", "kept")
        daemon.send_signal(signal.SIGKILL)
    return said


def test_after_a_kill_the_same_cluster_comes_back_and_a_deletion_leaves_nothing(
    planes: Fleet, own_paths: Paths, tmp_path: Path
) -> None:
    said = _killed_after_it_served(own_paths, tmp_path)
    assert len(processes.ours(own_paths.root)) == 5
    manager = ControlPlaneManager(own_paths, fleet.identity())
    try:
        fleet.create(manager, HOST)
        fleet.await_ready(manager, HOST)
        status = manager.status(HOST)
        assert [status.endpoint, status.certificate_authority.decode()] == said
        Kubectl(own_paths, status.endpoint, HOST, ADMIN, tmp_path)("get", "ns", "kept")
        assert manager._etcd.count("/eu-west-1/federated-eks-1") > 50

        manager.delete(HOST)
        until(lambda: manager.status(HOST).phase is Phase.GONE, "the cluster is gone", 30)
        assert set(processes.ours(own_paths.root).values()) == {"kubernetes etcd"}
        assert manager._etcd.count("") == 0
        assert not folder(own_paths, HOST).exists()
    finally:
        manager.stop()
    assert processes.ours(own_paths.root) == {}
    assert planes.manager.status(HOST).phase is Phase.READY
    planes.kubectl()("get", "ns", "default")


def test_its_endpoint_is_told_before_it_answers(manager: ControlPlaneManager) -> None:
    fleet.create(manager, HOST)
    told = until(lambda: found if (found := manager.status(HOST)).endpoint else None, "its endpoint is told")
    assert told.phase is Phase.STARTING
    pool = urllib3.PoolManager(ca_cert_data=told.certificate_authority.decode(), retries=False)
    with contextlib.suppress(urllib3.exceptions.HTTPError):
        assert pool.request("GET", f"{told.endpoint}/readyz").status != 200
    fleet.await_ready(manager, HOST)
    ready = manager.status(HOST)
    assert (ready.endpoint, ready.certificate_authority) == (told.endpoint, told.certificate_authority)
    assert pool.request("GET", f"{ready.endpoint}/readyz").status == 200


def test_an_api_server_that_dies_is_started_again(planes: Fleet) -> None:
    name = "kubernetes eu-west-3/federated-eks-2 kube-apiserver"
    (pid,) = [pid for pid, found in processes.ours(planes.paths.root).items() if found == name]
    psutil.Process(pid).kill()
    admin = planes.kubectl(MEMBER)
    until(lambda: name not in processes.ours(planes.paths.root).values() or not psutil.pid_exists(pid), "it is dead")
    until(lambda: admin("get", "ns", "default", check=False).returncode == 0, "it answers again", 30)


def test_a_kept_port_in_use_is_said(manager: ControlPlaneManager, own_paths: Paths) -> None:
    desired = record.Desired(account=HOST.account, version="1.37", service_cidr="10.100.0.0/16", issuer="i")
    kept = record.keep(own_paths.clusters, folder(own_paths, HOST), desired)
    with socket.create_server(("127.0.0.1", kept.port)):
        manager.create(HOST, version="1.37", service_cidr="10.100.0.0/16", issuer="i")
        until(lambda: manager.status(HOST).phase is Phase.FAILED, "it fails", 30)
    reason = manager.status(HOST).reason
    assert reason.startswith(f"federated-eks-1: port {kept.port}, its API server's since it was created, is in use")


def test_a_version_that_is_not_there_is_said(manager: ControlPlaneManager) -> None:
    manager.create(HOST, version="1.29", service_cidr="10.100.0.0/16", issuer="i")
    until(lambda: manager.status(HOST).phase is Phase.FAILED, "it fails", 10)
    assert "Kubernetes 1.29: the sandbox has 1.34 to 1.37; set one of these" in manager.status(HOST).reason


def test_data_of_clusters_that_are_none_any_more_is_forgotten(manager: ControlPlaneManager, own_paths: Paths) -> None:
    desired = record.Desired(account=HOST.account, version="1.37", service_cidr="10.100.0.0/16", issuer="i")
    for key in (HOST, MEMBER):
        record.keep(own_paths.clusters, folder(own_paths, key), desired)
    manager.prune([MEMBER])
    assert not folder(own_paths, HOST).exists()
    assert folder(own_paths, MEMBER).exists()


@pytest.mark.parametrize("seconds", [0.0, 0.5, 1.5, 3.0])
def test_a_stop_in_the_midst_of_starting_leaves_no_process(own_paths: Paths, seconds: float) -> None:
    manager = ControlPlaneManager(own_paths, fleet.identity())
    fleet.create(manager, HOST)
    time.sleep(seconds)
    manager.stop()
    assert processes.ours(own_paths.root) == {}


def test_half_of_what_was_kept_is_no_cluster(manager: ControlPlaneManager, own_paths: Paths) -> None:
    desired = record.Desired(account=HOST.account, version="1.37", service_cidr="10.100.0.0/16", issuer="i")
    record.keep(own_paths.clusters, folder(own_paths, HOST), desired)
    record.mark_served(folder(own_paths, HOST))
    manager.create(HOST, version="1.37", service_cidr="10.100.0.0/16", issuer="i")
    until(lambda: manager.status(HOST).phase is Phase.FAILED, "it fails", 20)
    assert "its keys exist, but its objects are gone from etcd's data; `make clean`" in manager.status(HOST).reason
    manager.delete(HOST)
    until(lambda: manager.status(HOST).phase is Phase.GONE, "it is gone", 20)
    assert not folder(own_paths, HOST).exists()


def test_two_accounts_cannot_have_a_cluster_in_one_place(manager: ControlPlaneManager, own_paths: Paths) -> None:
    namesake = HOST._replace(account="210987654321")
    for key in (HOST, namesake):
        manager.create(key, version="1.20", service_cidr="10.100.0.0/16", issuer="i")
    assert "account 123456789012 has a cluster federated-eks-1 in eu-west-1" in manager.status(namesake).reason
    desired = record.Desired(account=HOST.account, version="1.37", service_cidr="10.100.0.0/16", issuer="i")
    record.keep(own_paths.clusters, folder(own_paths, HOST), desired)
    manager.delete(namesake)
    until(lambda: manager.status(namesake).phase is Phase.GONE, "it is gone", 10)
    assert folder(own_paths, HOST).exists()
