"""Workloads that move from kubefed to Karmada on a fleet that runs them, back, and again for good."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sandbox.checkout import fresh
from tests.sandbox.fleet.app import App, eventually, made, objects, running
from tests.sandbox.fleet.live import Fleet, free_port
from tests.unit.ops.map.markup import Words

pytestmark = pytest.mark.fleet

HOST, OTHER = "federated-eks-1", "federated-eks-2"
BOTH = (HOST, OTHER)
KUBEFED = "kube-federation-system"
FEDERATED = "federatednamespaces,federateddeployments,federatedconfigmaps,replicaschedulingpreferences"

SHOP = """
    shop = namespace("shop")
    federated("Deployment", "web", shop, deployment("web", 1), overrides={
        "federated-eks-1": [Override(path="/spec/replicas", value=2)]})
    federated("ConfigMap", "note", shop, {"data": {"text": "hello"}})
    spread = federated("Deployment", "spread", shop, deployment("spread", 1))
    ReplicaScheduling("spread", ReplicaSchedulingArgs(host=host, workload=spread, total=6))
    """
LATE = 'federated("ConfigMap", "late", namespace("late"), {"data": {}})'

Uids = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Moving:
    """A fleet, and two programs on it."""

    fleet: Fleet
    shop: App
    late: App

    def engines(self, engine: str, beside: str) -> None:
        """Update the fleet to these engines; `beside` is empty for one engine."""
        self.fleet.configure(engine=engine, beside=beside)
        self.fleet.checkout.sandbox("up", timeout=1800)

    @contextmanager
    def same_pods(self) -> Generator[None, None, None]:
        """Check that the pods are the same afterwards."""
        before = self.pods()
        yield
        assert self.pods() == before

    def pods(self) -> Uids:
        """The uids of the shop's pods, by cluster and name."""
        found = {cluster: objects(self.fleet, cluster, "pods", "shop") for cluster in BOTH}
        return {
            cluster: {name: pod["metadata"]["uid"] for name, pod in pods.items()} for cluster, pods in found.items()
        }

    def federated(self) -> list[str]:
        """The names of the shop's objects that are declared to kubefed."""
        listed = self.fleet.kubectl(HOST, "-n", "shop", "get", FEDERATED, "-o", "name").stdout
        return sorted(line.rpartition("/")[2] for line in listed.splitlines())

    def templates(self) -> list[str]:
        """The names of the shop's Deployments in Karmada."""
        return sorted(objects(self.fleet, "karmada", "deployments", "shop"))


@pytest.fixture(scope="module")
def moving() -> Generator[Moving, None, None]:
    """Two clusters that kubefed federates, and what runs on them."""
    with fresh(state_once=True) as checkout:
        fleet = Fleet(checkout)
        fleet.configure(karmada={"chart": ".sandbox/charts/karmada", "port": free_port()}, types=[], manifests=[])
        checkout.sandbox("up", timeout=1800)
        shop, late = made(fleet, "shop"), made(fleet, "late")
        shop.up(SHOP)
        late.up(LATE)
        eventually(lambda: running(fleet, BOTH, "shop", "web"), {HOST: 2, OTHER: 1})
        eventually(lambda: running(fleet, BOTH, "shop", "spread"), {HOST: 3, OTHER: 3})
        yield Moving(fleet, shop, late)


def test_karmada_comes_beside_kubefed_and_programs_mark_what_stays(moving: Moving) -> None:
    with moving.same_pods():
        moving.engines("kubefed", "karmada")
        assert "kubefed.io/orphan" in moving.shop.preview(SHOP, "--diff").stdout
        moving.shop.up()
    found = objects(moving.fleet, HOST, "federateddeployments", "shop")
    assert {one["metadata"]["annotations"]["kubefed.io/orphan"] for one in found.values()} == {"true"}
    assert moving.fleet.ready() == {HOST: "True", OTHER: "True"}


def test_objects_move_to_karmada_and_no_pod_ends(moving: Moving) -> None:
    with moving.same_pods():
        moving.engines("karmada", "kubefed")
        moving.shop.up()
    assert moving.federated() == []
    assert moving.templates() == ["spread", "web"]


def test_a_rotation_replaces_the_tokens_of_both_engines(moving: Moving) -> None:
    with moving.same_pods():
        rotated = moving.fleet.ops("rotate", "--yes").stdout
        # The program's state has Karmada's old token until then.
        moving.shop.up()
    for name in BOTH:
        for namespace in (KUBEFED, "karmada-cluster"):
            assert f"{name}: Ready by the token in Secret {namespace}/{name}.2; the old account is deleted" in rotated
    moving.fleet.take_kubeconfig()
    assert moving.fleet.ready() == {HOST: "True", OTHER: "True"}


def test_the_map_shows_the_objects_of_both_engines(moving: Moving, tmp_path: Path) -> None:
    moving.fleet.ops("map", "--output", str(tmp_path / "fleet.html"))
    shown = str(Words((tmp_path / "fleet.html").read_text()))
    assert "All is well" in shown
    assert "late ConfigMap in kubefed in place \N{CHECK MARK} \N{CHECK MARK}" in shown
    assert "web Deployment in Karmada in place 2 1" in shown


def test_a_program_that_has_not_marked_its_objects_is_refused(moving: Moving) -> None:
    refused = moving.late.up(check=False)
    assert refused.returncode
    assert "Namespace late: kubefed would take it out of the clusters" in " ".join(refused.stdout.split())
    assert "late" in objects(moving.fleet, OTHER, "configmaps", "late")


def test_kubefed_stays_while_anything_is_declared_to_it(moving: Moving) -> None:
    with moving.fleet.settings_put_back(beside=""):
        refused = moving.fleet.pulumi("preview", check=False)
    assert refused.returncode
    assert "beside: kubefed leaves, and still has ConfigMap late/late, Namespace late" in " ".join(
        refused.stdout.split()
    )


def test_objects_move_back_to_kubefed_and_no_pod_ends(moving: Moving) -> None:
    with moving.same_pods():
        moving.engines("kubefed", "karmada")
        moving.shop.up()
    assert moving.federated() == ["note", "shop", "spread", "spread", "web"]
    eventually(lambda: objects(moving.fleet, "karmada", "deployments", "shop"), {})
    moving.late.up()


def test_kubefed_is_removed_once_everything_has_moved(moving: Moving) -> None:
    with moving.same_pods():
        moving.engines("karmada", "kubefed")
        moving.shop.up()
        moving.late.up()
        moving.engines("karmada", "")
        moving.shop.up()
    eventually(lambda: moving.fleet.kubectl(HOST, "-n", KUBEFED, "get", "deploy,pods", "-o", "name").stdout, "")
    assert moving.fleet.kubectl(HOST, "get", "federatedtypeconfigs", "-A", "-o", "name").stdout == ""
    assert KUBEFED not in moving.fleet.kubectl(OTHER, "get", "namespaces", "-o", "name").stdout


def test_karmada_keeps_what_has_moved_as_declared_and_deletes_it_again(moving: Moving) -> None:
    patch = json.dumps({"data": {"text": "by hand"}})
    moving.fleet.kubectl(OTHER, "-n", "shop", "patch", "configmap", "note", "--type=merge", "-p", patch)
    eventually(
        lambda: objects(moving.fleet, OTHER, "configmaps", "shop")["note"]["data"], {"text": "hello"}, seconds=60
    )
    moving.shop.destroy()
    for cluster in BOTH:
        eventually(
            lambda cluster=cluster: (
                "namespace/shop" in moving.fleet.kubectl(cluster, "get", "namespaces", "-o", "name").stdout.split()
            ),
            False,
        )


def test_the_fleet_is_destroyed_with_nothing_left(moving: Moving) -> None:
    moving.late.destroy()
    done = moving.fleet.checkout.sandbox("down", check=False, timeout=1200)
    assert done.returncode == 0, done.stdout
    assert "Nothing is left." in done.stdout
