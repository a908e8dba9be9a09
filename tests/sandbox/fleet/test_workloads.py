"""What runs on a fleet with kubefed: as over any engine, and what kubefed alone does and says."""

import html
import re
from collections.abc import Generator
from textwrap import dedent

import pytest

from tests.sandbox import documented
from tests.sandbox.fleet.app import App, app, eventually, objects, stopped
from tests.sandbox.fleet.live import NAMESPACE, Fleet
from tests.sandbox.fleet.workloads import FIRST, PROMETHEUS, SECOND, Workloads, scheduled, spread

pytestmark = pytest.mark.fleet


@pytest.fixture(scope="module")
def fleet(live_fleet: Fleet) -> Fleet:
    """The fleet that is up."""
    return live_fleet


@pytest.fixture(scope="module")
def late() -> float:
    """kubefed lets a deleted object go once no cluster has it."""
    return 0


@pytest.fixture(scope="module")
def shop(live_fleet: Fleet) -> Generator[App, None, None]:
    """A program on the fleet, whose namespace is `shop`."""
    with app(live_fleet, "shop") as made:
        yield made


class TestOverKubefed(Workloads):
    """What runs on a fleet with kubefed."""


def test_replicas_move_away_from_a_cluster_that_does_not_answer_and_come_back(live_fleet: Fleet, shop: App) -> None:
    shop.up(scheduled('{"*": Preference(weight=1)}', total=6))
    with stopped(live_fleet, SECOND):
        # Three health checks fail, ten seconds and a timeout apart; a minute later kubefed acts on it.
        eventually(
            lambda: objects(live_fleet, FIRST, "deployments", "shop")["spread"]["spec"]["replicas"], 6, seconds=180
        )
    eventually(lambda: spread(live_fleet), {FIRST: 3, SECOND: 3})
    assert live_fleet.ready() == {FIRST: "True", SECOND: "True"}


def test_a_template_that_a_cluster_refuses_fails_the_update_with_its_reason(shop: App) -> None:
    program = """
        args = {"timeout_minutes": 1}
        federated("Deployment", "broken", namespace("shop"), {"spec": {"replicas": 1}}, **args)
        """
    done = shop.up(program, check=False)
    assert done.returncode != 0
    told = [line for line in done.stdout.splitlines() if "error: FederatedDeployment broken: " in line]
    assert told, done.stdout
    assert f"{FIRST}: CreationFailed" in told[0]
    assert f"{SECOND}: CreationFailed" in told[0]
    assert "spec.selector: Required value" in told[0]


def test_an_object_of_a_type_that_is_not_federated_fails_by_name(shop: App) -> None:
    done = shop.up('federated("CronJob", "nightly", namespace("shop"), {"spec": {}})', check=False)
    assert done.returncode != 0
    assert "has no kind FederatedCronJob in types.kubefed.io/v1beta1" in " ".join(done.stdout.split())


def test_a_member_that_does_not_answer_is_named_with_the_way_on(live_fleet: Fleet, shop: App) -> None:
    program = 'federated("ConfigMap", "note", namespace("shop"), {"data": {}}, timeout_minutes=1)'
    shop.up(program)
    with stopped(live_fleet, SECOND):
        eventually(lambda: live_fleet.ready()[SECOND] != "True", True)
        done = shop.up('namespace("shop")', check=False)
    assert done.returncode != 0
    told = [line for line in done.stdout.splitlines() if "error: FederatedConfigMap note: " in line]
    assert told, done.stdout
    assert f"kubefed waits for {SECOND}, not Ready" in told[0]
    assert "take its region out of the fleet's clusters" in told[0]
    eventually(lambda: live_fleet.ready()[SECOND], "True")
    shop.destroy()
    assert live_fleet.kubectl(FIRST, "get", "federatedconfigmaps", "-A", "-o", "name").stdout == ""


def test_the_clusters_carry_labels_for_placements(live_fleet: Fleet) -> None:
    told = live_fleet.kubectl(
        FIRST, "-n", NAMESPACE, "get", "kubefedclusters", "-L", "topology.kubernetes.io/region"
    ).stdout
    assert "eu-west-1" in told and "eu-west-3" in told


def test_the_map_shows_where_each_object_runs_and_no_secret(live_fleet: Fleet, shop: App) -> None:
    spread_out = dedent(scheduled('{"*": Preference(weight=1)}', total=5))
    shop.up(spread_out + dedent(PROMETHEUS).replace('namespace("shop")', '"shop"'))
    documented.run(live_fleet.checkout, "See", "python -m ops map")
    page = html.unescape((live_fleet.checkout.project / "fleet.html").read_text())
    rows = {
        re.sub(r"<[^>]+>", " ", row).split()[0]: re.sub(r"<[^>]+>", " ", row).split()[1:]
        for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
        if "in place" in row
    }
    assert rows["metrics"][-2:] == ["\u2013", "1"]
    assert sorted(rows["spread"][-2:]) == ["2", "3"]
    assert "READY" in page and "172.22.0.0/16" in page
    assert "certificate-authority" not in page and "get-token" not in page
