"""A region that comes to a fleet with Karmada, and goes."""

from __future__ import annotations

import re

import pytest

from tests.sandbox import documented
from tests.sandbox.fleet.app import app, eventually, objects, stopped
from tests.sandbox.fleet.live import Fleet, Step, deletions_in_order
from tests.sandbox.fleet.used import LAST_LOGS, log_groups
from tests.sandbox.karmada.clusters import BOTH, CLUSTERS, clusters, clusters_ready

pytestmark = pytest.mark.fleet

THIRD = "federated-eks-3"

GOLD = """
    gold = Placement(selector={"matchLabels": {"tier": "gold"}})
    federated("ConfigMap", "note", namespace("golden"), {"data": {}}, placement=gold)
"""


SILENT_SECONDS = 150
"""Karmada reports a cluster that lets every call time out as not Ready within 100 seconds (docs/karmada.md)."""


def waited(output: str) -> int:
    """The seconds that the removal of the third cluster from Karmada took."""
    (found,) = re.findall(rf"{THIRD}-member-cluster deleted \((?:(\d+)m)?(\d+)(?:\.\d+)?s\)", output)
    return 60 * int(found[0] or 0) + int(found[1])


def test_a_region_gets_what_its_label_takes_and_leaves_karmada_though_it_is_silent(karmada: Fleet) -> None:
    # karmada-io/karmada#3740, #4431, #6325: the unjoin of a cluster that doesn't answer had no end.
    before = karmada.resources()
    with app(karmada, "golden") as golden:
        golden.up(GOLD)
        with karmada.settings_put_back():
            karmada.configure(clusters=[*CLUSTERS, {"region": "us-east-1", "labels": {"tier": "gold"}}])
            assert sorted(step for step in karmada.preview() if step.op != "create") == [
                Step("update", "aws:iam/rolePolicy:RolePolicy", "federated-eks-bastion-clusters", ("policy",)),
                Step("update", "aws:ssm/parameter:Parameter", "federated-eks-bastion-fleet", ("insecureValue",)),
            ]
            karmada.checkout.sandbox("up")
            assert clusters_ready(karmada) == {name: ["True"] for name in (*BOTH, THIRD)}
            eventually(lambda: "note" in objects(karmada, THIRD, "configmaps", "golden"), True)
            assert [name for name in BOTH if "note" in objects(karmada, name, "configmaps", "golden")] == []
            after = karmada.resources()
            assert {urn: after[urn] for urn in before} == before
        with stopped(karmada, THIRD):
            done = karmada.pulumi("up", "--yes", "--skip-preview", timeout=800)
        removed = deletions_in_order(done.stdout)
        unjoined = removed.index(f"{THIRD}-member-cluster")
        assert unjoined < removed.index(f"{THIRD}-member-token") < removed.index(f"{THIRD}-eksCluster")
        assert waited(done.stdout) < SILENT_SECONDS
    assert {*clusters(karmada)} == {*BOTH}
    assert karmada.resources() == before
    assert karmada.boto("eks", "us-east-1").list_clusters()["clusters"] == []
    assert len(karmada.boto("ec2", "us-east-1").describe_vpcs()["Vpcs"]) == 1, "the region's default VPC alone"
    eventually(lambda: log_groups(karmada), LAST_LOGS)
    documented.run(karmada.checkout, "Remove a region", "python -m ops leftovers", "--yes --settle 0")
    assert log_groups(karmada) == []
