"""What runs on a fleet: placed, overridden, spread over the clusters, kept as declared, and gone when taken away."""

import base64
import html
import re
import sys
from collections.abc import Generator
from textwrap import dedent

import pytest

from tests.sandbox.fleet.app import App, app, eventually, objects, running, stopped
from tests.sandbox.fleet.live import NAMESPACE, Fleet

pytestmark = pytest.mark.fleet

FIRST, SECOND = "federated-eks-1", "federated-eks-2"
BOTH = (FIRST, SECOND)


@pytest.fixture(scope="module")
def shop(live_fleet: Fleet) -> Generator[App, None, None]:
    """A program on the fleet, whose namespace is `shop`."""
    with app(live_fleet, "shop") as made:
        yield made


def test_the_tour_shows_what_it_says_and_leaves_nothing(live_fleet: Fleet) -> None:
    tour = ("examples/walkthrough/tour.py", "sandbox", "--create-zone", "example.org")
    shown = live_fleet.checkout.run(sys.executable, *tour).stdout
    assert re.findall(r"^(ok|WRONG)", shown, re.MULTILINE) == ["ok"] * 16
    first, second = f"{FIRST}: callers near eu-west-1", f"{SECOND}: callers near eu-west-3"
    assert re.findall(r"^ok    tour\.example\.org .*\n.*\n +seen:  (.*)", shown, re.MULTILINE) == [
        f"{first}, {second}",
        f"{first}, {SECOND}: nobody",
        f"{first}, {second}",
    ]
    for cluster in BOTH:
        assert "tour" not in live_fleet.kubectl(cluster, "get", "namespaces", "-o", "name").stdout
    assert live_fleet.boto("route53", "us-east-1").list_hosted_zones()["HostedZones"] == []


def test_a_cluster_can_have_another_image_and_another_its_own_count(live_fleet: Fleet, shop: App) -> None:
    shop.up(
        """
        federated("Deployment", "web", namespace("shop"), deployment("web", 1), overrides={
            "federated-eks-1": [Override(path="/spec/replicas", value=2)],
            "federated-eks-2": [Override(path="/spec/template/spec/containers/0/image", value="nginx:1.28")],
        })
        """
    )
    eventually(lambda: running(live_fleet, BOTH, "shop", "web"), {FIRST: 2, SECOND: 1})
    found = {cluster: objects(live_fleet, cluster, "deployments", "shop")["web"] for cluster in BOTH}
    images = {name: one["spec"]["template"]["spec"]["containers"][0]["image"] for name, one in found.items()}
    assert images == {FIRST: "nginx:1.29", SECOND: "nginx:1.28"}


def test_an_update_ends_only_when_every_cluster_has_it(live_fleet: Fleet, shop: App) -> None:
    for text in ("one", "two", "three"):
        shop.up(f'federated("ConfigMap", "note", namespace("shop"), {{"data": {{"text": "{text}"}}}})')
        for cluster in BOTH:
            assert objects(live_fleet, cluster, "configmaps", "shop")["note"]["data"] == {"text": text}


def test_a_placement_in_a_cluster_that_is_not_there_ends_the_preview_with_its_name(shop: App) -> None:
    ended = shop.preview(
        """
        federated("ConfigMap", "lost", namespace("shop"), {"data": {"a": "b"}},
                  placement=Placement(clusters=["federated-eks-1", "federated-eks-7"]))
        """,
        check=False,
    )
    assert ended.returncode
    assert "ConfigMap lost: placement: federated-eks-7 is no cluster of the fleet" in ended.stdout
    assert "Traceback" not in ended.stdout


def test_a_federated_secret_s_values_are_not_in_the_state_or_a_preview(live_fleet: Fleet, shop: App) -> None:
    program = """
        federated("Secret", "key", namespace("shop"), {"stringData": {"password": "correct horse"}})
        """
    shown = shop.preview(program, "--diff").stdout + shop.up().stdout + shop.export()
    assert "correct horse" not in shown
    values = objects(live_fleet, SECOND, "secrets", "shop")["key"]["data"]
    assert base64.b64decode(values["password"]).decode() == "correct horse"


def spread(fleet: Fleet) -> dict[str, int]:
    """The replicas that each cluster's Deployment `spread` asks for; those without it are left out."""
    found = {cluster: objects(fleet, cluster, "deployments", "shop").get("spread") for cluster in BOTH}
    return {cluster: one["spec"]["replicas"] for cluster, one in found.items() if one}


def scheduled(clusters: str, total: int = 7) -> str:
    """A program that spreads the replicas of a Deployment."""
    return f"""
        spread = federated("Deployment", "spread", namespace("shop"), deployment("spread", 1))
        ReplicaScheduling("spread", ReplicaSchedulingArgs(
            host=host, workload=spread, total={total}, rebalance=True, clusters={clusters}))
        """


@pytest.mark.parametrize(
    ("clusters", "shares"),
    [
        ('{"federated-eks-1": Preference(weight=1), "federated-eks-2": Preference(weight=2)}', {2, 5}),
        ('{"federated-eks-1": Preference(weight=1, max=1), "*": Preference(weight=1)}', {1, 6}),
        ('{"federated-eks-1": Preference(weight=1), "federated-eks-2": Preference(min=5)}', {2, 5}),
    ],
)
def test_replicas_spread_by_weight_least_and_most(
    live_fleet: Fleet, shop: App, clusters: str, shares: set[int]
) -> None:
    shop.up(scheduled(clusters))
    eventually(lambda: set(spread(live_fleet).values()), shares)
    fewer = min(spread(live_fleet), key=lambda cluster: spread(live_fleet)[cluster])
    assert fewer == FIRST
    eventually(lambda: running(live_fleet, BOTH, "shop", "spread"), {FIRST: min(shares), SECOND: max(shares)})


def test_a_preference_changed_by_total_alone_is_waited_for(live_fleet: Fleet, shop: App) -> None:
    shop.up(scheduled('{"*": Preference(weight=1)}', total=4))
    assert spread(live_fleet) == {FIRST: 2, SECOND: 2}
    shop.up(scheduled('{"*": Preference(weight=1)}', total=10))
    assert spread(live_fleet) == {FIRST: 5, SECOND: 5}


def test_replicas_move_away_from_a_cluster_that_does_not_answer_and_come_back(live_fleet: Fleet, shop: App) -> None:
    shop.up(scheduled('{"*": Preference(weight=1)}', total=6))
    with stopped(live_fleet, SECOND):
        # Three health checks fail, ten seconds and a timeout apart; a minute later kubefed acts on it.
        eventually(
            lambda: objects(live_fleet, FIRST, "deployments", "shop")["spread"]["spec"]["replicas"], 6, seconds=180
        )
    eventually(lambda: spread(live_fleet), {FIRST: 3, SECOND: 3}, seconds=180)
    assert live_fleet.ready() == {FIRST: "True", SECOND: "True"}


PROMETHEUS = """
    federated("Prometheus", "metrics", namespace("shop"), {"spec": {"replicas": 1}},
              placement=Placement(clusters=["federated-eks-2"]))
    """


def test_what_is_deleted_or_changed_by_hand_in_a_member_is_set_right(live_fleet: Fleet, shop: App) -> None:
    shop.up(PROMETHEUS)
    assert objects(live_fleet, FIRST, "prometheuses", "shop") == {}
    uid = objects(live_fleet, SECOND, "prometheuses", "shop")["metrics"]["metadata"]["uid"]

    live_fleet.kubectl(SECOND, "-n", "shop", "delete", "prometheus", "metrics")
    eventually(lambda: "metrics" in objects(live_fleet, SECOND, "prometheuses", "shop"), True)
    assert objects(live_fleet, SECOND, "prometheuses", "shop")["metrics"]["metadata"]["uid"] != uid

    live_fleet.kubectl(
        SECOND, "-n", "shop", "patch", "prometheus", "metrics", "--type=merge", "-p", '{"spec":{"replicas":9}}'
    )
    eventually(lambda: objects(live_fleet, SECOND, "prometheuses", "shop")["metrics"]["spec"]["replicas"], 1)


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


def test_what_leaves_the_program_leaves_every_cluster(live_fleet: Fleet, shop: App) -> None:
    shop.up('federated("ConfigMap", "note", namespace("shop"), {"data": {}})')
    shop.up('namespace("shop")')
    for cluster in BOTH:
        assert [*objects(live_fleet, cluster, "configmaps", "shop")] == ["kube-root-ca.crt"]
    shop.destroy()
    for cluster in BOTH:
        assert "shop" not in live_fleet.kubectl(cluster, "get", "namespaces", "-o", "name").stdout


def test_a_member_that_does_not_answer_is_named_with_the_way_on(live_fleet: Fleet, shop: App) -> None:
    program = 'federated("ConfigMap", "note", namespace("shop"), {"data": {}}, timeout_minutes=1)'
    shop.up(program)
    with stopped(live_fleet, SECOND):
        eventually(lambda: live_fleet.ready()[SECOND] != "True", True, seconds=90)
        done = shop.up('namespace("shop")', check=False)
    assert done.returncode != 0
    told = [line for line in done.stdout.splitlines() if "error: FederatedConfigMap note: " in line]
    assert told, done.stdout
    assert f"kubefed waits for {SECOND}, not Ready" in told[0]
    assert "take its region out of the fleet's clusters" in told[0]
    eventually(lambda: live_fleet.ready()[SECOND], "True", seconds=90)
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
    live_fleet.checkout.run(sys.executable, "-m", "ops", "map", "--stack", "sandbox", "--output", "map.html")
    page = html.unescape((live_fleet.checkout.project / "map.html").read_text())
    rows = {
        re.sub(r"<[^>]+>", " ", row).split()[0]: re.sub(r"<[^>]+>", " ", row).split()[1:]
        for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
        if "in place" in row
    }
    assert rows["metrics"][-2:] == ["\u2013", "1"]
    assert sorted(rows["spread"][-2:]) == ["2", "3"]
    assert "READY" in page and "172.22.0.0/16" in page
    assert "certificate-authority" not in page and "get-token" not in page
