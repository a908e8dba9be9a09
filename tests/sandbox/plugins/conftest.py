"""An engine on tiny programs, and one real control plane for them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.clusters import kubeconfig
from sandbox.clusters.client import Api
from sandbox.clusters.manager import ControlPlaneManager
from sandbox.clusters.persistence import folder
from sandbox.clusters.pki import Pair
from sandbox.contract import AccessPolicy, ClusterKey, NodeSpec, Phase, SignInError, UserInfo
from sandbox.paths import Paths, tool
from tests.sandbox.plugins import aws_cloud, engine
from tests.sandbox.plugins.aws_calls import Calls
from tests.sandbox.plugins.engine import Stack

TOOLS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok", "hyperfed")


class Cluster:
    """A control plane and its administrator's ways in."""

    def __init__(self, server: str, pki: Path, path: Path, manager: ControlPlaneManager, key: ClusterKey) -> None:
        self._manager, self._key = manager, key
        pair = Pair(pki / "admin.crt", pki / "admin.key")
        self.api = Api(server, pki / "ca.crt", pair)
        self.server = server
        self.authority = pki / "ca.crt"
        self.kubeconfig = kubeconfig.write(path, server=server, authority=pki / "ca.crt", certificate=pair)

    @contextmanager
    def nodes(self, *zones: str) -> Generator[None]:
        """A node in each of these zones meanwhile."""
        specs = [
            NodeSpec(
                name=f"ip-172-21-{number}-10.eu-west-1.compute.internal",
                provider_id=f"aws:///{zone}/i-{number:017x}",
                instance_type="t3.medium",
                address=f"172.21.{number}.10",
                labels={"topology.kubernetes.io/region": zone[:-1], "topology.kubernetes.io/zone": zone},
            )
            for number, zone in enumerate(zones)
        ]
        for spec in specs:
            self._manager.add_node(self._key, spec)
        try:
            yield
        finally:
            for spec in specs:
                self._manager.remove_node(self._key, spec.name)


class NoIdentity:
    """Nobody signs in by AWS here."""

    def authenticate(self, key: ClusterKey, token: str) -> UserInfo:
        raise SignInError("nobody does")

    def access_policies(self, key: ClusterKey, principal_arn: str) -> Sequence[AccessPolicy]:
        return ()


def _with_tools(project: Path) -> Paths:
    """A sandbox of its own, with the tools of this one."""
    paths = Paths(project)
    paths.bin.mkdir(parents=True)
    for name in TOOLS:
        (paths.bin / name).symlink_to(tool(Paths(engine.PROJECT), name))
    return paths


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[aws_cloud.Aws]:
    """AWS alone, without control planes, for a module's tests."""
    with aws_cloud.running(tmp_path_factory.mktemp("aws")) as aws:
        yield aws


@pytest.fixture
def aws(running: aws_cloud.Aws, monkeypatch: pytest.MonkeyPatch) -> aws_cloud.Aws:
    """The same, as the environment tells a program of it."""
    for name, value in running.env.items():
        monkeypatch.setenv(name, value)
    running.faults()
    return running


@pytest.fixture
def calls(aws: aws_cloud.Aws) -> Calls:
    """The stand-in for AWS, as the engine calls it."""
    return Calls()


@contextmanager
def control_planes(*names: str) -> Generator[list[Cluster]]:
    """A control plane of each name, all ready, until the end."""
    with tempfile.TemporaryDirectory(prefix="plugins-") as made:
        paths = _with_tools(Path(made))
        manager = ControlPlaneManager(paths, NoIdentity())
        keys = [ClusterKey("123456789012", "eu-west-1", name) for name in names]
        try:
            for key in keys:
                manager.create(key, version="1.37", service_cidr="10.100.0.0/16", issuer="https://127.0.0.1/issuer")
            end = time.monotonic() + 120
            while any((status := manager.status(key)).phase is not Phase.READY for key in keys):
                assert time.monotonic() < end and status.phase is not Phase.FAILED, status
                time.sleep(0.1)
            yield [
                Cluster(manager.status(key).endpoint, folder(paths, key), paths.root / f"{key.name}.json", manager, key)
                for key in keys
            ]
        finally:
            manager.stop()


@pytest.fixture(scope="session")
def cluster() -> Generator[Cluster]:
    """One control plane, for all tests that need any."""
    with control_planes("plugins") as (made,):
        yield made


@pytest.fixture
def stacks(tmp_path: Path) -> Generator[Callable[..., Stack]]:
    """Makes a stack, with environment variables of its own; what a failed test leaves in it is destroyed."""
    made: list[Stack] = []

    def make(env: Mapping[str, str] | None = None) -> Stack:
        made.append(engine.stack(tmp_path, env))
        return made[-1]

    yield make
    for stack in made:
        if stack.resources():
            stack.destroy()


@pytest.fixture
def kube(stacks: Callable[..., Stack], cluster: Cluster) -> Stack:
    """A stack whose default Kubernetes provider is the control plane."""
    return stacks({"KUBECONFIG": str(cluster.kubeconfig)})
