"""What a program declares on a fleet, and what its clusters then have: the same over either engine."""

from __future__ import annotations

import base64
import re
import sys

import pytest

from tests.sandbox.fleet.app import App, eventually, objects, running
from tests.sandbox.fleet.live import Fleet

FIRST, SECOND = "federated-eks-1", "federated-eks-2"
BOTH = (FIRST, SECOND)

PROMETHEUS = """
    federated("Prometheus", "metrics", namespace("shop"), {"spec": {"replicas": 1}},
              placement=Placement(clusters=["federated-eks-2"]))
    """


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


def with_namespace(fleet: Fleet, namespace: str) -> list[str]:
    """The clusters that have a namespace."""
    name = f"namespace/{namespace}"
    return [one for one in BOTH if name in fleet.kubectl(one, "get", "namespaces", "-o", "name").stdout.split()]


class Workloads:
    """The tests, for a class of each engine's. Its module has the fixtures.

    `fleet` is a fleet of two clusters, `shop` a program on it, and `late` the seconds for which a cluster may have an
    object after the update that has deleted it.
    """

    def test_the_tour_shows_what_it_says_and_leaves_nothing(self, fleet: Fleet) -> None:
        tour = ("examples/walkthrough/tour.py", "sandbox", "--create-zone", "example.org")
        shown = fleet.checkout.run(sys.executable, *tour).stdout
        assert re.findall(r"^(ok|WRONG)", shown, re.MULTILINE) == ["ok"] * 16
        first, second = f"{FIRST}: callers near eu-west-1", f"{SECOND}: callers near eu-west-3"
        assert re.findall(r"^ok    tour\.example\.org .*\n.*\n +seen:  (.*)", shown, re.MULTILINE) == [
            f"{first}, {second}",
            f"{first}, {SECOND}: nobody",
            f"{first}, {second}",
        ]
        assert with_namespace(fleet, "tour") == []
        assert fleet.boto("route53", "us-east-1").list_hosted_zones()["HostedZones"] == []

    def test_a_cluster_can_have_another_image_and_another_its_own_count(self, fleet: Fleet, shop: App) -> None:
        shop.up(
            """
            federated("Deployment", "web", namespace("shop"), deployment("web", 1), overrides={
                "federated-eks-1": [Override(path="/spec/replicas", value=2)],
                "federated-eks-2": [Override(path="/spec/template/spec/containers/0/image", value="nginx:1.28")],
            })
            """
        )
        eventually(lambda: running(fleet, BOTH, "shop", "web"), {FIRST: 2, SECOND: 1})
        found = {cluster: objects(fleet, cluster, "deployments", "shop")["web"] for cluster in BOTH}
        images = {name: one["spec"]["template"]["spec"]["containers"][0]["image"] for name, one in found.items()}
        assert images == {FIRST: "nginx:1.29", SECOND: "nginx:1.28"}

    def test_an_update_ends_only_when_every_cluster_has_it(self, fleet: Fleet, shop: App) -> None:
        for text in ("one", "two", "three"):
            shop.up(f'federated("ConfigMap", "note", namespace("shop"), {{"data": {{"text": "{text}"}}}})')
            found = [objects(fleet, cluster, "configmaps", "shop")["note"]["data"] for cluster in BOTH]
            assert found == [{"text": text}] * 2

    def test_a_placement_in_a_cluster_that_is_not_there_ends_the_preview_with_its_name(self, shop: App) -> None:
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

    def test_a_federated_secret_s_values_are_not_in_the_state_or_a_preview(self, fleet: Fleet, shop: App) -> None:
        program = """
            federated("Secret", "key", namespace("shop"), {"stringData": {"password": "correct horse"}})
            """
        shown = shop.preview(program, "--diff").stdout + shop.up().stdout + shop.export()
        assert "correct horse" not in shown
        values = objects(fleet, SECOND, "secrets", "shop")["key"]["data"]
        assert base64.b64decode(values["password"]).decode() == "correct horse"

    @pytest.mark.parametrize(
        ("clusters", "shares"),
        [
            ('{"federated-eks-1": Preference(weight=1), "federated-eks-2": Preference(weight=2)}', {2, 5}),
            ('{"federated-eks-1": Preference(weight=1, max=1), "*": Preference(weight=1)}', {1, 6}),
            ('{"federated-eks-1": Preference(weight=1), "federated-eks-2": Preference(min=5)}', {2, 5}),
        ],
    )
    def test_replicas_spread_by_weight_least_and_most(
        self, fleet: Fleet, shop: App, clusters: str, shares: set[int]
    ) -> None:
        shop.up(scheduled(clusters))
        eventually(lambda: set(spread(fleet).values()), shares)
        fewer = min(spread(fleet), key=lambda cluster: spread(fleet)[cluster])
        assert fewer == FIRST
        eventually(lambda: running(fleet, BOTH, "shop", "spread"), {FIRST: min(shares), SECOND: max(shares)})

    def test_a_preference_changed_by_total_alone_is_waited_for(self, fleet: Fleet, shop: App) -> None:
        shop.up(scheduled('{"*": Preference(weight=1)}', total=4))
        assert spread(fleet) == {FIRST: 2, SECOND: 2}
        shop.up(scheduled('{"*": Preference(weight=1)}', total=10))
        assert spread(fleet) == {FIRST: 5, SECOND: 5}

    def test_what_is_deleted_or_changed_by_hand_in_a_member_is_set_right(self, fleet: Fleet, shop: App) -> None:
        shop.up(PROMETHEUS)
        assert objects(fleet, FIRST, "prometheuses", "shop") == {}
        uid = objects(fleet, SECOND, "prometheuses", "shop")["metrics"]["metadata"]["uid"]

        fleet.kubectl(SECOND, "-n", "shop", "delete", "prometheus", "metrics")
        eventually(lambda: "metrics" in objects(fleet, SECOND, "prometheuses", "shop"), True)
        assert objects(fleet, SECOND, "prometheuses", "shop")["metrics"]["metadata"]["uid"] != uid

        fleet.kubectl(
            SECOND, "-n", "shop", "patch", "prometheus", "metrics", "--type=merge", "-p", '{"spec":{"replicas":9}}'
        )
        eventually(lambda: objects(fleet, SECOND, "prometheuses", "shop")["metrics"]["spec"]["replicas"], 1)

    def test_what_leaves_the_program_leaves_every_cluster(self, fleet: Fleet, shop: App, late: float) -> None:
        shop.up('federated("ConfigMap", "note", namespace("shop"), {"data": {}})')
        shop.up('namespace("shop")')
        own = ["kube-root-ca.crt"]
        eventually(lambda: [[*objects(fleet, one, "configmaps", "shop")] for one in BOTH], [own, own], late)
        shop.destroy()
        eventually(lambda: with_namespace(fleet, "shop"), [], late)
