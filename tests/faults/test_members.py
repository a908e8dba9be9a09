"""Members and the host that fail around a join: what the update says, what stays, what the next update completes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Generator
from typing import Any

import pytest
import yaml

from tests.faults.ledger import Fault, Record, record
from tests.sandbox.checkout import Result, fresh
from tests.sandbox.fleet.app import eventually
from tests.sandbox.fleet.live import NAMESPACE, Fleet
from tests.sandbox.fleet.used import leftovers

pytestmark = [pytest.mark.fleet, pytest.mark.long]

HOST, MEMBER = "federated-eks-1", "federated-eks-2"
KUBEFED = {"chart": ".sandbox/charts/kubefed", "timeoutMinutes": 2}
OBJECTS = 200
"""ConfigMaps that kubefed propagates; it needs some seconds for them."""


def fail(fleet: Fleet, *rules: dict[str, Any]) -> None:
    """Set the rules of the fault switch of the API servers."""
    fleet.checkout.paths.faults.write_text(yaml.safe_dump({"clusters": [*rules]}))


@contextlib.contextmanager
def down(fleet: Fleet, *clusters: str, **narrowed: Any) -> Generator[None, None, None]:
    """API servers that close every connection, or those that a rule is narrowed to."""
    fail(fleet, *({"cluster": cluster, "fault": "refuse", **narrowed} for cluster in clusters))
    try:
        yield
    finally:
        fail(fleet)


def up(fleet: Fleet, *more: str) -> Result:
    """Update, and return how it ended."""
    return fleet.pulumi("up", "--yes", "--skip-preview", *more, check=False, timeout=600)


def suffix(fleet: Fleet, cluster: str) -> str:
    """What ends the names of kubefed's account in a cluster."""
    look = ("get", "kubefedcluster", cluster, "-o", "jsonpath={.spec.secretRef.name}")
    return fleet.kubectl(HOST, "-n", NAMESPACE, *look).stdout.strip().removeprefix(cluster)


def lose(fleet: Fleet) -> None:
    """Lose the member's token on the host, so that the next update creates in the member all that a join does."""
    fleet.kubectl(HOST, "-n", NAMESPACE, "delete", "secret", f"{MEMBER}{suffix(fleet, MEMBER)}")


def errors(done: Result) -> str:
    """What a failed update says at its end: each resource that failed, with its errors."""
    assert done.returncode != 0, done.stdout
    return done.stdout.partition("Diagnostics:")[2].partition("Resources:")[0]


def unanswered(said: str) -> bool:
    """Whether an API server's silence is in the errors, in the words of the plugin or of its stand-in."""
    return "unreachable" in said or "does not answer" in said


@pytest.fixture(scope="module")
def fleet() -> Generator[Fleet, None, None]:
    """A fleet of two regions, whose API servers are behind the fault switch. Each test puts back what it breaks."""
    with fresh() as checkout:
        made = Fleet(checkout)
        checkout.paths.faults.parent.mkdir(exist_ok=True)
        fail(made)
        made.configure(kubefed=KUBEFED, types=[], manifests=[])
        checkout.sandbox("up")
        yield made


@pytest.fixture
def completed(fleet: Fleet, request: pytest.FixtureRequest, record_property: Record) -> Generator[Fleet, None, None]:
    """The fleet; after the test, the next update completes what the fault cut off, and loses nothing."""
    before = set(fleet.resources())
    yield fleet
    fail(fleet)
    done = up(fleet)
    lost = before - set(fleet.resources())
    whole = done.returncode == 0 and fleet.ready() == {HOST: "True", MEMBER: "True"} and fleet.preview() == []
    kind = request.node.name.removeprefix("test_").replace("_", " ")
    record(record_property, Fault(kind=kind[:60], injected=1, survived=int(whole and not lost), lost=len(lost)))
    assert done.returncode == 0, done.stdout
    assert (fleet.ready(), fleet.preview(), lost) == ({HOST: "True", MEMBER: "True"}, [], set())


def test_a_member_is_down_before_its_account_is_created(completed: Fleet) -> None:
    lose(completed)
    with down(completed, MEMBER):
        said = errors(up(completed))
    assert f"({MEMBER}-member-" in said and unanswered(said), said
    assert completed.ready()[HOST] == "True", "the rest stays"


def test_a_member_goes_down_while_its_account_is_created(completed: Fleet) -> None:
    lose(completed)
    with down(completed, MEMBER, method="[!G]*", path=f"/api/v1/namespaces/{NAMESPACE}/secrets*"):
        said = errors(up(completed))
    assert f"({MEMBER}-member-account-token)" in said and unanswered(said), said
    assert completed.ready()[HOST] == "True", "the rest stays"


def test_a_member_goes_down_while_kubefed_signs_in(completed: Fleet) -> None:
    lose(completed)
    # kubefed's own calls, which Pulumi doesn't make
    with down(completed, MEMBER, path="/healthz*"):
        said = errors(up(completed))
    assert f"KubeFedCluster {MEMBER}: " in said and "ClusterNotReachable: cluster is not reachable: " in said, said
    assert completed.ready()[HOST] == "True", "the rest stays"


def test_a_member_goes_down_after_its_join(completed: Fleet) -> None:
    with down(completed, MEMBER):
        eventually(lambda: completed.ready()[MEMBER], "Unknown")
        unchanged = up(completed)
        assert unchanged.returncode == 0, unchanged.stdout
        assert completed.ready() == {HOST: "True", MEMBER: "Unknown"}
        with completed.settings_put_back(labels={"tier": "gold"}):
            said = errors(up(completed))
    assert f"KubeFedCluster {MEMBER}: Offline is True (ClusterNotReachable" in said, said
    assert f"KubeFedCluster {HOST}" not in said


def test_the_host_goes_down(completed: Fleet) -> None:
    with down(completed, HOST), completed.settings_put_back(labels={"tier": "gold"}):
        said = errors(up(completed))
    assert f"({HOST}-member-kubefedcluster)" in said and unanswered(said), said
    assert completed.kubectl(MEMBER, "-n", NAMESPACE, "get", "serviceaccounts").returncode == 0


def test_kubefed_s_controller_is_killed_amid_a_propagation(fleet: Fleet, record_property: Record) -> None:
    names = [f"killed-{number}" for number in range(OBJECTS)]
    (fleet.checkout.project / "killed.json").write_text(
        json.dumps({"apiVersion": "v1", "kind": "List", "items": items(names)})
    )
    fleet.kubectl(HOST, "apply", "-f", "killed.json")
    eventually(lambda: len(placed(fleet)) > 5, True)
    kills = 0
    for _ in range(3):
        for pid in [
            pid for pid, name in fleet.checkout.processes().items() if "controller" in name and "kubefed" in name
        ]:
            os.kill(pid, signal.SIGKILL)
            kills += 1
        time.sleep(3)
    deadline = time.monotonic() + 240
    while len(placed(fleet)) < OBJECTS and time.monotonic() < deadline:
        time.sleep(2)
    lost = set(names) - placed(fleet)
    fleet.kubectl(HOST, "delete", "namespace", "killed", "--timeout=50s", check=False)
    record(record_property, Fault(kind="kubefed killed", injected=kills, survived=0 if lost else kills, lost=len(lost)))
    assert kills >= 3
    assert lost == set()


def items(names: list[str]) -> list[dict[str, Any]]:
    """A federated namespace, and ConfigMaps in it."""
    everywhere = {"placement": {"clusterSelector": {}}}
    version = "types.kubefed.io/v1beta1"
    meta = {"name": "killed", "namespace": "killed"}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "killed"}},
        {"apiVersion": version, "kind": "FederatedNamespace", "metadata": meta, "spec": everywhere},
        *(
            {
                "apiVersion": version,
                "kind": "FederatedConfigMap",
                "metadata": {"name": name, "namespace": "killed"},
                "spec": {**everywhere, "template": {"data": {"a": "b"}}},
            }
            for name in names
        ),
    ]


def placed(fleet: Fleet) -> set[str]:
    """The ConfigMaps that kubefed has placed in the member."""
    listed = fleet.kubectl(
        MEMBER, "-n", "killed", "get", "configmaps", "-o", "jsonpath={.items[*].metadata.name}", check=False
    )
    return {name for name in listed.stdout.split() if name.startswith("killed-")}


def test_a_member_s_node_groups_are_deleted(completed: Fleet) -> None:
    eks = completed.boto("eks", "eu-west-3")
    for name in eks.list_nodegroups(clusterName=MEMBER)["nodegroups"]:
        eks.delete_nodegroup(clusterName=MEMBER, nodegroupName=name)
    eventually(lambda: eks.list_nodegroups(clusterName=MEMBER)["nodegroups"], [])
    assert completed.ready() == {HOST: "True", MEMBER: "True"}, "kubefed needs no node of a member"
    done = up(completed, "--refresh")
    assert done.returncode == 0, done.stdout
    assert len(eks.list_nodegroups(clusterName=MEMBER)["nodegroups"]) == 1


def test_accounts_and_tokens_are_deleted(completed: Fleet) -> None:
    before = {cluster: suffix(completed, cluster) for cluster in (HOST, MEMBER)}
    completed.kubectl(HOST, "-n", NAMESPACE, "delete", "serviceaccount", f"{HOST}-{HOST}{before[HOST]}")
    completed.kubectl(HOST, "-n", NAMESPACE, "delete", "secret", f"{MEMBER}{before[MEMBER]}")
    time.sleep(12)  # An API server remembers a token for ten seconds.
    done = up(completed)
    assert done.returncode == 0, done.stdout
    assert f"{HOST}: its API server refuses kubefed's token (401 Unauthorized)" in done.stdout
    assert f"{MEMBER}: the host has no Secret {MEMBER}{before[MEMBER]} with kubefed's token" in done.stdout
    for cluster in (HOST, MEMBER):
        accounts = ("-n", NAMESPACE, "get", "serviceaccounts", "-o", "name")
        named = [name for name in completed.kubectl(cluster, *accounts).stdout.split() if f"/{cluster}-{HOST}" in name]
        after = suffix(completed, cluster)
        assert (named, after == before[cluster]) == ([f"serviceaccount/{cluster}-{HOST}{after}"], False)


def test_rights_are_taken_from_an_account(completed: Fleet) -> None:
    bindings = completed.kubectl(MEMBER, "get", "clusterrolebindings", "-o", "name").stdout.split()
    (binding,) = [name for name in bindings if "kubefed-controller-manager" in name]
    completed.kubectl(MEMBER, "delete", binding)
    done = up(completed)
    assert f"{MEMBER}: kubefed's account there has lost its rights; this update gives kubefed a new" in done.stdout
    assert done.returncode == 0, done.stdout


def test_every_api_server_is_down_during_a_destroy(fleet: Fleet, record_property: Record) -> None:
    assert leftovers(fleet, "--delete", "--yes").returncode == 0
    with down(fleet, HOST, MEMBER):
        done = fleet.pulumi("destroy", "--yes", "--skip-preview", check=False, timeout=600)
    ended = fleet.checkout.sandbox("down", check=False)
    left = [line for line in ended.stdout.partition("Left (")[2].splitlines()[1:] if line.startswith("  ")]
    gone = done.returncode == 0 and ended.returncode == 0
    record(
        record_property,
        Fault(kind="API servers down during a destroy", injected=1, survived=int(gone), leaked=len(left)),
    )
    assert done.returncode == 0, done.stdout
    assert ended.returncode == 0, ended.stdout
