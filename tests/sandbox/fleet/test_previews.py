"""`python -m ops preview` on a living fleet, as the workflows call it: what it tells is what the engine says."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.sandbox.fleet.live import Fleet, listed
from tests.sandbox.fleet.secrets import secrets

pytestmark = pytest.mark.fleet


class Told(NamedTuple):
    """What a preview said, and what was written of it."""

    code: int
    output: str
    outcome: str
    comment: str
    whole: str


@pytest.fixture
def settings(live_fleet: Fleet) -> Iterator[None]:
    """The stack's settings may be changed, and are as they were afterwards."""
    with live_fleet.settings_put_back():
        yield


def previewed(fleet: Fleet, folder: Path, *more: str) -> Told:
    argv = [sys.executable, "-m", "ops", "preview", "run", "--stack", "sandbox", "--into", str(folder), *more]
    done = fleet.checkout.run(*argv, check=False, timeout=120)
    texts = [(folder / name).read_text() for name in ("outcome.txt", "comment.md", "whole.md")]
    return Told(done.returncode, done.stdout, *texts)


def test_a_fleet_that_stays_has_no_changes(live_fleet: Fleet, tmp_path: Path) -> None:
    told = previewed(live_fleet, tmp_path)
    assert (told.code, told.outcome) == (0, "no changes")
    (unchanged,) = re.findall(r"(\d+) unchanged", told.output)
    assert f"### Preview of `sandbox`: no changes\n\n{unchanged} resources unchanged." in told.comment


@pytest.mark.usefixtures("settings")
def test_a_region_that_leaves_is_told_as_the_engine_counts_it_and_without_a_secret(
    live_fleet: Fleet, tmp_path: Path
) -> None:
    live_fleet.configure(clusters=listed(["eu-west-1"]), nodeGroups=[{"name": "nodes", "desired": 3}])
    told = previewed(live_fleet, tmp_path)
    assert (told.code, told.outcome) == (0, "changes")
    (deleted,), (updated,) = (re.findall(rf"(\d+) to {what}", told.output) for what in ("delete", "update"))
    assert f"### Preview of `sandbox`: {deleted} deleted, {updated} changed\n" in told.comment
    alert, _, rest = told.comment.partition("####")
    assert "> - `federated-eks-2` `federated-eks:index:RegionalCluster`\n" in alert
    assert "`federated-eks-2-eksCluster` `aws:eks/cluster:Cluster`" in rest
    assert "- scalingConfig.desiredSize: 2\n+ scalingConfig.desiredSize: 3\n" in told.comment
    assert not [secret for secret in secrets(live_fleet) if secret in told.whole + told.comment + told.output]


@pytest.fixture
def renumbered(live_fleet: Fleet, tmp_path: Path) -> Iterator[None]:
    """The state has another service range than the clusters, as the settings can't: their change is refused.

    It is as it was afterwards.
    """
    as_it_was, changed = tmp_path / "as-it-was.json", tmp_path / "changed.json"
    as_it_was.write_text(live_fleet.pulumi("stack", "export").stdout)
    state = json.loads(as_it_was.read_text())
    for resource in state["deployment"]["resources"]:
        if resource["type"] == "aws:eks/cluster:Cluster":
            for properties in (resource["inputs"], resource["outputs"]):
                properties["kubernetesNetworkConfig"]["serviceIpv4Cidr"] = "10.101.0.0/16"
    changed.write_text(json.dumps(state))
    live_fleet.pulumi("stack", "import", "--file", str(changed))
    yield
    live_fleet.pulumi("stack", "import", "--file", str(as_it_was))


@pytest.mark.usefixtures("renumbered")
def test_a_cluster_that_is_replaced_shows_no_kubeconfig_and_no_token(live_fleet: Fleet, tmp_path: Path) -> None:
    told = previewed(live_fleet, tmp_path, "--", "--show-secrets")
    reason = "`aws:eks/cluster:Cluster`, for `kubernetesNetworkConfig.serviceIpv4Cidr`"
    assert f"> - `federated-eks-1-eksCluster` {reason}\n" in told.comment
    for text in (told.whole, told.comment):
        assert "- kubeconfig: [secret]\n" in text and "get-token" not in text
        assert not [secret for secret in secrets(live_fleet) if secret in text]


@pytest.mark.usefixtures("settings")
def test_what_breaks_a_policy_is_told_before_what_changes(live_fleet: Fleet, tmp_path: Path) -> None:
    live_fleet.configure(network={"flowLogs": {"traffic": "none"}})
    told = previewed(live_fleet, tmp_path, "--", "--policy-pack", "policies")
    assert told.code != 0
    assert "### Preview of `sandbox`: refused by policies; 15 deleted\n" in told.comment
    vpcs = "`federated-eks-1-vpc`, `federated-eks-2-vpc`, `federated-eks-bastion-vpc` `aws:ec2/vpc:Vpc`"
    assert f"#### Policies\n\n**mandatory** `vpc-flow-logs`: {vpcs}\n" in told.comment.partition("#### Deleted")[0]


@pytest.mark.usefixtures("settings")
def test_a_preview_that_fails_says_why(live_fleet: Fleet, tmp_path: Path) -> None:
    live_fleet.configure(clusters=listed(["eu-west-1", "mars-1"]))
    told = previewed(live_fleet, tmp_path)
    assert told.code != 0 and told.outcome == "failed"
    assert "federated-eks:clusters[1].region: mars-1 is not an AWS region" in told.comment
    # What fails before the engine has begun is in no event.
    told = previewed(live_fleet, tmp_path, "--", "--config-file", "nowhere.yaml")
    assert told.code != 0 and "is missing configuration value 'federated-eks:clusters'" in told.comment


def test_what_changes_outside_of_pulumi_is_a_drift(live_fleet: Fleet, tmp_path: Path) -> None:
    eks = live_fleet.boto("eks", "eu-west-3")
    (group,) = eks.list_nodegroups(clusterName="federated-eks-2")["nodegroups"]

    def desire(size: int) -> None:
        scaling = {"minSize": 1, "desiredSize": size, "maxSize": 4}
        eks.update_nodegroup_config(clusterName="federated-eks-2", nodegroupName=group, scalingConfig=scaling)

    desire(1)
    try:
        told = previewed(live_fleet, tmp_path, "--drift")
    finally:
        desire(2)
    assert (told.code, told.outcome) == (0, "changes")
    assert "### Drift of `sandbox`: 1 changed" in told.comment
    assert "`federated-eks-2-nodes`" in told.comment
    assert "- scalingConfig.desiredSize: 1\n+ scalingConfig.desiredSize: 2\n" in told.comment
    told = previewed(live_fleet, tmp_path, "--drift")
    assert (told.code, told.outcome) == (0, "no changes")
